"""The comparison: what stands above the columns, and the columns."""

from collections.abc import Mapping, Sequence

from comparison.moves import Comparison, Side
from comparison.request import COMPACT, ComparisonRequest, View
from search.records import Listing
from views.cards import Column, Head
from views.moves import Pair, tell_numbers, tell_verdict
from views.templating import render
from views.understood import filter_labels, strict_label
from views.words import query_words


def render_head(
    request: ComparisonRequest,
    notices: Sequence[str],
    comparison: Comparison | None,
    *,
    listings: Mapping[str, Listing],
    pair: Pair | None = None,
) -> str:
    """Return address, notices, filters and verdict of a comparison.

    Args:
        request: What was asked for.
        notices: What was put right in it, and what is to know of the answer.
        comparison: None without a query; without moves, nothing passed the filters.
        listings: The corpus, by id.
        pair: The names of the systems; base and tuned if left out.
    """
    statements = comparison.understanding.statements if comparison else ()
    removed = comparison.removed if comparison else {}
    asked = list(filter_labels(request, removed).values())
    asked += [strict_label(one) for one in statements if one.key in request.required]
    shown = comparison if comparison and comparison.moves else None
    return render(
        "head.html",
        request=request,
        notices=notices,
        comparison=comparison,
        asked=asked,
        total=len(listings),
        verdict=tell_verdict(shown, listings, pair or Pair()) if shown else "",
        numbers=tell_numbers(shown) if shown else "",
    )


def render_columns(
    comparison: Comparison,
    listings: Mapping[str, Listing],
    *,
    query: str,
    heads: Mapping[Side, Head],
    systems: Mapping[str, str] | None = None,
    cut: Mapping[Side, Mapping[str, tuple[int, int]]] | None = None,
    view: View = COMPACT,
) -> str:
    """Return a column of rows or cards for each side, with room for the lines between.

    Args:
        comparison: What is shown.
        listings: The corpus, by id.
        query: Whose words are marked.
        heads: What stands above each list.
        systems: Names in the address -> names for people, of all that may stand there.
        cut: As of `PageContext.cut`.
        view: Rows or cards.
    """
    words, pair = query_words(query), pair_of(comparison, heads)
    columns = [
        Column(side, head, pair, comparison, listings, words, (cut or {}).get(side, {})) for side, head in heads.items()
    ]
    return render("columns.html", columns=columns, systems=systems or {}, pair=pair, is_compact=view == COMPACT)


def pair_of(comparison: Comparison, heads: Mapping[Side, Head]) -> Pair:
    """Return the names of the systems compared."""
    return Pair(heads["base"].label, heads["tuned"].label, comparison.is_default_pair)
