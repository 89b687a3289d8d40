"""One sentence of evidence below the lists: what the judged queries say of the two systems in them."""

from collections.abc import Mapping

from comparison.moves import Side
from comparison.request import BASE, TUNED
from search.benchmark_report import BenchmarkReport, ComparisonRow, JudgedReport, Verdict
from views.findings import Finding, tell_findings
from views.system_names import name_systems
from views.templating import render

# What the verdicts on order and on wrong results say together of the right system.
ORDER: Mapping[Verdict, str] = {"WIN": "ranks better than", "LOSS": "ranks worse than", "NO DIFFERENCE": ""}
WRONG: Mapping[Verdict, str] = {"WIN": "fewer wrong results", "LOSS": "more wrong results", "NO DIFFERENCE": ""}
SURE: Mapping[Verdict, str] = {"WIN": "", "LOSS": "", "NO DIFFERENCE": ", no sure change"}


def render_proof(
    report: BenchmarkReport | None, sides: Mapping[Side, str], left: str = BASE, right: str = TUNED
) -> str:
    """Return what the report says of two systems, with intervals, and the way to Evidence; nothing where it can't.

    Args:
        report: What was measured.
        sides: Its names of the page's base and tuned model.
        left: A system by its name in the address.
        right: Another one.
    """
    if report is None:
        return ""
    names = {BASE: sides.get("base", ""), TUNED: sides.get("tuned", "")}
    finding = compare_judged(report, sides, names.get(left, left), names.get(right, right))
    if finding is None and (left, right) == (BASE, TUNED):
        finding = tell_findings(report, sides)[0]
    return render("proof.html", finding=finding) if finding else ""


def compare_judged(report: BenchmarkReport, sides: Mapping[Side, str], left: str, right: str) -> Finding | None:
    """Tell how the report's system `right` does against `left` on its judged queries; None where it says nothing."""
    judged = report.judged
    rows = (
        {row.metric: row.seen_from(right) for row in judged.comparisons if {row.a, row.b} == {left, right}}
        if judged
        else {}
    )
    order, wrong = rows.get("ndcg@10"), rows.get("wrong@10")
    if judged is None or order is None or wrong is None:
        return None
    called = name_systems(report, sides)
    said = " and ".join(
        filter(
            None,
            (
                ORDER[order.verdict] and f"{ORDER[order.verdict]} {called[left]}",
                _wrong_lead(wrong, order, called[left]),
            ),
        )
    )
    lead = f"{called[right]} {said or f'is not surely better or worse than {called[left]}'}:"
    text = (
        f"on {judged.n_queries} judged queries {_change(judged, wrong, times=10)} of ten results are wrong; "
        f"nDCG@10 {_change(judged, order)}."
    )
    return Finding(lead, text, order.verdict)


def _wrong_lead(wrong: ComparisonRow, order: ComparisonRow, other: str) -> str:
    said = WRONG[wrong.verdict]
    if not said:
        return ""
    return f"gives {said}" if order.verdict != "NO DIFFERENCE" else f"gives {said} than {other}"


def _change(judged: JudgedReport, row: ComparisonRow, *, times: int = 1) -> str:
    """Return both means and their difference with its interval; a system too little judged has bounds only."""
    digits = 1 if times > 1 else 3
    estimates = [judged.systems[name].metrics[row.metric] for name in (row.b, row.a)]
    means = [f"{times * one.mean:.{digits}f}" if one else "?" for one in estimates]
    bound = " (bounds)" if {row.a, row.b} & set(judged.bounds) else ""
    low, high = (f"{times * value:+.{max(digits, 2)}f}" for value in (row.low, row.high))
    return f"{means[0]} → {means[1]}{bound} ({times * row.difference:+.{max(digits, 2)}f} [{low}, {high}]{SURE[row.verdict]})"
