"""A benchmark report as the Evidence tab needs it."""

from typing import Any

from search.artifacts import METRICS, BenchmarkReport


def interval(mean: float) -> dict[str, float]:
    return {"mean": mean, "low": mean - 0.1, "high": mean + 0.1}


def query_row(query_id: str, base: int, tuned: int, query: str = "python") -> dict[str, Any]:
    ranks = {"base": base, "tuned": tuned}
    return {"query_id": query_id, "query": query, "listing_id": "a", "ranks": ranks, "ndcg@10": {}}


def make_report(**changes: Any) -> BenchmarkReport:
    """Two systems, one comparison; the base's scoring is not told, the family precision is not measured."""
    row = {name: interval(0.5) for name in (*METRICS, "query_ms")} | {"family_precision@10": None, "fingerprint": "f"}
    comparison = {
        "a": "tuned",
        "b": "base",
        "metric": "ndcg@10",
        "difference": 0.2,
        "low": 0.1,
        "high": 0.3,
        "p_value": 0.001,
        "wins": 5,
        "ties": 3,
        "losses": 1,
        "verdict": "WIN",
    }
    report = {
        "dataset": "build/dataset",
        "dataset_hash": "d",
        "fictional": False,
        "split": "test",
        "n_queries": 9,
        "n_listings": 20,
        "systems": {"base": row, "tuned": row | {"ndcg@10": interval(0.7), "scoring": "late_interaction"}},
        "comparisons": [comparison],
    }
    return BenchmarkReport.model_validate(report | changes)
