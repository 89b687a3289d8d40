"""Benchmark reports as text, by templates: judged queries first, known items second."""

from collections.abc import Sequence
from pathlib import Path

from search.benchmark_report import (
    JUDGED_METRICS,
    LESS_IS_BETTER,
    METRICS,
    BenchmarkReport,
    Estimate,
    GroupRow,
    JudgedReport,
)
from search.text_templates import text_templates

TEMPLATES = text_templates(Path(__file__).parents[1])
TEMPLATES.globals |= {"METRICS": METRICS, "JUDGED_METRICS": JUDGED_METRICS, "LESS_IS_BETTER": LESS_IS_BETTER}


def format_estimate(value: Estimate | None, digits: int = 3) -> str:
    """Write a mean with its interval; a dash for none."""
    if value is None:
        return "-"
    return f"{value.mean:.{digits}f} [{value.low:.{digits}f}, {value.high:.{digits}f}]"


def titled_groups(report: BenchmarkReport) -> list[tuple[str, dict[str, GroupRow]]]:
    """Return the report's groups of known items with their titles."""
    titled = [("by style", report.styles), ("by family", report.families), ("with typing errors", report.robustness)]
    return [(title, groups) for title, groups in titled if groups]


def lower_bounds(judged: JudgedReport) -> list[str]:
    """Return the systems whose results were judged too little."""
    return [name for name, row in judged.systems.items() if row.is_lower_bound]


def mark_bound(name: str, bounds: Sequence[str]) -> str:
    """Return a system's name, marked if its numbers are a lower bound."""
    return f"{name} (lower bound)" if name in bounds else name


TEMPLATES.filters |= {
    "estimate": format_estimate,
    "titled_groups": titled_groups,
    "lower_bounds": lower_bounds,
    "marked": mark_bound,
}


def render_table(report: BenchmarkReport) -> str:
    """Return the report as a table for a terminal."""
    text = TEMPLATES.get_template("evaluation/templates/table.txt.jinja").render(report=report)
    return "\n".join(line.rstrip() for line in text.splitlines())
