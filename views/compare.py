"""The comparison: what stands above the columns, and the columns."""

from collections.abc import Mapping, Sequence

from comparison.moves import Comparison, Side
from comparison.request import COMPACT, ComparisonRequest, View
from search.records import Listing
from views.cards import Column
from views.moves import tell_numbers, tell_verdict
from views.templating import render
from views.understood import strict_label
from views.words import query_stems


def render_head(
    request: ComparisonRequest,
    notices: Sequence[str],
    comparison: Comparison | None,
    *,
    listings: Mapping[str, Listing],
) -> str:
    """Return address, notices, filters and verdict of a comparison.

    Args:
        request: What was asked for.
        notices: What was put right in it.
        comparison: None without a query; without moves, nothing passed the filters.
        listings: The corpus, by id.
    """
    filters = request.filters
    asked = [value for value in (filters.family, filters.work_mode, filters.seniority) if value]
    asked += [f"in “{filters.location}”"] if filters.location else []
    statements = comparison.understanding.statements if comparison else ()
    asked += [strict_label(one) for one in statements if one.key in request.required]
    removed = comparison.removed if comparison else {}
    asked += [f"without “{phrase}” ({removed.get(phrase, 0):,} left out)" for phrase in filters.excluded_phrases]
    shown = comparison if comparison and comparison.moves else None
    return render(
        "head.html",
        request=request,
        notices=notices,
        comparison=comparison,
        asked=asked,
        total=len(listings),
        verdict=tell_verdict(shown, listings) if shown else "",
        numbers=tell_numbers(shown) if shown else "",
    )


def render_columns(
    comparison: Comparison,
    listings: Mapping[str, Listing],
    *,
    query: str,
    names: Mapping[Side, str],
    cut: Mapping[Side, Mapping[str, tuple[int, int]]] | None = None,
    view: View = COMPACT,
) -> str:
    """Return a column of rows or cards for each name, with room for the lines between."""
    stems = query_stems(query)
    columns = [
        Column(side, name, comparison, listings, stems, (cut or {}).get(side, {})) for side, name in names.items()
    ]
    return render("columns.html", columns=columns, is_compact=view == COMPACT)
