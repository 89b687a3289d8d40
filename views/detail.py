"""A listing's whole text in a dialog, each system's best sentence marked, and what it finds for each part of the query."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from comparison.sentences import Sentence
from search.records import Listing
from views.cards import SIDE_TITLES, Side
from views.escape import escape
from views.words import mark_words

# More parts are a pasted text, and the table would hide the listing.
MOST_PARTS = 8
SIDES: tuple[Side, ...] = ("tuned", "base")


@dataclass(frozen=True)
class BestSentences:
    """What each system finds nearest in one listing: to the whole query, and to each of its parts, in their order."""

    whole: Mapping[Side, Sentence]
    parts: Sequence[tuple[str, Mapping[Side, Sentence]]]


def render_detail(
    listing: Listing, best: BestSentences, ranks: Mapping[Side, int | None], stems: frozenset[str]
) -> str:
    """Return the dialog; the page's script opens it when it appears.

    Args:
        listing: What is shown.
        best: Each system's best sentences.
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
        f'<ul class="sl-keys">{"".join(_key(system, one, ranks.get(system)) for system, one in best.whole.items())}</ul>'
        '<div class="sl-body" tabindex="0" role="region" aria-label="Whole text">'
        f"{_parts_table(listing, best.parts, stems)}"
        f'<div class="sl-text">{_marked(listing.text, best.whole, stems)}</div></div>'
        "</div></dialog>"
    )


def _key(system: Side, sentence: Sentence, rank: int | None) -> str:
    where = f"rank {rank}" if rank else "not in the list"
    return (
        f'<li class="sl-key sl-key-{escape(system)}"><b>{SIDE_TITLES[system]}</b>, {where}: '
        f"best sentence {sentence.score:.3f}</li>"
    )


def _parts_table(listing: Listing, parts: Sequence[tuple[str, Mapping[Side, Sentence]]], stems: frozenset[str]) -> str:
    """Return each part of the query with what each system finds for it; nothing for a query of one part."""
    if len(parts) < 2:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{escape(part)}</th>{"".join(_found(listing, best[side], side, stems) for side in SIDES)}</tr>'
        for part, best in parts[:MOST_PARTS]
    )
    left_out = len(parts) - MOST_PARTS
    more = f"<p>and {left_out} more parts</p>" if left_out > 0 else ""
    head = "".join(f'<th scope="col">{SIDE_TITLES[side]} finds</th>' for side in SIDES)
    return (
        '<details class="sl-parts" open><summary>What answers each part of your query</summary>'
        f'<table><thead><tr><th scope="col">You asked for</th>{head}</tr></thead><tbody>{rows}</tbody></table>{more}</details>'
    )


def _found(listing: Listing, sentence: Sentence, side: Side, stems: frozenset[str]) -> str:
    text = listing.text[slice(*sentence.span)] or listing.title
    return f'<td data-says="{SIDE_TITLES[side]}: "><span>{mark_words(text, stems)}</span> <small>{sentence.score:.3f}</small></td>'


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
