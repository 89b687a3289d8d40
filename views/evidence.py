"""The benchmark as tables with intervals and verdicts."""

import math
from collections.abc import Mapping, Sequence

from search.artifacts import BenchmarkReport, QueryRow
from search.records import Listing
from views.sides import MODELS
from views.templating import render

METRIC_LABELS = {
    "ndcg@10": "nDCG@10",
    "mrr@10": "MRR@10",
    "recall@1": "Recall@1",
    "recall@10": "Recall@10",
    "family_precision@10": "Family precision@10",
    "stated_family_precision@10": "Stated-family precision@10",
    "triplet_accuracy": "Triplet accuracy",
}
BENCHMARK_COMMAND = (
    "python -m train.benchmark --dataset build/dataset --split test "
    "--systems base=sentence-transformers/all-MiniLM-L6-v2 "
    "base-tokens=late_interaction:sentence-transformers/all-MiniLM-L6-v2 "
    "tuned=build/model bm25 hybrid --json build/benchmark.json"
)


def render_evidence(
    report: BenchmarkReport | None, *, problem: str = "", listings: Mapping[str, Listing] | None = None
) -> str:
    """Return the Evidence tab, or how to make a report.

    Args:
        report: What is shown.
        problem: Why there is none.
        listings: By id; they give the titles.
    """
    if report is None:
        return render("no_evidence.html", problem=problem, command=BENCHMARK_COMMAND)
    rows = report.systems.values()
    ranked = [row for row in report.per_query if row.ranks.keys() >= set(MODELS)]
    return render(
        "evidence.html",
        report=report,
        # An older report has fewer metrics.
        measured=[metric for metric in METRIC_LABELS if all(metric in row.metrics for row in rows)],
        ranked=len(ranked),
        **split_changed(ranked),
        listings=listings or {},
        metric_labels=METRIC_LABELS,
    )


def split_changed(rows: Sequence[QueryRow]) -> dict[str, list[QueryRow]]:
    """Split queries into `gained` and `lost`, largest change first.

    The change is that of 1 / log2(rank + 1), which is nDCG without its end at 10: a fall from 11 to 400 counts too.
    """

    def gain(row: QueryRow) -> float:
        base, tuned = (1 / math.log2(row.ranks[side] + 1) for side in MODELS)
        return tuned - base

    ordered = sorted(rows, key=lambda row: (-gain(row), row.query_id))
    return {
        "gained": [row for row in ordered if gain(row) > 0],
        "lost": [row for row in reversed(ordered) if gain(row) < 0],
    }
