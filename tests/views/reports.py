"""A benchmark report as the Evidence tab needs it, and what a reader sees of HTML."""

import re
from typing import Any

from search.benchmark_report import JUDGED_METRICS, MARKS, METRICS, BenchmarkReport


def interval(mean: float) -> dict[str, float]:
    return {"mean": mean, "low": max(0.0, mean - 0.1), "high": min(1.0, mean + 0.1)}


def query_row(query_id: str, base: int, tuned: int, query: str = "python") -> dict[str, Any]:
    ranks = {"base": base, "tuned": tuned}
    return {"query_id": query_id, "query": query, "listing_id": "a", "ranks": ranks, "ndcg@10": {}}


def judged_row(query_id: str, base: float, tuned: float, query: str = "python") -> dict[str, Any]:
    """A judged query's ndcg@10, and as its share of wrong results what is missing to 1."""
    ndcg = {"base": base, "tuned": tuned}
    wrong = {name: 1 - value for name, value in ndcg.items()}
    return {"query_id": query_id, "query": query, "kind": "skills", "ndcg@10": ndcg, "wrong@10": wrong}


def compared(metric: str = "ndcg@10", **changes: Any) -> dict[str, Any]:
    row = {"a": "tuned", "b": "base", "metric": metric, "difference": 0.2, "low": 0.1, "high": 0.3, "p_value": 0.001}
    return row | {"wins": 5, "ties": 3, "losses": 1, "verdict": "WIN"} | changes


def group_row(n: int = 7, names: tuple[str, ...] = ("base", "tuned")) -> dict[str, Any]:
    return {"n": n, "systems": {name: {"ndcg@10": interval(0.5)} for name in names}}


def judged_system(ndcg: float, wrong: float, judged: float) -> dict[str, Any]:
    means = zip(JUDGED_METRICS, (ndcg, 0.55, 0.3, wrong, judged), strict=True)
    return {"metrics": {name: interval(mean) for name, mean in means}}


def agreement_of_marks() -> dict[str, Any]:
    """The first assessor against the blind test's marks."""
    return {"a": "first", "b": MARKS, "n": 4, "same": 0.75, "kappa": 0.52, "weighted_kappa": 0.52}


def judged_part(**changes: Any) -> dict[str, Any]:
    """Two systems, one comparison; of tuned's results 80 % were judged, of base's all."""
    whole = {
        "split": "test",
        "n_queries": 48,
        "n_judgments": 1621,
        "judgments_hash": "j",
        "assessors": [{"name": "first", "kind": "language model", "model": "some-model", "note": "one by one"}],
        "agreement": [
            {"a": "first", "b": "second", "n": 349, "same": 0.88, "kappa": 0.82, "weighted_kappa": 0.93, "tau": 0.9}
            | {"systems": ["base", "tuned"]}
        ],
        "systems": {"base": judged_system(0.465, 0.47, 1), "tuned": judged_system(0.547, 0.41, 0.8)},
        "comparisons": [compared(difference=0.082, low=0.03, high=0.134)],
        "kinds": {"skills": group_row(6)},
        "facts": {
            "level": {"n": 21, "chance": 0.262, "best": 0.9}
            | {"systems": {"base": interval(0.419), "tuned": interval(0.443)}}
        },
        "per_query": [],
    }
    return whole | changes


def make_report(**changes: Any) -> BenchmarkReport:
    """Two systems, one comparison; the base's scoring is not told, the family precision is not measured."""
    row = {name: interval(0.5) for name in (*METRICS, "query_ms")} | {"family_precision@10": None, "fingerprint": "f"}
    report = {
        "dataset": "build/dataset",
        "dataset_hash": "d",
        "fictional": False,
        "split": "test",
        "n_queries": 9,
        "n_listings": 20,
        "systems": {"base": row, "tuned": row | {"ndcg@10": interval(0.7), "scoring": "late_interaction"}},
        "comparisons": [compared()],
    }
    return BenchmarkReport.model_validate(report | changes)


def squeeze(html: str) -> str:
    """Return HTML without the white space between its lines."""
    return "".join(line.strip() for line in html.splitlines())


def words(html: str) -> str:
    """Return the text without its tags, with single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))
