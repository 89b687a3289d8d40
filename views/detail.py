"""A listing's whole text in a dialog, each system's best sentence marked."""

import itertools
from collections.abc import Mapping

from search.records import Listing
from search.sentences import Sentence
from views.cards import SIDE_TITLES, Side
from views.escape import escape
from views.words import mark_words


def render_detail(
    listing: Listing, best: Mapping[Side, Sentence], ranks: Mapping[Side, int | None], stems: frozenset[str]
) -> str:
    """Return the dialog; the page's script opens it when it appears.

    Args:
        listing: What is shown.
        best: System -> its best sentence.
        ranks: System -> the listing's rank; None where it is not among those shown.
        stems: Of the query's words, which are marked.
    """
    place = " · ".join(
        escape(part)
        for part in (listing.company, listing.location, listing.work_mode, listing.seniority, listing.family or "")
        if part
    )
    return (
        '<dialog class="sl-dialog" aria-labelledby="sl-dialog-title"><div class="sl-dialog-box">'
        f'<header><div><h2 id="sl-dialog-title">{escape(listing.title) or "Untitled listing"}</h2>'
        f'<p class="sl-place">{place}</p></div>'
        '<button type="button" class="sl-close" aria-label="Close">✕</button></header>'
        f'<ul class="sl-keys">{"".join(_key(system, one, ranks.get(system)) for system, one in best.items())}</ul>'
        f'<div class="sl-text" tabindex="0" role="region" aria-label="Whole text">{_marked(listing.text, best, stems)}</div>'
        "</div></dialog>"
    )


def _key(system: Side, sentence: Sentence, rank: int | None) -> str:
    where = f"rank {rank}" if rank else "not in the list"
    return (
        f'<li class="sl-key sl-key-{escape(system)}"><b>{SIDE_TITLES[system]}</b>, {where}: '
        f"best sentence {sentence.score:.3f}</li>"
    )


def _marked(text: str, best: Mapping[Side, Sentence], stems: frozenset[str]) -> str:
    """Return the text as HTML, cut where a best sentence begins or ends."""
    borders = sorted({0, len(text), *(border for one in best.values() for border in one.span)})
    parts = []
    for start, end in itertools.pairwise(borders):
        inside = [name for name, one in best.items() if one.span[0] <= start and end <= one.span[1]]
        words = mark_words(text[start:end], stems)
        if inside:
            said = " and ".join(SIDE_TITLES[name] for name in inside)
            classes = " ".join(f"sl-sentence-{escape(name)}" for name in inside)
            words = f'<span class="sl-sentence {classes}" title="Best sentence: {said}">{words}</span>'
        parts.append(words)
    return "".join(parts)
