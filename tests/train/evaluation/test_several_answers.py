"""The benchmark on queries of several answers: values by hand, the report, what is said of them."""

from data.dataset import JobDataset, Triplet
from search.records import Answer, Query
from search.systems import System
from tests.fakes import listing, searcher
from train.evaluation.measure import evaluate_system
from train.evaluation.rendering import render_table
from train.evaluation.report import build_report
from train.evaluation.robustness import robustness_rows

TEXTS = {"a": "sql dbt", "b": "sql", "c": "dbt", "d": "cook"}
FAMILIES = {"a": "Data Engineer", "b": "Data Engineer", "c": "Data Analyst", "d": None}
LISTINGS = tuple(listing(name, text, family=FAMILIES[name]) for name, text in TEXTS.items())
# Scores of "sql": b 1, a 0.71, c and d 0; the best answer is second, the first found one first.
SQL = Triplet(Query("q1", "sql", "a", "query", 3, (Answer("b", 2), Answer("c", 1))), ("d",))
DBT = Triplet(Query("q2", "dbt", "c", "query", 3, (Answer("b", 3),)), ("a",))
COOK = Triplet(Query("q3", "cook", "d"), ("a",))
SEARCHER = searcher(("sql", "dbt", "cook"), LISTINGS)


def dataset(*triplets):
    return JobDataset("made", LISTINGS, {"test": triplets})


def test_system_is_measured_by_all_answers():
    """sql: ranks b, a, c, d, both answers at the top; dbt: c, a, b, d, of its answers c is first and b third.

    Pairs of an answer and a negative: a and b above d, 2 of 2; c above a, b not, 1 of 2.
    """
    made = dataset(SQL, DBT, COOK)
    result = evaluate_system(SEARCHER, made.split("test"), made)
    assert result.values["mrr@10"] == [1, 1, 1]
    assert result.values["recall@1"] == [1 / 2, 1 / 2, 1]
    assert result.values["recall@10"] == [1, 1, 1]
    assert result.values["triplet_accuracy"] == [1, 1 / 2, 1]
    # Answers of one family, of two, of none.
    assert [value is None for value in result.values["family_precision@10"]] == [False, True, True]
    # Where the best answer stands, which Evidence opens.
    assert result.ranks == [2, 1, 1]


def build(*triplets):
    made = dataset(*triplets)
    systems = {"base": System(SEARCHER, "f" * 16, "first"), "tuned": System(SEARCHER, "e" * 16, "first")}
    results = {name: evaluate_system(SEARCHER, triplets, made) for name in systems}
    return build_report("made", "test", made, systems, results), systems, results


def test_report_says_how_many_queries_have_several_answers():
    report, systems, results = build(SQL, DBT, COOK)
    assert report.several_answers == 2
    assert [row.answers for row in report.per_query] == [2, 2, 1]
    assert [row.listing_id for row in report.per_query] == ["a", "c", "d"]
    assert "answers" not in report.as_json()["per_query"][2]
    assert "for all that answer it (2 queries have several)" in render_table(report)
    assert robustness_rows(systems, [SQL, DBT, COOK], results)["upper case"].n == 3


def test_report_of_single_answers_is_as_before():
    report, _, _ = build(COOK)
    written = report.as_json()
    assert "several_answers" not in written
    assert "answers" not in written["per_query"][0]
    assert "for the one that it was written from" in render_table(report)
