"""The queries that fine-tuning helped and hurt most, each a link to its comparison."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from comparison.request import ComparisonRequest
from search.records import Listing
from views.compare import render_link
from views.escape import escape

BASE, TUNED = "base", "tuned"
SHOWN_QUERIES = 20


def gain(row: Mapping[str, Any]) -> float:
    """How much nearer to the top the tuned model puts the right listing: the difference of 1 / log2(rank + 1).

    It is nDCG without its end at 10, so that a fall from 11 to 400 counts, if little.
    """
    return 1 / math.log2(row["ranks"][TUNED] + 1) - 1 / math.log2(row["ranks"][BASE] + 1)


def most_changed(rows: Sequence[Mapping[str, Any]], *, most: int = SHOWN_QUERIES) -> dict[str, list[Mapping[str, Any]]]:
    """Return the queries `gained` and `lost` most, the largest change first; those that did not change are in neither."""
    ordered = sorted(rows, key=lambda row: (-gain(row), row["query_id"]))
    return {
        "gained": [row for row in ordered if gain(row) > 0][:most],
        "lost": [row for row in reversed(ordered) if gain(row) < 0][:most],
    }


def render_changed(report: Mapping[str, Any], listings: Mapping[str, Listing]) -> str:
    """Return both tables; nothing for a report without both systems' ranks."""
    rows = [row for row in report.get("per_query", ()) if {BASE, TUNED} <= row["ranks"].keys()]
    changed = most_changed(rows)
    better, worse = (sum(sign * gain(row) > 0 for row in rows) for sign in (1, -1))
    captions = {
        "gained": f"Gained most: {better} of {len(rows)} queries rank their listing higher after fine-tuning",
        "lost": f"Lost most: {worse} of {len(rows)} rank it lower",
    }
    return "".join(
        _changed_table(captions[kind], changed_rows, listings) for kind, changed_rows in changed.items() if changed_rows
    )


def _changed_table(caption: str, rows: Sequence[Mapping[str, Any]], listings: Mapping[str, Listing]) -> str:
    body = "".join(
        f'<tr><th scope="row" class="sl-query">{render_link(ComparisonRequest(row["query"]), row["query"])}</th>'
        f"<td>{escape(_title(row['listing_id'], listings))}</td>"
        f"<td><b>{row['ranks'][BASE]} → {row['ranks'][TUNED]}</b></td></tr>"
        for row in rows
    )
    return (
        f'<div class="sl-scroll sl-changed" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>"
        '<th scope="col">Query (compare it)</th><th scope="col">Written for</th><th scope="col">Rank, base → tuned</th>'
        f"</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _title(listing_id: str, listings: Mapping[str, Listing]) -> str:
    listing = listings.get(listing_id)
    return listing.title or listing_id if listing else listing_id
