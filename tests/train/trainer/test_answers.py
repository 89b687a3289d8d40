"""Training on queries of several answers: each a positive, no other a negative."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from data.dataset import JobDataset, Triplet
from search.records import Answer, Query
from tests.fakes import FakeEncoder, listing
from tests.train.test_train import VALUES, preprocess, row, twin_rows
from tests.train.trainer.test_maxsim import Processes
from train.trainer.answers import AnswerTable, answers_of, train_listings
from train.trainer.evaluator import validation_pool
from train.trainer.examples import TWIN_FACTS, ListingCollator, build_examples, build_triplet_examples
from train.trainer.loss import Embedded, ListingRankingLoss


def query(text, best, *others, related=()):
    further = (*(Answer(name, 3) for name in others), *(Answer(name, 1) for name in related))
    return Query(f"{best}-{text}", text, best, "", 3, further)


def dataset(*queries, count=8, validation=()):
    listings = tuple(listing(f"l{n}", f"text {n}", title=f"title {n}") for n in range(count))
    rows = tuple(Triplet(one, ("l7",)) for one in queries)
    held = tuple(Triplet(one, ("l7",)) for one in validation or [query("v", "l5")])
    return JobDataset("made", listings, {"train": rows, "validation": held, "test": held})


MADE = dataset(query("sql", "l1", "l2", related=["l3"]), query("dbt", "l3"), query("Sql", "l4"))


def test_each_answer_is_a_row_with_its_queries():
    assert train_listings(MADE) == {"l1": ["sql"], "l2": ["sql"], "l3": ["dbt"], "l4": ["Sql"]}
    examples = build_examples(MADE, FakeEncoder(("sql",), max_tokens=9), scoring="max_passage")
    assert examples["listing_id"][:] == ["l1", "l2", "l3", "l4"]
    assert list(train_listings(MADE, limit=2)) == ["l1", "l2"]


def test_answers_are_those_of_all_copies_of_a_text_and_what_is_related():
    assert answers_of(MADE, ["l1", "l2", "l3", "l4"]) == {"sql": [0, 1, 2, 3]}
    assert answers_of(dataset(query("a", "l1"), query("b", "l2")), ["l1", "l2"]) == {}


def test_triplets_are_trained_on_as_they_are():
    examples = build_triplet_examples(MADE)
    assert examples["anchor"][:] == ["sql", "sql", "dbt", "Sql"]
    assert examples["positive"][:] == [f"title {n}\ntext {n}" for n in (1, 2, 3, 4)]
    assert build_triplet_examples(MADE, limit=1)["positive"][:] == ["title 1\ntext 1"]


def test_hidden_are_all_answers_but_the_positive():
    """Listings 0 to 3; the first query is answered by 0, 2 and 3 and owned by 0, the second has one answer."""
    table = AnswerTable({"other": [1], "sql": [0, 2, 3]})
    found = table.hidden(torch.tensor([1, -1, 1]), torch.tensor([3, 1, 0, 0]), torch.tensor([2, 1, 0]))
    # The fourth row is an altered copy of the third: it is the positive's own.
    assert found.tolist() == [[True, False, False, False], [False] * 4, [False, False, True, True]]


CASES = st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=4, unique=True), min_size=1, max_size=5)


@given(CASES, st.permutations(range(6)))
def test_hidden_is_what_answers_and_nothing_else(answers, places):
    table = AnswerTable({str(number): one for number, one in enumerate(answers)})
    texts = [number for number, one in enumerate(answers) for _ in one]
    owners = [places.index(answer) for one in answers for answer in one]
    hidden = table.hidden(torch.tensor(texts), torch.tensor(places), torch.tensor(owners))
    for text, owner, found in zip(texts, owners, hidden.tolist(), strict=True):
        assert not found[owner]
        assert {place for place, is_hidden in zip(places, found, strict=True) if is_hidden} == {
            place for place in answers[text] if place != places[owner]
        }


def test_collator_names_each_row_and_each_query_of_several_answers():
    rows = [row("a", ["SQL", "dbt"], ["d1"]), row("b", ["sql"], ["d2"])]
    collator = ListingCollator(preprocess, answers={"sql": [0, 1]}, places={"a": 0, "b": 1})
    label = collator(rows)["label"]
    assert (label["place"].tolist(), label["text"].tolist()) == ([0, 1], [0, -1, 0])
    assert set(ListingCollator(preprocess)(rows)["label"]) == {"query", "twins"}


def test_collator_names_changed_queries_by_what_was_typed():
    rows = [row("a", ["forecasting for machine learning"], ["d1"]), row("b", ["dbt"], ["d2"])]
    answers = {"forecasting for machine learning": [0, 1]}
    collator = ListingCollator(preprocess, noise=1.0, pasted=1.0, answers=answers, places={"a": 0, "b": 1})
    batch = collator(rows)
    assert "forecasting for machine learning" not in batch["anchor_input_ids"]
    assert batch["label"]["text"].tolist() == [0, -1]


def test_altered_copies_have_their_listings_place():
    rows = twin_rows()
    collator = ListingCollator(
        preprocess, twins=1.0, values=VALUES, answers={"soups": [3, 4], "stews": [3, 4]}, places={"a": 3, "b": 4}
    )
    label = collator(rows)["label"]
    n_twins = len(collator.draw(rows[0]).twins), len(collator.draw(rows[1]).twins)
    assert label["place"].tolist() == [3, 4, *[3] * n_twins[0], *[4] * n_twins[1]]
    assert len(label["text"]) == len(label["query"])
    assert n_twins[0] == len(TWIN_FACTS)


def test_draws_do_not_depend_on_answers():
    many = row("a", ["forecasting for machine learning years"] * 8, [f"p{n}" for n in range(9)])
    options = {"noise": 0.5, "facts": 0.5, "pasted": 0.2, "most_queries": 3}
    with_answers = ListingCollator(preprocess, answers={"x": [0, 1]}, places={"a": 0}, **options)
    assert with_answers.draw(many) == ListingCollator(preprocess, **options).draw(many)


def side(*vectors):
    return Embedded(torch.tensor(vectors, dtype=torch.float32), None)


def test_other_answers_are_no_negatives():
    """The query is at e1 as its answers a and b are, c at e2: without b the softmax is over a and c only."""
    queries, listings = side([1, 0, 0], [1, 0, 0], [0, 1, 0]), side([1, 0, 0], [1, 0, 0], [0, 1, 0])
    owners, named = torch.tensor([0, 1, 2]), (torch.tensor([0, 0, -1]), torch.tensor([0, 1, 2]))
    loss = ListingRankingLoss(None, scale=1.0, answers={"sql": [0, 1]})
    # exp(1) / (exp(1) + exp(0)) for both copies of the query; the third has two negatives.
    first, third = (torch.log(torch.tensor(1 + n / torch.e)) for n in (1, 2))
    assert torch.allclose(loss.compute_loss([queries, listings], owners, None, named), (2 * first + third) / 3)
    assert loss.compute_loss([queries, listings], owners) > (2 * first + third) / 3 + 0.1


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_two_processes_hide_answers_as_one_does(monkeypatch, share):
    """The first query's other answer, row 2, is in the other process; the fourth's, row 0, in the first."""
    sentences = [torch.randn(4, 3, generator=torch.Generator().manual_seed(seed)) for seed in (1, 2)]
    tokens = [list(one[:, None]) for one in sentences]
    sides = [Embedded(*pair) for pair in zip(sentences, tokens, strict=True)]
    owners, texts, places = torch.tensor([0, 1, 1, 2]), torch.tensor([0, -1, 1, 0]), torch.tensor([5, 1, 7, 3])
    options = {"tokens": share, "answers": {"sql": [5, 7], "dbt": [1, 3]}}
    one_batch = ListingRankingLoss(None, **options).compute_loss(sides, owners, None, (texts, places))
    assert not torch.allclose(one_batch, ListingRankingLoss(None, **options).compute_loss(sides, owners))

    def step(rank):
        queries, listings = [(slice(0, 3), slice(0, 2)), (slice(3, 4), slice(2, 4))][rank]
        mine = [
            Embedded(one.sentences[part], one.tokens[part])
            for one, part in zip(sides, (queries, listings), strict=True)
        ]
        own = [torch.tensor([0, 1, 1]), torch.tensor([0])][rank]
        named = (texts[queries], places[listings])
        return ListingRankingLoss(None, gather=True, **options).compute_loss(mine, own, None, named)

    assert torch.allclose(torch.stack(Processes(monkeypatch, 2).run(step)), one_batch)


def test_validation_pool_has_others_beside_many_answers():
    """All seven listings of a split answer one query: as many others as that less one are drawn."""
    answers = [f"l{n}" for n in range(7)]
    made = dataset(query("a", "l9"), count=30, validation=[query("v", *answers, related=["l8"])])
    pool = [one.listing_id for one in validation_pool(made, limit=5, seed=1)]
    assert set(pool) >= {*answers, "l8"}
    assert len(pool) == 8 + 6
