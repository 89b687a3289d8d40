"""Benchmark reports as text, by templates: judged queries first, known items second."""

from collections.abc import Sequence
from pathlib import Path

from search.benchmark_report import (
    JUDGED_METRICS,
    LEAST_JUDGED,
    LESS_IS_BETTER,
    METRICS,
    BenchmarkReport,
    Estimate,
    GroupRow,
)
from search.text_templates import text_templates

TEMPLATES = text_templates(Path(__file__).parents[1])
TEMPLATES.globals |= {
    "METRICS": METRICS,
    "JUDGED_METRICS": JUDGED_METRICS,
    "LESS_IS_BETTER": LESS_IS_BETTER,
    "LEAST_JUDGED": LEAST_JUDGED,
}


def format_estimate(value: Estimate | None, digits: int = 3) -> str:
    """Write a mean with its interval; a dash for none."""
    if value is None:
        return "-"
    return f"{value.mean:.{digits}f} [{value.low:.{digits}f}, {value.high:.{digits}f}]"


def titled_groups(report: BenchmarkReport) -> list[tuple[str, dict[str, GroupRow]]]:
    """Return the report's groups of known items with their titles."""
    titled = [("by style", report.styles), ("by family", report.families), ("with typing errors", report.robustness)]
    return [(title, groups) for title, groups in titled if groups]


def mark_bound(name: str, bounds: Sequence[str]) -> str:
    """Return a system's name, marked if its numbers are bounds only."""
    return f"{name} (too little judged)" if name in bounds else name


def one_line(text: str) -> str:
    """Return text on one line, with single spaces."""
    return " ".join(text.split())


def escape_cell(text: str) -> str:
    """Return text that stays in its cell of a Markdown table."""
    return one_line(text).replace("\\", "\\\\").replace("|", "\\|")


TEMPLATES.filters |= {
    "estimate": format_estimate,
    "titled_groups": titled_groups,
    "marked": mark_bound,
    "one_line": one_line,
    "cell": escape_cell,
}


def render_table(report: BenchmarkReport) -> str:
    """Return the report as a table for a terminal."""
    text = TEMPLATES.get_template("evaluation/templates/table.txt.jinja").render(report=report)
    return "\n".join(line.rstrip() for line in text.splitlines())
