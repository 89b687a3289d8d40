"""The loss by tokens: worked by eye, and its mask against what search counts."""

import pytest
import torch
from torch import nn

from search.encoding.loading import DEFAULT_BASE, load_encoder
from train.trainer.loss import Embedded, ListingRankingLoss, embed_in_chunks
from train.trainer.maxsim import NOTHING, join_tokens, nearest_token_scores, token_mask

EYE = torch.eye(3)
TEXTS = ["C++, and SQL!", "node.js / dbt", "???"]


def rows(*texts):
    return join_tokens([torch.stack(text) if text else torch.empty(0, 3) for text in texts])


def test_nearest_token_scores_are_means_of_maxima():
    """Query e1 e2 finds e1 in the first listing and nothing for e2 (1 and 0), both in the second, neither in the third."""
    queries = rows([EYE[0], EYE[1]], [EYE[2]])
    listings = rows([EYE[0], EYE[0]], [EYE[1], EYE[0]], [EYE[2]])
    scores = nearest_token_scores(queries, listings, n_queries=2, n_listings=3)
    assert scores.tolist() == [[0.5, 1.0, 0.0], [0.0, 0.0, 1.0]]


def test_nearest_token_scores_of_texts_without_tokens():
    scores = nearest_token_scores(rows([], [EYE[0]]), rows([EYE[0]], []), n_queries=2, n_listings=2)
    assert scores.tolist() == [[0.0, 0.0], [1.0, NOTHING]]


def test_token_loss_takes_all_passages_of_a_listing():
    """Listing 0 has its words in two passages, as if it were one: both softmaxes are over exp(40) and exp(0)."""
    labels = {"query": torch.tensor([0, 1]), "passage": torch.tensor([0, 0, 1])}
    queries, passages = rows([EYE[0], EYE[1]], [EYE[2]]), rows([EYE[0]], [EYE[1]], [EYE[2]])
    found = ListingRankingLoss(None, tokens=1.0).compute_token_loss(queries, passages, labels)
    assert torch.allclose(found, nn.functional.cross_entropy(torch.eye(2) * 40, torch.tensor([0, 1])))


def test_loss_mixes_wholes_and_tokens_by_their_shares():
    labels = {"query": torch.tensor([0, 1]), "passage": torch.tensor([0, 1])}
    embedded = [
        Embedded(EYE[[0, 1]], rows([EYE[0]], [EYE[0]])),
        Embedded(EYE[[1, 1]], rows([EYE[0]], [EYE[2]])),
    ]
    whole, tokens, mixed = (
        ListingRankingLoss(None, tokens=share).compute_loss(embedded, labels) for share in (0.0, 1.0, 0.25)
    )
    assert whole != tokens
    assert torch.allclose(mixed, 0.75 * whole + 0.25 * tokens)


def test_loss_without_token_vectors_is_refused():
    with pytest.raises(ValueError, match="use --tokens 0"):
        ListingRankingLoss(None, tokens=0.2).compute_loss(
            [Embedded(EYE, None)] * 2, {"query": torch.arange(3), "passage": torch.arange(3)}
        )


@pytest.mark.parametrize("prompt", ["", " ", "query: "])
def test_training_counts_the_tokens_that_search_counts(prompt):
    encoder = load_encoder(DEFAULT_BASE)
    encoder.model.prompts["query"] = prompt
    features = encoder.model.preprocess(TEXTS[:2], prompt=prompt, task="query")
    features["counted"] = token_mask(encoder.counted_tokens("query", TEXTS[:2]), features["attention_mask"])
    with torch.no_grad():
        trained = embed_in_chunks(encoder.model, features).tokens
    _, searched = encoder.encode_query_tokens(TEXTS[:2])
    assert torch.bincount(trained.owners).tolist() == searched.counts.tolist()
    assert torch.allclose(trained.vectors, torch.from_numpy(searched.vectors), atol=1e-5)
    words = [TEXTS[0][start:end] for start, end in searched.spans[: searched.counts[0]]]
    assert words == ["C", "+", "+", "and", "SQL"]


def test_token_rows_of_chunks_are_in_the_order_of_the_texts():
    encoder = load_encoder(DEFAULT_BASE)
    features = encoder.model.preprocess(TEXTS)
    features["counted"] = token_mask(encoder.counted_tokens("document", TEXTS), features["attention_mask"])
    with torch.no_grad():
        one, several = (embed_in_chunks(encoder.model, features, chunk_tokens=size) for size in (1 << 20, 1))
    assert torch.equal(one.tokens.owners, several.tokens.owners)
    assert torch.allclose(one.tokens.vectors, several.tokens.vectors, atol=1e-5)


def test_token_mask_of_padding_on_either_side():
    attention = torch.tensor([[0, 1, 1], [1, 1, 0]])
    assert token_mask([[True, False], [False, True]], attention).tolist() == [
        [False, True, False],
        [False, True, False],
    ]


def test_token_loss_where_the_last_listing_has_no_token():
    """Its score is NOTHING; with it the softmax of a query that finds its own is still all but certain."""
    labels = {"query": torch.tensor([0, 1]), "passage": torch.tensor([0, 1])}
    loss = ListingRankingLoss(None, tokens=1.0).compute_token_loss(rows([EYE[0]], [EYE[1]]), rows([EYE[0]], []), labels)
    # The second query scores 0 at the first listing and NOTHING at its own: 40 too little.
    assert loss == pytest.approx(torch.tensor(20.0))
    assert torch.isfinite(
        ListingRankingLoss(None, tokens=1.0).compute_token_loss(
            rows([EYE[0]]), rows([]), labels={"query": torch.tensor([0]), "passage": torch.tensor([0])}
        )
    )


def test_nearest_token_scores_in_half_precision():
    with torch.autocast("cpu", dtype=torch.bfloat16):
        scores = nearest_token_scores(rows([EYE[0]]), rows([EYE[0]]), n_queries=1, n_listings=1)
    assert scores.tolist() == [[1.0]]


def test_rows_of_two_processes_are_joined_as_one_batch_would_be(monkeypatch):
    """This process is the first of two; the other has one query and two listings, the last of them without tokens."""
    labels = [
        {"query": torch.tensor([0, 1, 1]), "passage": torch.tensor([0, 1])},
        {"query": torch.tensor([0]), "passage": torch.tensor([0, 1])},
    ]
    queries = [rows([EYE[0]], [EYE[1], EYE[0]], [EYE[1]]), rows([EYE[2]])]
    passages = [rows([EYE[0], EYE[2]], [EYE[1]]), rows([EYE[2], EYE[1]], [])]
    sides = [
        [q.vectors, p.vectors, label["query"].unsqueeze(1).float()]
        for q, p, label in zip(queries, passages, labels, strict=True)
    ]
    numbers = [
        [q.owners, label["passage"][p.owners], label["query"]]
        for q, p, label in zip(queries, passages, labels, strict=True)
    ]
    tables = [
        torch.tensor([*map(len, side), len(label["query"]), 2, 2]) for side, label in zip(sides, labels, strict=True)
    ]
    most = [max(len(side[place]) for side in sides) for place in range(3)]

    def pad(rows_, place):
        return nn.functional.pad(rows_, (0, 0) * (rows_.ndim - 1) + (0, most[place] - len(rows_)))

    answers = iter(
        [torch.stack(tables), *(torch.cat([pad(one[place], place) for one in numbers]) for place in range(3))]
    )
    rows_answers = iter([torch.cat([pad(one[place], place) for one in sides]) for place in range(3)])
    monkeypatch.setattr("train.trainer.loss.all_gather", lambda _: next(answers))
    monkeypatch.setattr("train.trainer.loss.all_gather_with_grad", lambda _: next(rows_answers))
    found = ListingRankingLoss(None, tokens=1.0, gather=True).compute_token_loss(queries[0], passages[0], labels[0])
    whole = {"query": torch.tensor([0, 1, 1, 2]), "passage": torch.tensor([0, 1, 2, 3])}
    one_batch = ListingRankingLoss(None, tokens=1.0).compute_token_loss(
        rows([EYE[0]], [EYE[1], EYE[0]], [EYE[1]], [EYE[2]]),
        rows([EYE[0], EYE[2]], [EYE[1]], [EYE[2], EYE[1]], []),
        whole,
    )
    assert torch.allclose(found, one_batch)
