"""The Map: a corpus in the plane under both models, the query and its ten best in both."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from comparison.projection import NEIGHBOURS, CorpusMap
from search.records import Listing
from views.escape import escape

Point = tuple[float, float]

TITLES = {"base": "Base", "tuned": "Fine-tuned"}
# As many as page.css has colours for, those of Okabe and Ito; what is left shares the grey of listings without a family.
MOST_COLOURS = 6
MAP_INTRO = (
    "Each dot is a listing; near ones are alike to the model. The map of the fine-tuned model begins at the base's and is laid "
    "over it, so a dot that moved is a listing that the fine-tuned model sees otherwise. Point at a dot to see it in both."
)


@dataclass(frozen=True, slots=True)
class Marks:
    """What is marked for a query under one model: its place, and each of its best listings' in rank order."""

    query: Point
    best: Sequence[tuple[str, Point]]


def family_colours(listings: Sequence[Listing]) -> dict[str, int]:
    """Number the families, the most frequent first; those without a colour of their own are not in it."""
    names = [one.family for one in listings if one.family]
    ordered = sorted(set(names), key=lambda name: (-names.count(name), name))
    return {name: number for number, name in enumerate(ordered[:MOST_COLOURS])}


def render_map(
    corpus_map: CorpusMap, listings: Mapping[str, Listing], *, query: str, marks: Mapping[str, Marks], total: int
) -> str:
    """Return both maps.

    Args:
        corpus_map: Where listings lie.
        listings: Those of the map, by id, in the order of its rows; and those that are marked.
        query: What is marked; empty for nothing.
        marks: System -> what is marked.
        total: How many listings the corpus has.
    """
    shown = [listings[name] for name in list(listings)[: len(corpus_map.rows)]]
    colours = family_colours(shown)
    sides = (("base", corpus_map.base, corpus_map.base_kept), ("tuned", corpus_map.tuned, corpus_map.tuned_kept))
    figures = "".join(
        _figure(side, places, kept, shown, colours, listings, marks.get(side)) for side, places, kept in sides
    )
    part = f" A sample of {len(shown):,} of {total:,} listings." if len(shown) < total else ""
    return (
        f'<div class="sl-map" data-points="{escape(_points(shown, corpus_map))}">{_key(shown, colours, query)}'
        f'<div class="sl-map-pair">{figures}</div><p class="sl-map-tip" hidden></p></div>'
        f'<p class="sl-legend">A plane can not hold all that vectors do: the shares above say how many of each listing\'s '
        f"{NEIGHBOURS} nearest listings are still among its {NEIGHBOURS} nearest on the map.{part} Made by t-SNE; "
        "the axes have no meaning. The cross stands amid the listings nearest to the query.</p>"
    )


def _points(shown: Sequence[Listing], corpus_map: CorpusMap) -> str:
    """Return what the page's script needs of each dot: title, company, place under the base, place under the tuned."""
    rows = [
        [one.title or "Untitled listing", one.company or "", *_rounded(base), *_rounded(tuned)]
        for one, base, tuned in zip(shown, corpus_map.base, corpus_map.tuned, strict=True)
    ]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def _rounded(place: NDArray[np.float32] | Point) -> list[float]:
    """Return a place in the drawing's units, from 0 to 100."""
    return [round(float(part) * 100, 1) for part in place]


def _key(shown: Sequence[Listing], colours: Mapping[str, int], query: str) -> str:
    entries = [(number, name) for name, number in colours.items()]
    if any(one.family not in colours for one in shown):
        entries.append((MOST_COLOURS, "other"))
    items = "".join(f'<li class="sl-family-{number}"><i></i>{escape(name)}</li>' for number, name in entries)
    marked = f"<li><b>✕</b> “{escape(query[:80])}”, numbers: its best</li>" if query else ""
    return f'<ul class="sl-map-key" aria-label="Colours">{items}{marked}</ul>'


def _figure(
    side: str,
    places: NDArray[np.float32],
    kept: float,
    shown: Sequence[Listing],
    colours: Mapping[str, int],
    listings: Mapping[str, Listing],
    marks: Marks | None,
) -> str:
    strokes: dict[int, list[str]] = {}
    for one, place in zip(shown, places, strict=True):
        x, y = _rounded(place)
        strokes.setdefault(colours.get(one.family or "", MOST_COLOURS), []).append(f"M{x:g} {y:g}h0")
    # A line without length and with round ends is a dot, and a whole family is one path.
    dots = "".join(
        f'<path class="sl-family-{number}" d="{"".join(parts)}"/>' for number, parts in sorted(strokes.items())
    )
    return (
        f"<figure><figcaption><b>{TITLES[side]}</b> keeps {kept:.0%} of neighbours</figcaption>"
        f'<svg viewBox="-3 -3 106 106" data-side="{side}" role="group" aria-label="Map of listings: {TITLES[side]}">'
        f'<g class="sl-dots" aria-hidden="true">{dots}</g><circle class="sl-ring" r="2" visibility="hidden"/>'
        f"{_marked(marks, listings) if marks else ''}</svg></figure>"
    )


def _marked(marks: Marks, listings: Mapping[str, Listing]) -> str:
    """Return the query's cross and its best listings, numbered; the last is drawn first, so that the best lies on top."""
    numbered = ""
    for rank, (name, place) in reversed(list(enumerate(marks.best, start=1))):
        x, y = _rounded(place)
        one = listings[name]
        said = ", ".join(filter(None, (one.title or "Untitled listing", one.company)))
        numbered += (
            f'<g class="sl-spot" tabindex="0" role="img" aria-label="Rank {rank}: {escape(said)}" data-said="{escape(said)}" '
            f'transform="translate({x:g} {y:g})"><circle r="2.3"/><text dy=".9">{rank}</text></g>'
        )
    x, y = _rounded(marks.query)
    return f'{numbered}<path class="sl-cross" d="M{x - 2:g} {y - 2:g}l4 4m0-4l-4 4"/>'
