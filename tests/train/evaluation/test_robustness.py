"""Queries with typing errors and everyday sentences: rows that can be worked by eye."""

import json

import numpy as np

from data.dataset import JobDataset, Triplet
from search.records import Query
from search.systems import System
from tests.fakes import FakeEncoder, listing, searcher
from train.evaluation.forgetting import GRADES, SIMILARITY_PATH, similarity_check
from train.evaluation.measure import evaluate_system
from train.evaluation.robustness import VARIANTS, one_skill, robustness_rows, vary

QUERIES = ("machine learning, sql, kafka", "forecasting")


def triplets():
    return tuple(Triplet(Query(f"q{n}", text, f"l{n}"), ("l9",)) for n, text in enumerate(QUERIES))


def texts(variant):
    return [triplet.query.text for triplet in vary(triplets(), variant)]


def test_vary_changes_the_query_only_and_leaves_out_what_does_not_change():
    assert texts("as typed") == list(QUERIES)
    assert texts("upper case") == [text.upper() for text in QUERIES]
    assert texts("abbreviations") == ["ml, sql, kafka"]
    assert texts("one skill only") == ["machine learning"]
    assert [triplet.query.listing_id for triplet in vary(triplets(), "in a pasted CV")] == ["l0", "l1"]
    assert all(text in pasted for text, pasted in zip(QUERIES, texts("in a pasted CV"), strict=True))


def test_vary_typos_are_the_same_each_time():
    assert texts("two typos") == texts("two typos")
    assert all(text not in QUERIES for text in texts("two typos"))


def test_one_skill_of_a_text_without_commas_is_the_text():
    assert one_skill("forecasting") == "forecasting"


def test_robustness_rows_compare_with_the_same_queries_as_typed():
    """The keyword encoder knows small letters; in capitals it still does, and a cut-off sql is lost."""
    corpus = (listing("l0", "sql"), listing("l1", "forecasting"), listing("l9", "kitchen"))
    dataset = JobDataset("made", corpus, {"test": triplets()})
    systems = {"base": System(searcher(("sql,", "sql", "forecasting"), corpus), "x", "max_passage")}
    results = {name: evaluate_system(system.searcher, triplets(), dataset) for name, system in systems.items()}
    rows = robustness_rows(systems, triplets(), results)
    assert set(rows) == set(VARIANTS)
    assert rows["as typed"].systems["base"].change.mean == 0
    assert rows["as typed"].systems["base"].ndcg.mean == sum(results["base"].ndcg) / 2
    assert rows["upper case"].systems["base"].change.mean == 0
    assert rows["upper case"].n == 2
    assert rows["abbreviations"].n == 1
    assert rows["two typos"].systems["base"].change.mean < 0


def test_similarity_sentences_are_whole_and_none_stands_twice():
    rows = [json.loads(line) for line in SIMILARITY_PATH.read_text().splitlines()]
    assert all(set(row) == {"sentence", *GRADES} for row in rows)
    sentences = [row[name] for row in rows for name in row]
    assert len(set(sentences)) == len(sentences) == 4 * len(rows)


def test_similarity_check_of_a_model_that_knows_nothing_and_of_one_that_knows_the_grades():
    class Oracle(FakeEncoder):
        """Sentences point one way; the others lean away by their grade."""

        def encode_document(self, texts, *, show_progress=False):
            self.calls.append(texts)
            angle = {1: 0.0, 2: 0.2, 3: 0.7, 4: 1.4}[len(self.calls)]
            return np.tile(np.array([np.cos(angle), np.sin(angle)], dtype=np.float32), (len(texts), 1))

    class Counting(Oracle):
        calls: list[list[str]] = []  # noqa: RUF012 (one test, one instance)

    assert similarity_check(FakeEncoder(("zebra",))).in_order.mean == 0
    known = similarity_check(Counting(()))
    assert known.in_order.mean == 1
    assert known.spearman > 0.99
