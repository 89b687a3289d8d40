"""A comparison as a file: JSON as the API answers, or CSV."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import gradio as gr

from comparison.request import ComparisonRequest
from pages.api import CompareAnswer, compare
from pages.context import PageContext
from pages.visits import Visits

COLUMNS = (
    *("list", "system", "rank", "other_rank", "base_rank_in_all", "tuned_rank_in_all", "score"),
    *("listing_id", "title", "company", "location", "work_mode", "seniority", "family"),
)
# A cell that begins so is a formula to a spreadsheet.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
SEND_KIND = "() => [window.shortlist.address(), window.shortlist.saving]"
SAVE = "(text) => window.shortlist.saveAs(text)"
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


def build_export(visits: Visits, complete: Callable[[ComparisonRequest], ComparisonRequest]) -> None:
    """Wire the buttons that the views draw; `complete` gives a request without a query the example's."""
    kind, exported = (gr.Textbox(visible="hidden", label=label) for label in ("Kind of file", "File"))
    opener = gr.Button("Save", visible="hidden", elem_id="sl-exporter")
    address = gr.Textbox(visible="hidden", label="Address of the file")
    made = opener.click(visits.bind(export, complete), [address, kind], exported, js=SEND_KIND, **QUIET)
    made.then(None, exported, None, js=SAVE, **QUIET)


def export(
    context: PageContext, complete: Callable[[ComparisonRequest], ComparisonRequest], address: str, kind: str
) -> str:
    """Return the comparison at an address as text: `csv`, else JSON."""
    request, notices = context.read(address)
    found = compare(context, complete(request), notices)
    return to_csv(found) if kind == "csv" else json.dumps(found, ensure_ascii=False, indent=1)


def to_csv(found: CompareAnswer) -> str:
    """Return both lists as CSV, a line a result; what a spreadsheet would run as a formula is quoted."""
    # The sign tells spreadsheets that it is UTF-8.
    text = io.StringIO("\ufeff", newline="")
    text.seek(1)
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for side, system in (("base", found["left"]), ("tuned", found["right"])):
        name = "left" if side == "base" else "right"
        rows: list[dict[str, Any]] = [dict(row) for row in (found["base"] if side == "base" else found["tuned"])]
        for row in rows:
            writer.writerow([_cell(value) for value in (name, system, *(row[column] for column in COLUMNS[2:]))])
    return text.getvalue()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
