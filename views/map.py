"""The Map: a corpus in the plane, under both models."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from comparison.moves import Side
from comparison.projection import NEIGHBOURS, CorpusMap
from search.records import Listing
from views.sides import MODELS
from views.templating import render

Point = tuple[float, float]

# As many as page.css has colours for, those of Okabe and Ito; the other families share a grey.
MAX_COLOURS = 6
# The drawing is so many units wide and high.
SIZE = 10_000


@dataclass(frozen=True, slots=True)
class Marks:
    """Coordinates of a query and its best listings, ranked."""

    query: Point
    best: Sequence[tuple[str, Point]]


def family_colours(listings: Sequence[Listing]) -> dict[str, int]:
    """Number the most frequent families from 0."""
    counts = Counter(sorted(one.family for one in listings if one.family))
    return {name: number for number, (name, _) in enumerate(counts.most_common(MAX_COLOURS))}


def render_map(
    corpus_map: CorpusMap,
    listings: Mapping[str, Listing],
    *,
    query: str,
    marks: Mapping[Side, Marks],
    total: int,
    filtered: bool = False,
) -> str:
    """Return the maps of both models, which the page's script draws.

    Args:
        corpus_map: The listings' coordinates.
        listings: Those of the map, in the order of its rows; then those that are marked.
        query: What is marked; empty for nothing.
        marks: Where the query and its best listings are.
        total: How many listings the corpus has.
        filtered: Whether the best are only of those that pass filters.
    """
    shown = list(listings.values())[: len(corpus_map.rows)]
    colours = family_colours(shown)
    numbers = [colours.get(one.family or "", MAX_COLOURS) for one in shown]
    shares: dict[Side, float] = {"base": corpus_map.base_preserved, "tuned": corpus_map.tuned_preserved}
    return render(
        "map.html",
        points=points_json(shown, numbers, corpus_map),
        key=[*colours.items(), *([("other", MAX_COLOURS)] if MAX_COLOURS in numbers else [])],
        figures=[(side, shares[side], marks.get(side)) for side in MODELS],
        listings=listings,
        query=query,
        units=units,
        count=len(shown),
        total=total,
        filtered=filtered,
        neighbours=NEIGHBOURS,
    )


def points_json(shown: Sequence[Listing], numbers: Sequence[int], corpus_map: CorpusMap) -> str:
    """Return the dots as JSON: each field a list over the dots, which is shorter than a list of dots.

    `base` and `tuned` are x and y by turns.
    """
    places = {"base": corpus_map.base, "tuned": corpus_map.tuned}
    fields = {
        "id": [one.listing_id for one in shown],
        "said": [caption(one) for one in shown],
        "family": list(numbers),
        **{side: [part for point in points for part in units(point)] for side, points in places.items()},
    }
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def caption(listing: Listing) -> str:
    """Return a listing's title and company."""
    return ", ".join(filter(None, (listing.title or "Untitled listing", listing.company)))


def units(point: Iterable[float]) -> list[int]:
    """Return coordinates from 0 to 1 in the drawing's units."""
    return [round(float(part) * SIZE) for part in point]
