"""What fine-tuning changed, in up to three sentences with their intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from comparison.moves import Side
from search.benchmark_report import BenchmarkReport, ComparisonRow, Verdict
from views.sides import MODELS, TITLES

# A verdict -> how its sentence ends.
SAID: Mapping[Verdict, str] = {
    "WIN": "a gain",
    "LOSS": "a loss",
    "NO DIFFERENCE": "which so few queries can't tell from no change",
}
FEWER: Mapping[Verdict, str] = {**SAID, "WIN": "fewer", "LOSS": "more"}
LEAD = {
    "WIN": "Fine-tuning ranks better",
    "LOSS": "Fine-tuning ranks worse",
    "NO DIFFERENCE": "Fine-tuning does not surely rank better or worse",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence: its beginning, which is shown in bold, and its rest."""

    lead: str
    rest: str
    verdict: str = ""


def find_change(rows: Sequence[ComparisonRow], sides: Mapping[Side, str], metric: str) -> ComparisonRow | None:
    """Find how the page's tuned model compares with its base by a metric."""
    wanted = {sides.get(side) for side in MODELS}
    found = next((row for row in rows if row.metric == metric and {row.a, row.b} == wanted), None)
    return found.seen_from(sides["tuned"]) if found else None


def tell_findings(report: BenchmarkReport, sides: Mapping[Side, str]) -> list[Finding]:
    """Return what judged queries say, how many results are wrong, and what known items say."""
    found = [_tell_judged(report, sides), _tell_wrong(report, sides), _tell_known(report, sides)]
    told = [one for one in found if one]
    if told:
        return told
    return [
        Finding("What fine-tuning changed is not told:", "the report lacks a model of this page as it is scored here.")
    ]


def _tell_judged(report: BenchmarkReport, sides: Mapping[Side, str]) -> Finding | None:
    judged = report.judged
    row = find_change(judged.comparisons, sides, "ndcg@10") if judged else None
    if judged is None or row is None:
        return None
    means = _means({name: one.metrics["ndcg@10"] for name, one in judged.systems.items()}, row)
    # What nobody judged counts as wrong, so that a number may be a bound.
    unsure = " (too little judged: bounds)" if {row.a, row.b} & set(judged.bounds) else ""
    text = f"on {judged.n_queries} judged queries, nDCG@10 went from {means}: {_difference(row)}{unsure}."
    return Finding(f"{LEAD[row.verdict]}:", text, row.verdict)


def _tell_wrong(report: BenchmarkReport, sides: Mapping[Side, str]) -> Finding | None:
    judged = report.judged
    row = find_change(judged.comparisons, sides, "wrong@10") if judged else None
    if judged is None or row is None:
        return None
    before, after = (judged.systems[name].metrics["wrong@10"] for name in (row.b, row.a))
    if before is None or after is None:
        return None
    most = ["at most " if name in judged.bounds else "" for name in (row.b, row.a)]
    text = f"before fine-tuning and {most[1]}{10 * after.mean:.1f} after: {_difference(row, times=10, said=FEWER)}."
    return Finding(f"Of ten results, {most[0]}{10 * before.mean:.1f} are wrong", text, row.verdict)


def _tell_known(report: BenchmarkReport, sides: Mapping[Side, str]) -> Finding | None:
    row = find_change(report.comparisons, sides, "ndcg@10")
    if row is None:
        return None
    means = _means({name: one.metrics["ndcg@10"] for name, one in report.systems.items()}, row)
    if report.several_answers:
        text = f"{means} for the {report.n_queries} queries: {_difference(row)}."
        return Finding("Finding the listings that were given as right, nDCG@10 went from", text, row.verdict)
    text = f"{means} for the {report.n_queries} queries that were each written from one: {_difference(row)}."
    return Finding("Finding one known listing, nDCG@10 went from", text, row.verdict)


def _means(estimates: Mapping[str, object], row: ComparisonRow) -> str:
    before, after = (getattr(estimates[name], "mean", 0.0) for name in (row.b, row.a))
    return f"{before:.3f} ({TITLES['base']}) to {after:.3f} ({TITLES['tuned']})"


def _difference(row: ComparisonRow, *, times: int = 1, said: Mapping[Verdict, str] = SAID) -> str:
    digits = 3 if times == 1 else 2
    values = [f"{times * value:+.{digits}f}" for value in (row.difference, row.low, row.high)]
    return f"{values[0]} [{values[1]}, {values[2]}], {said[row.verdict]}"
