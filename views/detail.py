"""A listing's whole text in a dialog, best sentences marked."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from comparison.moves import Side
from comparison.sentences import Sentence
from search.records import Listing
from views.sides import TITLES
from views.templating import render

# More facets are a pasted text, and the table would hide the listing.
MAX_FACETS = 8


@dataclass(frozen=True)
class BestSentences:
    """Each model's best sentences for a query and its facets."""

    of_query: Mapping[Side, Sentence]
    by_facet: Sequence[tuple[str, Mapping[Side, Sentence]]]


def render_detail(
    listing: Listing, best: BestSentences, ranks: Mapping[Side, int | None], stems: frozenset[str]
) -> str:
    """Return a listing's dialog, which the page's script opens.

    Args:
        listing: What is shown.
        best: Each model's best sentences.
        ranks: The listing's; None where a list does not show it.
        stems: Of the words to mark.
    """
    facets = best.by_facet if len(best.by_facet) > 1 else []
    return render(
        "detail.html",
        listing=listing,
        best=best.of_query,
        facets=facets[:MAX_FACETS],
        left_out=len(facets) - MAX_FACETS,
        segments=list(split_text(listing.text, best.of_query)),
        ranks=ranks,
        stems=stems,
        derived=listing.derived.replace("seniority", "level").replace("work_mode", "work mode"),
    )


def split_text(text: str, best: Mapping[Side, Sentence]) -> Iterator[tuple[str, dict[Side, str]]]:
    """Cut a text where best sentences begin or end."""
    borders = sorted({0, len(text), *(border for one in best.values() for border in one.span)})
    for start, end in itertools.pairwise(borders):
        inside = [side for side, one in best.items() if one.span[0] <= start and end <= one.span[1]]
        yield text[start:end], {side: TITLES[side] for side in inside}
