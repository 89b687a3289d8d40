"""Metrics: hand-worked values, edges, and agreement with an independent implementation."""

import math

import ir_measures
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import RR, Judged, P, R, nDCG

from search.metrics import (
    condensed_ndcg,
    evaluate_run,
    family_precision,
    judged_share,
    known_item_qrels,
    ndcg,
    precision,
    ranked_ids,
    recall,
    reciprocal_rank,
    triplet_accuracy,
    wrong_share,
)
from search.records import Answer, Query


def test_ndcg_one_relevant_at_rank_three_is_half():
    """1 / log2(3 + 1) = 1 / 2; the ideal is 1 / log2(2) = 1."""
    assert ndcg(["a", "b", "c"], {"c": 1}, k=10) == pytest.approx(0.5)


def test_ndcg_relevant_beyond_k_is_zero():
    assert ndcg(["a", "b"], {"b": 1}, k=1) == 0


def test_ndcg_all_relevant_is_one_also_when_k_exceeds_the_list():
    assert ndcg(["a", "b"], {"a": 1, "b": 1}, k=10) == 1


def test_reciprocal_rank_is_of_the_first_relevant():
    assert reciprocal_rank(["a", "b", "c"], {"b": 1, "c": 1}, k=10) == 0.5
    assert reciprocal_rank(["a", "b", "c"], {"c": 1}, k=2) == 0


def test_recall_is_the_share_of_the_relevant():
    assert recall(["a", "b"], {"a": 1, "z": 1}, k=2) == 0.5


def test_family_precision_counts_unfilled_places_as_misses():
    """Two of the three hits are of the family, of ten places: 0.2."""
    families = {"a": "Data Analyst", "b": "Data Scientist", "c": "Data Analyst"}
    assert family_precision(["a", "b", "c"], families, "Data Analyst", k=10) == pytest.approx(0.2)


def test_triplet_accuracy_counts_a_tie_as_a_miss():
    assert [triplet_accuracy(0.9, 0.1), triplet_accuracy(0.5, 0.5), triplet_accuracy(0.1, 0.9)] == [1, 0, 0]


def test_ranked_ids_ties_go_by_id():
    assert ranked_ids({"b": 0.5, "a": 0.5, "c": 0.9}) == ["c", "a", "b"]


def test_evaluate_run_absent_query_counts_zero():
    values = evaluate_run({"q1": {"a": 1}, "q2": {"a": 1}}, {"q1": {"a": 0.5}})
    assert values["q1"]["ndcg@10"] == 1
    assert set(values["q2"].values()) == {0.0}


def test_evaluate_run_agrees_with_trec_eval():
    rng = np.random.default_rng(3)
    names = [f"d{number:02d}" for number in range(40)]
    qrels = {f"q{q}": {str(n): 1 for n in rng.choice(names, size=1 + q % 3, replace=False)} for q in range(30)}
    run = {q: {n: float(s) for n, s in zip(names, rng.permutation(40), strict=True)} for q in qrels}
    ours = evaluate_run(qrels, run)
    measures = {
        "ndcg@10": nDCG @ 10,
        "recall@1": R @ 1,
        "recall@10": R @ 10,
        "mrr@10": RR @ 10,
    }
    names_of = {str(measure): name for name, measure in measures.items()}
    compared = 0
    for row in ir_measures.iter_calc(measures.values(), qrels, run):
        assert ours[row.query_id][names_of[str(row.measure)]] == pytest.approx(row.value)
        compared += 1
    assert compared == 30 * len(measures)


def test_known_items_of_one_grade_are_as_those_of_grade_one():
    """With the gain 7 the seventh and tenth ranks would round to other numbers than with 1."""
    queries = [Query("q", "x", "a"), Query("p", "x", "a", "", 2), Query("r", "x", "a", "", 3, (Answer("b", 3),))]
    assert known_item_qrels(queries) == {"q": {"a": 1}, "p": {"a": 1}, "r": {"a": 1, "b": 1}}


def test_evaluate_run_of_several_graded_answers():
    """Ranked: c (1), x, b (2), a (3), y. Gains 1, 0, 3, 7: 1 / log2(2) + 3 / log2(4) + 7 / log2(5) = 1 + 1.5 + 3.0147;
    ideal 7 + 3 / log2(3) + 1 / log2(4) = 7 + 1.8928 + 0.5. The first right answer is third; both are among ten."""
    query = Query("q", "sql", "a", "", 3, (Answer("b", 2), Answer("c", 1)))
    run = {"q": {"c": 0.9, "x": 0.8, "b": 0.7, "a": 0.6, "y": 0.5}}
    values = evaluate_run(known_item_qrels([query]), run)["q"]
    assert values["ndcg@10"] == pytest.approx((2.5 + 7 / math.log2(5)) / (7.5 + 3 / math.log2(3)))
    assert (values["mrr@10"], values["recall@1"], values["recall@10"]) == (1 / 3, 0, 1)


def test_recall_is_the_share_of_the_answers_that_is_found():
    """Of 25 answers the first ten ranks hold ten, the first one: 10 / 25 and 1 / 25."""
    names = [f"d{number:02d}" for number in range(25)]
    query = Query("q", "sql", names[0], "", 3, tuple(Answer(name, 3) for name in names[1:]))
    run = {"q": {name: -float(number) for number, name in enumerate(names)}}
    values = evaluate_run(known_item_qrels([query]), run)["q"]
    assert values == {"ndcg@10": 1, "mrr@10": 1, "recall@1": 1 / 25, "recall@10": 10 / 25}


def test_ndcg_gain_of_a_grade_is_two_to_its_power_less_one():
    """Found: (2^1 - 1) / log2(2) + (2^3 - 1) / log2(3) = 1 + 7 / 1.585; ideal: 7 / 1 + 1 / 1.585."""
    found = 1 + 7 / math.log2(3)
    ideal = 7 + 1 / math.log2(3)
    assert ndcg(["low", "high"], {"low": 1, "high": 3}, k=10) == pytest.approx(found / ideal)


def test_condensed_ndcg_passes_over_what_nobody_judged():
    """Of x, a, y, b the judged are a, b, so that a with grade 2 is first: the ideal order, where ndcg has
    3 / log2(3) + 1 / log2(5) over 3 + 1 / log2(3)."""
    relevance = {"a": 2, "b": 1}
    assert condensed_ndcg(["x", "a", "y", "b"], relevance, k=10) == 1
    plain = (3 / math.log2(3) + 1 / math.log2(5)) / (3 + 1 / math.log2(3))
    assert ndcg(["x", "a", "y", "b"], relevance, k=10) == pytest.approx(plain)


def test_precision_counts_grades_of_two_and_more():
    """Of the first five, a (3) and b (2) count, c (1), d (0) and x (not judged) do not: 2 / 5."""
    relevance = {"a": 3, "b": 2, "c": 1, "d": 0, "e": 3}
    assert precision(["a", "b", "c", "d", "x", "e"], relevance, k=5) == pytest.approx(0.4)


def test_wrong_share_counts_grade_zero_the_unjudged_and_unfilled_ranks():
    """Of ten ranks, a (3) and b (1) are not wrong; c (0), x (not judged) and six unfilled are: 8 / 10."""
    assert wrong_share(["a", "b", "c", "x"], {"a": 3, "b": 1, "c": 0}, k=10) == pytest.approx(0.8)


def test_judged_share_is_of_what_was_found():
    """Of the three found, a and c were judged: 2 / 3; grade 0 is a judgment too."""
    assert judged_share(["a", "b", "c"], {"a": 3, "c": 0}, k=10) == pytest.approx(2 / 3)
    assert judged_share(["b", "a"], {"a": 3}, k=1) == 0
    assert judged_share([], {"a": 3}, k=10) == 1


GRADED = st.lists(st.integers(0, 3), min_size=2, max_size=14).filter(any)


@given(GRADED, st.data())
def test_ndcg_of_a_better_order_is_never_lower(grades, data):
    """Swapping two neighbours so that the higher grade comes first is a better order."""
    names = [f"d{number:02d}" for number in range(len(grades))]
    relevance = dict(zip(names, grades, strict=True))
    ranked = data.draw(st.permutations(names))
    upper = data.draw(st.integers(0, len(ranked) - 2))
    better = list(ranked)
    if relevance[ranked[upper]] < relevance[ranked[upper + 1]]:
        better[upper], better[upper + 1] = better[upper + 1], better[upper]
    for measure in (ndcg, condensed_ndcg):
        before, after = (measure(order, relevance, k=10) for order in (ranked, better))
        assert 0 <= before <= after + 1e-12 <= 1 + 1e-9
    ideal = sorted(names, key=lambda name: -relevance[name])
    assert ndcg(ideal, relevance, k=10) == pytest.approx(1)


def test_graded_measures_agree_with_ir_measures():
    # Its nDCG of this gain writes five digits, and wants numbers as query ids.
    rng = np.random.default_rng(5)
    names = [f"d{number:02d}" for number in range(40)]
    # Some are not judged; each query has one relevant at least.
    qrels = {
        str(q): {str(n): int(g) for n, g in zip(rng.permutation(names)[:25], [3, *rng.integers(0, 4, 24)], strict=True)}
        for q in range(101, 131)
    }
    run = {q: {n: float(s) for n, s in zip(names, rng.permutation(40), strict=True)} for q in qrels}
    measures = {
        nDCG(dcg="exp-log2") @ 10: ndcg,
        P(rel=2) @ 5: precision,
        Judged @ 10: judged_share,
    }
    compared = 0
    for row in ir_measures.iter_calc(measures, qrels, run):
        ranked = ranked_ids(run[row.query_id])
        ours = measures[row.measure](ranked, qrels[row.query_id], k=row.measure["cutoff"])
        assert ours == pytest.approx(row.value, abs=1e-5), row.measure
        compared += 1
    assert compared == 30 * len(measures)
    # ir_measures has neither of these: condensed by its nDCG of the run without what nobody judged, wrong by P(rel=1).
    condensed = {q: {n: s for n, s in run[q].items() if n in qrels[q]} for q in run}
    for row in ir_measures.iter_calc([nDCG(dcg="exp-log2") @ 10], qrels, condensed):
        ours = condensed_ndcg(ranked_ids(run[row.query_id]), qrels[row.query_id], k=10)
        assert ours == pytest.approx(row.value, abs=1e-5)
    for row in ir_measures.iter_calc([P(rel=1) @ 10], qrels, run):
        ours = wrong_share(ranked_ids(run[row.query_id]), qrels[row.query_id], k=10)
        assert ours == pytest.approx(1 - row.value, abs=1e-5)
