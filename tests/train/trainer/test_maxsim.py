"""MaxSim in training: worked by eye, and its mask against what search scores."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, local

import pytest
import torch

from search.encoding.loading import DEFAULT_BASE, load_encoder
from train.trainer.loss import NO_TOKEN, Embedded, ListingRankingLoss, embed_in_chunks, score_tokens

EYE = torch.eye(3)
TEXTS = ["C++, and SQL!", "node.js / dbt", "???"]


def rows(*texts):
    return [torch.stack(text) if text else torch.empty(0, 3) for text in texts]


def test_score_tokens_is_the_mean_of_maxima():
    """Query e1 e2 finds e1 in the first listing and nothing for e2 (1 and 0), both in the second, neither in the third."""
    queries = rows([EYE[0], EYE[1]], [EYE[2]])
    listings = rows([EYE[0], EYE[0]], [EYE[1], EYE[0]], [EYE[2]])
    scores = score_tokens(queries, listings)
    assert scores.tolist() == [[0.5, 1.0, 0.0], [0.0, 0.0, 1.0]]


def test_score_tokens_of_texts_without_tokens():
    scores = score_tokens(rows([], [EYE[0]]), rows([EYE[0]], []))
    assert scores.tolist() == [[0.0, NO_TOKEN], [1.0, NO_TOKEN]]


def test_loss_mixes_sentences_and_tokens_by_their_shares():
    owners = torch.tensor([0, 1])
    embedded = [
        Embedded(EYE[[0, 1]], rows([EYE[0]], [EYE[0]])),
        Embedded(EYE[[1, 1]], rows([EYE[0]], [EYE[2]])),
    ]
    sentences, tokens, mixed = (
        ListingRankingLoss(None, tokens=share).compute_loss(embedded, owners) for share in (0.0, 1.0, 0.25)
    )
    assert sentences != tokens
    assert torch.allclose(mixed, 0.75 * sentences + 0.25 * tokens)


def test_hidden_twin_is_no_candidate():
    """The twin in row 1 is the first query's very vector: hidden, the loss is that of the two other rows."""
    owners, listings = torch.tensor([0, 2]), [EYE[0], EYE[0], EYE[1]]
    queries = Embedded(EYE[[0, 1]], rows([EYE[0]], [EYE[1]]))
    candidates = Embedded(torch.stack(listings), rows(*([one] for one in listings)))
    without = Embedded(EYE[[0, 1]], rows([EYE[0]], [EYE[1]]))
    loss = ListingRankingLoss(None, tokens=0.5)
    seen = loss.compute_loss([queries, candidates], owners)
    hidden = loss.compute_loss([queries, candidates], owners, torch.tensor([[-1, 1], [1, -1]]))
    assert torch.allclose(hidden, loss.compute_loss([queries, without], torch.tensor([0, 1])))
    assert seen > hidden + 0.1


def test_score_tokens_does_not_depend_on_the_chunks(monkeypatch):
    drawn = torch.Generator().manual_seed(1)
    queries = [torch.nn.functional.normalize(torch.randn(n, 3, generator=drawn), dim=-1) for n in (5, 1, 3, 2, 4)]
    whole = score_tokens(queries, queries)
    monkeypatch.setattr("train.trainer.loss.CHUNK_TEXTS", 2)
    assert torch.allclose(score_tokens(queries, queries), whole)


def test_loss_without_token_vectors_is_refused():
    with pytest.raises(ValueError, match="use --tokens 0"):
        ListingRankingLoss(None, tokens=0.2).compute_loss([Embedded(EYE, None)] * 2, torch.arange(3))


@pytest.mark.parametrize("prompt", ["", " ", "query: "])
def test_training_scores_the_tokens_that_search_scores(prompt):
    encoder = load_encoder(DEFAULT_BASE)
    encoder.model.prompts["query"] = prompt
    features = encoder.model.preprocess(TEXTS[:2], prompt=prompt, task="query")
    with torch.no_grad():
        trained = embed_in_chunks(encoder.model, features).tokens
    _, searched = encoder.encode_query_tokens(TEXTS[:2])
    assert [len(vectors) for vectors in trained] == searched.lengths.tolist()
    assert torch.allclose(torch.cat(trained), torch.from_numpy(searched.vectors), atol=1e-5)


def test_tokens_of_chunks_are_in_the_order_of_the_texts():
    encoder = load_encoder(DEFAULT_BASE)
    features = encoder.model.preprocess(TEXTS)
    with torch.no_grad():
        one, several = (embed_in_chunks(encoder.model, dict(features), chunk_tokens=size) for size in (1 << 20, 1))
    # "???" has no scored token.
    assert [len(vectors) for vectors in one.tokens] == [len(vectors) for vectors in several.tokens] == [5, 5, 0]
    assert torch.allclose(torch.cat(one.tokens), torch.cat(several.tokens), atol=1e-5)


def by_tokens(queries, listings, owners, **options):
    """The loss by tokens only; the sentence embeddings don't count."""
    embedded = [Embedded(torch.ones(len(tokens), 3), tokens) for tokens in (queries, listings)]
    return ListingRankingLoss(None, tokens=1.0, **options).compute_loss(embedded, torch.tensor(owners))


def test_token_loss_where_the_last_listing_has_no_token():
    """The second query scores 0 at the first listing and NO_TOKEN at its own: 40 too little."""
    found = by_tokens(rows([EYE[0]], [EYE[1]]), rows([EYE[0]], []), [0, 1])
    assert found == pytest.approx(torch.tensor(20.0))
    assert torch.isfinite(by_tokens(rows([EYE[0]]), rows([]), [0]))


def test_score_tokens_in_half_precision():
    with torch.autocast("cpu", dtype=torch.bfloat16):
        scores = score_tokens(rows([EYE[0]]), rows([EYE[0]]))
    assert scores.tolist() == [[1.0]]


class Processes:
    """Threads that gather from each other as the processes of a run do, one rank each."""

    def __init__(self, monkeypatch, count):
        self.count, self.barrier, self.given, self.here = count, Barrier(count, timeout=20), [None] * count, local()
        monkeypatch.setattr("train.trainer.loss.all_gather", self.gather)
        monkeypatch.setattr("torch.distributed.get_rank", lambda: self.here.rank)

    def gather(self, tensor, with_grad=False):
        self.given[self.here.rank] = tensor
        self.barrier.wait()
        joined = torch.cat(self.given)
        self.barrier.wait()
        return joined

    def run(self, step):
        def as_rank(rank):
            self.here.rank = rank
            return step(rank)

        with ThreadPoolExecutor(self.count) as threads:
            return list(threads.map(as_rank, range(self.count)))


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_two_processes_compute_the_loss_of_one_batch(monkeypatch, share):
    """The second process has one query of three, and two listings of four, the last of them without tokens."""
    queries = rows([EYE[0]], [EYE[1], EYE[0]], [EYE[1]], [EYE[2]])
    listings = rows([EYE[0], EYE[2]], [EYE[1]], [EYE[2], EYE[1]], [])
    sentences = [torch.randn(4, 3, generator=torch.Generator().manual_seed(seed)) for seed in (1, 2)]
    sides = [Embedded(sentences[0], queries), Embedded(sentences[1], listings)]
    hidden = torch.tensor([[-1], [-1], [-1], [3]])
    one_batch = ListingRankingLoss(None, tokens=share).compute_loss(sides, torch.tensor([0, 1, 1, 2]), hidden)

    def step(rank):
        parts = [(slice(0, 3), slice(0, 2)), (slice(3, 4), slice(2, 4))][rank]
        mine = [Embedded(side.sentences[part], side.tokens[part]) for side, part in zip(sides, parts, strict=True)]
        owners = [torch.tensor([0, 1, 1]), torch.tensor([0])][rank]
        twins = [torch.full((3, 1), -1), torch.tensor([[1]])][rank]
        return ListingRankingLoss(None, tokens=share, gather=True).compute_loss(mine, owners, twins)

    assert torch.allclose(torch.stack(Processes(monkeypatch, 2).run(step)), one_batch)
