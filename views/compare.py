"""The comparison: a summary line and columns of cards."""

from collections.abc import Mapping, Sequence

from comparison.moves import Comparison
from comparison.request import ComparisonRequest, without_filters
from search.records import Listing
from views.cards import SIDE_TITLES, ColumnContext, Side, render_card
from views.escape import escape
from views.page import LEGEND
from views.words import query_stems

COPY_LINK = '<button type="button" class="sl-copy">Copy link</button><span class="sl-copied" role="status"></span>'


def render_hint(text: str) -> str:
    """Return the quiet state: nothing was asked yet."""
    return f'<div class="sl-hint" role="status">{escape(text)}</div>'


def render_notices(texts: Sequence[str]) -> str:
    """Return notices above the results; nothing for none."""
    return "".join(f'<p class="sl-notice" role="status">{escape(text)}</p>' for text in texts)


def render_state(request: ComparisonRequest) -> str:
    """Return what tells the page's script the comparison that is shown, for the address and the copied link."""
    return f'<div class="sl-state" data-address="{escape(request.to_address())}" hidden></div>'


def render_link(request: ComparisonRequest, text: str) -> str:
    """Return a link that opens a comparison; the page's script opens it without loading the page anew."""
    return f'<a class="sl-link" href="?{escape(request.to_address())}">{escape(text)}</a>'


def render_filters(request: ComparisonRequest, ranked: int, total: int) -> str:
    """Return the line that says what the results were narrowed to; nothing where they were not."""
    filters = request.filters
    if not filters:
        return ""
    parts = [filters.family, filters.work_mode, filters.seniority]
    parts += [f"in “{filters.location}”"] if filters.location else []
    parts += [f"without “{word}”" for word in filters.excluded_words]
    asked = " · ".join(escape(part) for part in parts if part)
    clear = render_link(without_filters(request), "Clear filters")
    return f'<p class="sl-filtered">{asked}: {ranked:,} of {total:,} listings are ranked. {clear}</p>'


def render_nothing(request: ComparisonRequest) -> str:
    """Return the state in which the filters leave nothing to rank."""
    clear = render_link(without_filters(request), "Rank all listings instead")
    return (
        '<div class="sl-hint" role="status"><p><b>No listing passes these filters.</b> '
        f"Take one of them back, or: {clear}.</p></div>"
    )


def render_summary(comparison: Comparison) -> str:
    """Return the line of numbers above the columns."""
    numbers = (
        (f"{comparison.overlap:.0%}", f"overlap@{comparison.k}", "Share of the results that both lists hold"),
        (
            f"{comparison.rank_biased_overlap:.2f}",
            "rank-biased overlap",
            "1 means the same order, 0 nothing in common; the top counts most",
        ),
        (str(comparison.count("risen")), "moved up", "In both lists, higher after fine-tuning"),
        (str(comparison.count("fallen")), "moved down", "In both lists, lower after fine-tuning"),
        (str(comparison.count("unchanged")), "same place", "In both lists at the same rank"),
        (str(comparison.count("entered")), "new", "Only in the fine-tuned list"),
        (str(comparison.count("left")), "gone", "Only in the base list"),
    )
    items = "".join(
        f'<div class="sl-number" title="{escape(title)}"><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>'
        for value, label, title in numbers
    )
    return (
        '<div class="sl-bar"><div role="status">'
        f'<dl class="sl-summary" aria-label="Summary of the comparison">{items}</dl></div>'
        f'<div class="sl-share">{COPY_LINK}</div></div>'
    )


def render_columns(
    comparison: Comparison,
    listings: Mapping[str, Listing],
    *,
    query: str,
    names: Mapping[Side, str],
    cut: Mapping[Side, Mapping[str, tuple[int, int]]] | None = None,
) -> str:
    """Return the columns, one for each name, with room between them for the lines that the page's script draws."""
    stems = query_stems(query)
    columns = "".join(
        render_column(ColumnContext(side, comparison, listings, stems, (cut or {}).get(side, {})), name)
        for side, name in names.items()
    )
    return (
        f'<p class="sl-legend">{escape(LEGEND)}</p>'
        f'<div class="sl-compare"><svg class="sl-lines" aria-hidden="true" focusable="false"></svg>{columns}</div>'
    )


def render_column(context: ColumnContext, name: str) -> str:
    """Return one system's column: its name, its speed, its ordered cards."""
    ranking = context.ranking
    heading = f"sl-{context.side}-heading"
    speed = f"encode {ranking.encode_seconds * 1000:.0f} ms, search {ranking.search_seconds * 1000:.1f} ms"
    cards = "".join(render_card(context, hit) for hit in ranking.hits)
    if not cards:
        cards = '<li class="sl-none">No listing shares a word with the query.</li>'
    return (
        f'<section class="sl-column sl-{context.side}" aria-labelledby="{heading}">'
        f'<header><h2 id="{heading}">{SIDE_TITLES[context.side]}</h2>'
        f'<span class="sl-model" title="{escape(name)}">{escape(name)}</span>'
        f'<span class="sl-speed">{speed}</span></header>'
        f"<ol>{cards}</ol></section>"
    )
