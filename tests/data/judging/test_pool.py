"""Pooling: the union of the systems' best, in an order that tells nothing."""

from data.judging.pool import draw_again, order_blindly, pool_results, rank_queries
from data.judgments.records import JudgedQuery, JudgingRecord, Judgment, Judgments
from search.benchmark_report import Assessor
from tests.fakes import listing, searcher

LISTINGS = [listing(name, f"{name} text") for name in ("sql", "python", "excel")]
QUERIES = [JudgedQuery("q1", "sql sql python", "test"), JudgedQuery("q2", "excel", "test")]
RANKINGS = {"s1": {"q1": ["a", "b", "c"], "q2": ["d"]}, "s2": {"q1": ["b", "e", "a"]}}


def test_rank_queries_orders_the_corpus_by_each_system():
    """By keyword vectors q1 is nearest to sql, then python, and q2 to excel; ties by id."""
    keywords = ("sql", "python", "excel")
    rankings = rank_queries({"one": searcher(keywords, LISTINGS), "two": searcher(("excel",), LISTINGS)}, QUERIES)
    assert rankings["one"] == {"q1": ["sql", "python", "excel"], "q2": ["excel", "python", "sql"]}
    assert rankings["two"]["q1"] == ["python", "sql", "excel"]


def test_pool_is_the_union_of_the_best():
    assert set(pool_results(RANKINGS, depth=2)) == {("q1", "a"), ("q1", "b"), ("q1", "e"), ("q2", "d")}
    assert set(pool_results(RANKINGS, depth=1)) == {("q1", "a"), ("q1", "b"), ("q2", "d")}


def test_order_is_by_query_then_drawn_and_no_other_for_more_systems():
    pooled = [("q1", f"job-{n:02d}") for n in range(20)] + [("q0", "a")]
    ordered = order_blindly(pooled, ["q1", "q0"], seed=1)
    assert ordered[-1] == ("q0", "a")
    assert ordered != pooled
    assert ordered == order_blindly(pooled[::-1], ["q1", "q0"], seed=1)
    assert ordered != order_blindly(pooled, ["q1", "q0"], seed=2)
    assert [pair for pair in ordered if pair != pooled[0]] == order_blindly(pooled[1:], ["q1", "q0"], seed=1)


def test_draw_again_takes_what_others_graded():
    grades = (
        *(Judgment("q1", f"job-{n}", 1, "ann") for n in range(9)),
        *(Judgment("q1", f"job-{n}", 1, "bob") for n in range(4)),
    )
    record = JudgingRecord(assessors=[Assessor(name=name, kind="people") for name in ("ann", "bob")])
    earlier = Judgments("x", (QUERIES[0],), grades, record)
    drawn = draw_again(earlier, "bob", count=3, seed=1)
    assert len(drawn) == 3
    assert set(drawn) <= {("q1", f"job-{n}") for n in range(4, 9)}
    assert len(draw_again(earlier, "bob", count=99, seed=1)) == 5
    assert len(draw_again(earlier, "cy", count=99, seed=1)) == 9
    assert draw_again(earlier, "ann", count=99, seed=1) == []
