"""The benchmark as plot and tables, judged queries first, known items second."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from comparison.moves import Side
from search.benchmark_report import (
    COMPARED_JUDGED,
    LEAST_JUDGED,
    LESS_IS_BETTER,
    BenchmarkReport,
    ComparisonRow,
    JudgedQueryRow,
    JudgedReport,
    JudgedSystem,
    QueryRow,
    SystemRow,
)
from search.records import Listing
from views.forest import Axis
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
JUDGED_LABELS = {
    "ndcg@10": "nDCG@10",
    "condensed_ndcg@10": "Condensed nDCG@10",
    "precision@5": "Precision@5",
    "wrong@10": "Wrong@10 (less is better)",
    "judged@10": "Judged@10",
}
# People ask whether a system is better, and whether it minds the family they named; the report compares by more.
COMPARED_BY = ("ndcg@10", "stated_family_precision@10")
# Of these, none is the best.
NOT_RANKED = ("judged@10",)
BENCHMARK_COMMAND = (
    "python -m train.benchmark --dataset build/dataset --split test "
    "--systems base=sentence-transformers/all-MiniLM-L6-v2 "
    "base-tokens=late_interaction:sentence-transformers/all-MiniLM-L6-v2 "
    "tuned=build/model bm25 hybrid --json build/benchmark.json"
)
SAME_NAMES: Mapping[Side, str] = {side: side for side in MODELS}

AnyQueryRow = TypeVar("AnyQueryRow", QueryRow, JudgedQueryRow)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two systems against each other: metric -> comparison."""

    a: str
    b: str
    rows: Mapping[str, ComparisonRow]


@dataclass(frozen=True)
class Section:
    """One kind of evidence, as its template needs it.

    Args:
        labels: Metric -> label, of the metrics that are shown.
        best: Metric -> the best mean, None where no system is the best.
        compared_by: Those of them that `pairs` are compared by.
        pairs: Systems against each other.
        change: The page's tuned model against its base, by ndcg@10.
        n_queries: How many queries both of the page's models ranked.
        gained: Those that fine-tuning made better, largest change first.
        lost: Those that it made worse.
        bounds: Systems whose numbers are bounds only.
    """

    labels: Mapping[str, str]
    best: Mapping[str, float | None]
    compared_by: Mapping[str, str]
    pairs: Sequence[Pair]
    change: ComparisonRow | None
    n_queries: int
    gained: Sequence[QueryRow] | Sequence[JudgedQueryRow]
    lost: Sequence[QueryRow] | Sequence[JudgedQueryRow]
    bounds: Sequence[str] = ()


def render_evidence(
    report: BenchmarkReport | None,
    *,
    problem: str = "",
    listings: Mapping[str, Listing] | None = None,
    sides: Mapping[Side, str] = SAME_NAMES,
) -> str:
    """Return the Evidence tab, or how to make a report.

    Args:
        report: What is shown.
        problem: Why there is none.
        listings: By id; they give the titles.
        sides: The names that the report has for the page's base and tuned model.
    """
    if report is None:
        return render("no_evidence.html", problem=problem, command=BENCHMARK_COMMAND)
    judged = report.judged
    ndcg = [row.metrics["ndcg@10"] for row in judged.systems.values()] if judged else []
    return render(
        "evidence.html",
        report=report,
        sides=sides,
        listings=listings or {},
        judged_section=judged_section(judged, sides) if judged else None,
        known_section=known_section(report, sides),
        axis=Axis.around(estimate for estimate in ndcg if estimate),
        least_judged=LEAST_JUDGED,
        command=BENCHMARK_COMMAND,
    )


def judged_section(judged: JudgedReport, sides: Mapping[Side, str]) -> Section:
    """Gather what is shown of judged queries; the change is that of ndcg@10."""
    both = [row for row in judged.per_query if _has_both(row.ndcg, sides)]
    gained, lost = split_changed(both, lambda row: row.ndcg[sides["tuned"]] - row.ndcg[sides["base"]])
    best = best_means(JUDGED_LABELS, list(judged.systems.values()))
    compared_by = {name: JUDGED_LABELS[name] for name in COMPARED_JUDGED}
    pairs, change = pair_up(judged.comparisons), find_change(judged.comparisons, sides)
    return Section(JUDGED_LABELS, best, compared_by, pairs, change, len(both), gained, lost, judged.bounds)


def known_section(report: BenchmarkReport, sides: Mapping[Side, str]) -> Section:
    """Gather what is shown of known items.

    The change is that of 1 / log2(rank + 1), which is nDCG without its end at 10: a fall from 11 to 400 counts too.
    """

    def gain(row: QueryRow) -> float:
        base, tuned = (1 / math.log2(row.ranks[sides[side]] + 1) for side in MODELS)
        return tuned - base

    rows = list(report.systems.values())
    # An older report has fewer metrics.
    labels = {name: label for name, label in METRIC_LABELS.items() if all(name in row.metrics for row in rows)}
    both = [row for row in report.per_query if _has_both(row.ranks, sides)]
    gained, lost = split_changed(both, gain)
    compared_by = {name: labels[name] for name in COMPARED_BY if name in labels}
    pairs, change = pair_up(report.comparisons), find_change(report.comparisons, sides)
    return Section(labels, best_means(labels, rows), compared_by, pairs, change, len(both), gained, lost)


def _has_both(values: Mapping[str, float], sides: Mapping[Side, str]) -> bool:
    return all(sides.get(side) in values for side in MODELS)


def best_means(
    metrics: Mapping[str, str], systems: Sequence[SystemRow] | Sequence[JudgedSystem]
) -> dict[str, float | None]:
    """Return each metric's best mean: the highest, or the lowest where less is better."""
    best = {}
    for name in metrics:
        means = [estimate.mean for row in systems if (estimate := row.metrics[name])]
        choose = min if name in LESS_IS_BETTER else max
        best[name] = choose(means) if means and name not in NOT_RANKED else None
    return best


def pair_up(rows: Sequence[ComparisonRow]) -> list[Pair]:
    """Gather the comparisons of each two systems, in the order that they appear."""
    pairs: dict[tuple[str, str], dict[str, ComparisonRow]] = {}
    for row in rows:
        pairs.setdefault((row.a, row.b), {})[row.metric] = row
    return [Pair(a, b, of_pair) for (a, b), of_pair in pairs.items()]


def find_change(rows: Sequence[ComparisonRow], sides: Mapping[Side, str]) -> ComparisonRow | None:
    """Find how the page's tuned model compares with its base by ndcg@10."""
    wanted = {sides.get(side) for side in MODELS}
    found = next((row for row in rows if row.metric == "ndcg@10" and {row.a, row.b} == wanted), None)
    return found.seen_from(sides["tuned"]) if found else None


def split_changed(
    rows: Sequence[AnyQueryRow], gain: Callable[[AnyQueryRow], float]
) -> tuple[list[AnyQueryRow], list[AnyQueryRow]]:
    """Split queries into gained and lost, largest change first."""
    ordered = sorted(rows, key=lambda row: (-gain(row), row.query_id))
    return [row for row in ordered if gain(row) > 0], [row for row in reversed(ordered) if gain(row) < 0]
