"""The comparison: what stands above the columns, and the columns."""

from collections.abc import Mapping, Sequence

from comparison.moves import Comparison, Side
from comparison.request import ComparisonRequest
from search.records import Listing
from views.cards import Column
from views.templating import render
from views.understood import strict_label
from views.words import query_stems


def render_head(
    request: ComparisonRequest, notices: Sequence[str], comparison: Comparison | None, *, total: int
) -> str:
    """Return address, notices, filters and summary of a comparison.

    Args:
        request: What was asked for.
        notices: What was put right in it.
        comparison: None without a query; without moves, nothing passed the filters.
        total: How many listings the corpus has.
    """
    filters = request.filters
    asked = [value for value in (filters.family, filters.work_mode, filters.seniority) if value]
    asked += [f"in “{filters.location}”"] if filters.location else []
    statements = comparison.understanding.statements if comparison else ()
    asked += [strict_label(one) for one in statements if one.key in request.required]
    removed = comparison.removed if comparison else {}
    asked += [f"without “{phrase}” ({removed.get(phrase, 0):,} left out)" for phrase in filters.excluded_phrases]
    return render("head.html", request=request, notices=notices, comparison=comparison, asked=asked, total=total)


def render_columns(
    comparison: Comparison,
    listings: Mapping[str, Listing],
    *,
    query: str,
    names: Mapping[Side, str],
    cut: Mapping[Side, Mapping[str, tuple[int, int]]] | None = None,
) -> str:
    """Return a column for each name, with room between."""
    stems = query_stems(query)
    columns = [
        Column(side, name, comparison, listings, stems, (cut or {}).get(side, {})) for side, name in names.items()
    ]
    return render("columns.html", columns=columns)
