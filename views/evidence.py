"""The benchmark: three sentences, one plot, the queries that changed, and all tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from comparison.moves import Side
from search.benchmark_report import (
    COMPARED_JUDGED,
    LEAST_JUDGED,
    BenchmarkReport,
    ComparisonRow,
    Estimate,
    JudgedReport,
)
from search.records import Listing
from views.findings import tell_findings
from views.forest import Forest, Group
from views.leaders import find_leaders
from views.query_changes import MAX_ROWS, QueryChange, judged_changes, known_changes
from views.sides import MODELS
from views.system_names import name_systems
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
BENCHMARK_COMMAND = (
    "python -m train.benchmark --dataset build/dataset --split test "
    "--systems base=sentence-transformers/all-MiniLM-L6-v2 "
    "base-tokens=late_interaction:sentence-transformers/all-MiniLM-L6-v2 "
    "tuned=build/model bm25 hybrid --json build/benchmark.json"
)
SAME_NAMES: Mapping[Side, str] = {side: side for side in MODELS}


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
        called: System -> its name for people.
        labels: Metric -> label, of the metrics that are shown.
        estimates: Metric -> system -> mean and interval.
        leaders: Metric -> system -> whether it is the best, or tied for it.
        compared_by: Those of the labels that `pairs` are compared by.
        pairs: Systems against each other.
        changes: All queries that both of the page's models ranked, largest change first.
        bounds: Systems whose numbers are bounds only.
    """

    called: Mapping[str, str]
    labels: Mapping[str, str]
    estimates: Mapping[str, Mapping[str, Estimate | None]]
    leaders: Mapping[str, Mapping[str, str]]
    compared_by: Mapping[str, str]
    pairs: Sequence[Pair]
    changes: Sequence[QueryChange]
    bounds: Sequence[str] = ()

    @property
    def called_bounds(self) -> list[str]:
        """The names for people of those whose numbers are bounds only."""
        return [self.called[name] for name in self.bounds]

    def group(self, title: str) -> Group:
        """Return its nDCG@10 for the plot."""
        measured = {name: estimate for name, estimate in self.estimates["ndcg@10"].items() if estimate}
        return Group(title, measured, self.leaders["ndcg@10"], self.bounds)


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
    names = name_systems(report, sides)
    judged_part = judged_section(judged, sides, names) if judged else None
    known_part = known_section(report, sides, names, listings or {})
    groups = [judged_part.group(f"Judged queries ({judged.n_queries})")] if judged and judged_part else []
    groups.append(known_part.group(f"Known items ({report.n_queries})"))
    return render(
        "evidence.html",
        report=report,
        sides=sides,
        called=names,
        findings=tell_findings(report, sides),
        judged_section=judged_part,
        known_section=known_part,
        forest=Forest(groups),
        max_rows=MAX_ROWS,
        least_judged=LEAST_JUDGED,
        command=BENCHMARK_COMMAND,
    )


def judged_section(judged: JudgedReport, sides: Mapping[Side, str], names: Mapping[str, str]) -> Section:
    """Gather what is shown of judged queries."""
    metrics = {name: row.metrics for name, row in judged.systems.items()}
    compared_by = {name: JUDGED_LABELS[name] for name in COMPARED_JUDGED}
    changes = judged_changes(judged.per_query, sides)
    return build_section(names, JUDGED_LABELS, metrics, judged.comparisons, compared_by, changes, judged.bounds)


def known_section(
    report: BenchmarkReport, sides: Mapping[Side, str], names: Mapping[str, str], listings: Mapping[str, Listing]
) -> Section:
    """Gather what is shown of known items."""
    metrics = {name: row.metrics for name, row in report.systems.items()}
    # An older report has fewer metrics.
    labels = {name: label for name, label in METRIC_LABELS.items() if all(name in one for one in metrics.values())}
    compared_by = {name: labels[name] for name in COMPARED_BY if name in labels}
    changes = known_changes(report.per_query, sides, listings)
    return build_section(names, labels, metrics, report.comparisons, compared_by, changes)


def build_section(
    names: Mapping[str, str],
    labels: Mapping[str, str],
    metrics: Mapping[str, Mapping[str, Estimate | None]],
    comparisons: Sequence[ComparisonRow],
    compared_by: Mapping[str, str],
    changes: Sequence[QueryChange],
    bounds: Sequence[str] = (),
) -> Section:
    """Gather a kind of evidence; `metrics` is system -> metric -> mean and interval."""
    estimates = {name: {system: row[name] for system, row in metrics.items()} for name in labels}
    leaders = {name: find_leaders(name, of_metric, comparisons) for name, of_metric in estimates.items()}
    called = {system: names[system] for system in metrics}
    return Section(called, labels, estimates, leaders, compared_by, pair_up(comparisons), changes, bounds)


def pair_up(rows: Sequence[ComparisonRow]) -> list[Pair]:
    """Gather the comparisons of each two systems, in the order that they appear."""
    pairs: dict[tuple[str, str], dict[str, ComparisonRow]] = {}
    for row in rows:
        pairs.setdefault((row.a, row.b), {})[row.metric] = row
    return [Pair(a, b, of_pair) for (a, b), of_pair in pairs.items()]
