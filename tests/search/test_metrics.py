"""Metrics: hand-worked values, edges, and agreement with an independent implementation."""

import math

import ir_measures
import numpy as np
import pytest
from ir_measures import RR, R, nDCG

from search.metrics import (
    evaluate_run,
    family_precision,
    ndcg,
    ranked_ids,
    recall,
    reciprocal_rank,
    triplet_accuracy,
)


def test_ndcg_one_relevant_at_rank_three_is_half():
    """1 / log2(3 + 1) = 1 / 2; the ideal is 1 / log2(2) = 1."""
    assert ndcg(["a", "b", "c"], {"c": 1}, k=10) == pytest.approx(0.5)


def test_ndcg_graded_gains_are_discounted_and_normalised():
    """Found: 1/log2(2) + 2/log2(3); ideal: 2/log2(2) + 1/log2(3)."""
    found = 1 + 2 / math.log2(3)
    ideal = 2 + 1 / math.log2(3)
    assert ndcg(["low", "high"], {"low": 1, "high": 2}, k=10) == pytest.approx(found / ideal)


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
