"""Which systems lead in a metric: the best, and those that the report can't tell from it."""

from collections.abc import Mapping, Sequence

from search.benchmark_report import LESS_IS_BETTER, ComparisonRow, Estimate

BEST, TIED = "best", "tied for best"


def find_leaders(
    metric: str, estimates: Mapping[str, Estimate | None], comparisons: Sequence[ComparisonRow]
) -> dict[str, str]:
    """Return system -> "best" or "tied for best"; empty where the systems were not compared by this metric.

    Tied are the system with the best mean and all whose difference from it has the verdict NO DIFFERENCE.

    Args:
        metric: Its name in the report.
        estimates: System -> mean and interval.
        comparisons: Of any metrics.
    """
    verdicts = {frozenset((row.a, row.b)): row.verdict for row in comparisons if row.metric == metric}
    means = {name: estimate.mean for name, estimate in estimates.items() if estimate}
    if not verdicts or not means:
        return {}
    sign = -1 if metric in LESS_IS_BETTER else 1
    best = max(means, key=lambda name: sign * means[name])
    tied = [name for name in means if verdicts.get(frozenset((best, name))) == "NO DIFFERENCE"]
    return dict.fromkeys([best, *tied], TIED) if tied else {best: BEST}
