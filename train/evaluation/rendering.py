"""Benchmark reports as text, by templates."""

from pathlib import Path

from search.artifacts import METRICS, BenchmarkReport, Estimate, GroupRow
from search.text_templates import text_templates

TEMPLATES = text_templates(Path(__file__).parents[1])
TEMPLATES.globals["METRICS"] = METRICS


def format_estimate(value: Estimate | None, digits: int = 3) -> str:
    """Write a mean with its interval; a dash for none."""
    if value is None:
        return "-"
    return f"{value.mean:.{digits}f} [{value.low:.{digits}f}, {value.high:.{digits}f}]"


def titled_groups(report: BenchmarkReport) -> list[tuple[str, dict[str, GroupRow]]]:
    """Return the report's groups with their titles."""
    titled = [("by style", report.styles), ("by family", report.families), ("with typing errors", report.robustness)]
    return [(title, groups) for title, groups in titled if groups]


TEMPLATES.filters |= {"estimate": format_estimate, "titled_groups": titled_groups}


def render_table(report: BenchmarkReport) -> str:
    """Return the report as a table for a terminal."""
    text = TEMPLATES.get_template("evaluation/table.txt.jinja").render(report=report)
    return "\n".join(line.rstrip() for line in text.splitlines())
