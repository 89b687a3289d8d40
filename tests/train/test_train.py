"""Loss, collator, configuration and the parts of a run that need no training."""

import pytest
import torch
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

from data.dataset import JobDataset, Triplet
from search.records import Query
from tests.fakes import FakeEncoder, listing
from train.trainer.checkpoints import STATE_FILE, mark_whole, prepare_checkpoints
from train.trainer.evaluator import validation_pool
from train.trainer.examples import ListingCollator, build_examples, build_triplet_examples, fitting_passages
from train.trainer.loss import Embedded, ListingRankingLoss, embed_in_chunks


def vectors(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def loss_of(queries, listings, owners, **options):
    embedded = [Embedded(queries, None), Embedded(listings, None)]
    return ListingRankingLoss(None, **options).compute_loss(embedded, owners)


def test_loss_with_one_query_a_listing_is_sentence_transformers():
    anchors, positives = vectors(6, 8), vectors(6, 8, seed=1)
    theirs = MultipleNegativesRankingLoss(None).compute_loss_from_embeddings([anchors, positives], None)
    assert torch.allclose(loss_of(anchors, positives, torch.arange(6)), theirs)


def test_loss_queries_of_one_listing_are_not_each_others_negatives():
    """Two listings e1, e2; three queries at their own listing: every softmax is over exp(20) and exp(0)s."""
    listings, owners = torch.eye(2), torch.tensor([0, 0, 1])
    assert loss_of(listings[owners], listings, owners).item() < 1e-8


def test_loss_scale_changes_the_loss():
    losses = [loss_of(vectors(4, 8), vectors(4, 8, seed=1), torch.arange(4), scale=scale) for scale in (10, 20)]
    assert losses[0] != losses[1]


class MeanModel(torch.nn.Module):
    """The mean of the token ids that are not padding, and a record of the widths it was given."""

    def __init__(self):
        super().__init__()
        self.widths = []

    def forward(self, features):
        ids, mask = features["input_ids"].float(), features["attention_mask"]
        self.widths.append(ids.shape[1])
        return {"sentence_embedding": ((ids * mask).sum(1) / mask.sum(1)).unsqueeze(1)}


@pytest.mark.parametrize("side", ["left", "right"])
def test_embed_in_chunks_gives_the_same_rows_in_order_with_less_padding(side):
    lengths = [3, 9, 1, 9, 2]
    ids = torch.zeros(5, 9, dtype=torch.long)
    mask = torch.zeros(5, 9, dtype=torch.long)
    for row, length in enumerate(lengths):
        columns = slice(0, length) if side == "right" else slice(9 - length, 9)
        ids[row, columns] = torch.arange(1, length + 1) * (row + 1)
        mask[row, columns] = 1
    features = {"input_ids": ids, "attention_mask": mask, "prompt_length": 2}
    whole, chunked = MeanModel(), MeanModel()
    expected = whole(features)["sentence_embedding"]
    assert torch.allclose(embed_in_chunks(chunked, features, chunk_tokens=18).sentences, expected)
    assert chunked.widths == [9, 3]


def test_embed_in_chunks_of_a_static_model_is_one_forward():
    class Static(torch.nn.Module):
        def forward(self, features):
            return {"sentence_embedding": features["input_ids"].float()}

    ids = torch.arange(6).reshape(3, 2)
    assert torch.equal(embed_in_chunks(Static(), {"input_ids": ids}).sentences, ids.float())


def preprocess(texts, *, prompt, task):
    return {"input_ids": [f"{prompt}|{task}|{text}" for text in texts]}


def row(name, queries, passages, fitting=()):
    facts = {"title": "Cook", "heading": "", "level": "", "work_mode": "", "location": ""}
    return {
        "listing_id": name,
        "queries": queries,
        "passages": passages,
        "fitting": list(fitting),
        "family": "cook",
        **facts,
    }


def test_collator_encodes_each_listing_once_for_its_queries():
    rows = [row("a", ["q1", "q2"], ["d1"]), row("b", ["q3"], ["d2"])]
    batch = ListingCollator(preprocess, "Q: ", None)(rows)
    assert batch["anchor_input_ids"] == ["Q: |query|q1", "Q: |query|q2", "Q: |query|q3"]
    assert batch["positive_input_ids"] == ["None|document|d1", "None|document|d2"]
    assert batch["label"]["query"].tolist() == [0, 0, 1]


def test_collator_draws_a_fitting_passage_anew_each_epoch():
    long = row("a", ["q"], [f"p{n}" for n in range(6)], [4, 5])
    drawn = {ListingCollator(preprocess, epoch=epoch).draw(long).passage for epoch in range(20)}
    assert drawn == {"p4", "p5"}
    unfitting = long | {"fitting": []}
    anywhere = {ListingCollator(preprocess, epoch=epoch).draw(unfitting).passage for epoch in range(20)}
    assert len(anywhere) > 2


def test_collator_draw_depends_on_seed_epoch_and_listing_only():
    long = row("a", ["forecasting for machine learning years"] * 8, [f"p{n}" for n in range(9)])
    collator = ListingCollator(preprocess, noise=0.5, epoch=3)
    first = collator.draw(long)
    collator.draw(row("b", ["other words entirely"], ["x", "y"]))
    assert collator.draw(long) == first
    assert ListingCollator(preprocess, noise=0.5, epoch=4).draw(long) != first


def drawn_texts(one, **options):
    return [query.text for query in ListingCollator(preprocess, **options).draw(one).queries]


def test_collator_noise_is_a_share_of_the_queries():
    many = row("a", ["forecasting for machine learning years"] * 200, ["p"])
    clean, noisy = (drawn_texts(many, noise=share) for share in (0, 0.25))
    assert clean == many["queries"]
    assert 20 < sum(a != b for a, b in zip(noisy, clean, strict=True)) < 80


def test_collator_adds_the_family_to_a_share_of_the_queries():
    many = row("a", ["forecasting demand"] * 200, ["p"])
    drawn = drawn_texts(many, families=0.25)
    assert 20 < sum("cook" in text for text in drawn) < 80


def test_collator_pastes_a_share_of_the_queries_into_a_cv():
    many = row("a", ["forecasting demand"] * 200, ["p"])
    drawn = drawn_texts(many, pasted=0.25)
    assert 20 < sum(text != "forecasting demand" for text in drawn) < 80
    assert all("forecasting demand" in text for text in drawn)


def test_collator_draws_so_many_queries_anew_each_epoch():
    many = row("a", [f"q{n}" for n in range(6)], ["p"])
    drawn = [tuple(drawn_texts(many, most_queries=2, epoch=epoch)) for epoch in range(10)]
    assert {len(set(texts)) for texts in drawn} == {2}
    assert len(set(drawn)) > 3


DENVER = {"level": "senior", "work_mode": "remote", "location": "Denver, CO", "heading": "Senior Cook\nthe facts\n"}
LONDON = {"level": "junior", "work_mode": "hybrid", "location": "London, UK"}


VALUES = {"level": ["junior"], "work_mode": ["hybrid"], "location": ["London, UK"]}


def twin_rows():
    first = row("a", ["soups", "stews", "roasts"], ["Senior Cook\nthe facts\nWe boil."])
    return [first | DENVER | {"title": "Senior Cook"}, row("b", ["cakes"], ["x"]) | LONDON]


def test_twins_differ_in_one_fact_each():
    rows = twin_rows()
    drawn = ListingCollator(preprocess, twins=1.0, values=VALUES).draw(rows[0])
    assert drawn.passage == "Senior Cook\nthe facts\nWe"
    assert dict(drawn.twins) == {
        "level": "Junior Cook\njunior level, remote, Denver, Colorado, United States\nWe",
        "work_mode": "Senior Cook\nsenior level, hybrid, Denver, Colorado, United States\nWe",
        "location": "Senior Cook\nsenior level, remote, London, England, United Kingdom\nWe",
    }


def test_each_fact_of_a_twin_is_said_by_a_query_and_hidden_from_those_that_do_not_say_it():
    rows = twin_rows()
    collator = ListingCollator(preprocess, twins=1.0, values=VALUES)
    drawn = collator.draw(rows[0])
    assert set().union(*(query.facts for query in drawn.queries)) >= {"level", "work_mode", "location"}
    label = collator(rows)["label"]
    positions = {name: len(rows) + number for number, (name, _) in enumerate(drawn.twins)}
    for query, hidden in zip(drawn.queries, label["twins"].tolist(), strict=False):
        assert set(hidden) - {-1} == {positions[name] for name in positions if name not in query.facts}


def test_listings_that_all_have_the_same_facts_have_no_twins():
    only = {name: [DENVER[name]] for name in VALUES}
    one = row("a", ["soups", "stews"], ["We boil."]) | DENVER
    assert ListingCollator(preprocess, twins=1.0, values=only).draw(one).twins == []


def test_fitting_passages_share_the_querys_rarest_words():
    """kafka is in one passage only, jobs in all; a query without a common word fits none."""
    fitting = fitting_passages([["kafka jobs", "zebra"], ["jobs"]], [["sql jobs", "kafka jobs"], ["other jobs"]])
    assert fitting == [[1], []]


def test_of_passages_with_words_as_rare_the_first_fits_whatever_the_order_of_a_set():
    """Rounded sums differ by their order, which is another in each process."""
    listings = [[[f"{side}{number}x{place}" for place in range(9)] for side in "ab"] for number in range(40)]
    # The words at one place are as rare in both passages, and rarer than those at the next.
    others = [" ".join(word for words in pair for word in words[place:]) for pair in listings for place in range(9)]
    queries = [[" ".join(first + second)] for first, second in listings]
    passages = [[" ".join(words) for words in pair] for pair in listings]
    fitting = fitting_passages([*queries, ["none"]], [*passages, others])
    assert fitting == [[0]] * len(listings) + [[]]


def make_dataset(count=6):
    listings = tuple(listing(f"l{n}", f"text {n}", title=f"title {n}") for n in range(count))

    def triplets(*places):
        return tuple(Triplet(Query(f"q{n}{s}", f"query {n}{s}", f"l{n}"), ("l0",)) for n in places for s in "ab")

    return JobDataset("made", listings, {"train": triplets(1, 2, 3), "validation": triplets(4), "test": triplets(5)})


def build(**options):
    return build_examples(make_dataset(), FakeEncoder(("sql",), max_tokens=3), **options)


def test_examples_have_a_row_a_listing_of_the_train_split():
    """Three tokens a passage, two of them the title's: the text's two tokens make two passages."""
    examples = build(scoring="max_passage")
    assert examples["queries"][0] == ["query 1a", "query 1b"]
    assert examples["passages"][0] == ["title 1\ntext", "title 1\n1"]
    assert examples["listing_id"][:] == ["l1", "l2", "l3"]
    assert len(build(scoring="max_passage", limit=2)) == 2


def test_examples_of_the_beginning_have_one_passage():
    assert [len(passages) for passages in build(scoring="first")["passages"]] == [1, 1, 1]


def test_triplet_examples_have_a_row_a_triplet():
    examples = build_triplet_examples(make_dataset(), limit=2)
    assert len(examples) == 4
    assert examples[0] == {"anchor": "query 1a", "positive": "title 1\ntext 1", "negative": "title 0\ntext 0"}


def test_examples_of_one_listing_are_refused():
    with pytest.raises(ValueError, match="at least 2 listings with queries"):
        build(scoring="max_passage", limit=1)


def test_validation_pool_is_the_corpus_or_a_draw_with_the_wanted_listings():
    dataset = make_dataset()
    assert len(validation_pool(dataset, limit=6, seed=1)) == 6
    pool = [one.listing_id for one in validation_pool(dataset, limit=3, seed=1)]
    assert len(pool) == 3
    assert "l4" in pool
    assert pool == sorted(pool)
    assert pool == [one.listing_id for one in validation_pool(dataset, limit=3, seed=1)]


def test_checkpoints_of_another_run_are_refused_and_a_new_run_starts_clean(tmp_path):
    folder = tmp_path / "checkpoints"
    assert prepare_checkpoints(folder, identity="one", resume=False) is None
    (folder / "checkpoint-3").mkdir()
    (folder / "checkpoint-3" / STATE_FILE).write_text("{}")
    mark_whole(folder / "checkpoint-3")
    assert prepare_checkpoints(folder, identity="one", resume=True) == str(folder / "checkpoint-3")
    with pytest.raises(ValueError, match="same options, data and base"):
        prepare_checkpoints(folder, identity="two", resume=True)
    assert prepare_checkpoints(folder, identity="two", resume=False) is None
    assert not (folder / "checkpoint-3").exists()
