"""The Map: a corpus in the plane, under both models."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from comparison.moves import Side
from comparison.projection import NEIGHBOURS, Coordinates, CorpusMap
from search.records import Listing
from views.templating import render

Point = tuple[float, float]

# As many as page.css has colours for, those of Okabe and Ito; the other families share a grey.
MAX_COLOURS = 6


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
    """Return the maps of both models.

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
    return render(
        "map.html",
        points=points_json(shown, corpus_map),
        key=[*colours.items(), *([("other", MAX_COLOURS)] if MAX_COLOURS in numbers else [])],
        figures=[
            ("base", corpus_map.base_preserved, family_paths(numbers, corpus_map.base)),
            ("tuned", corpus_map.tuned_preserved, family_paths(numbers, corpus_map.tuned)),
        ],
        listings=listings,
        query=query,
        marks=marks,
        units=units,
        count=len(shown),
        total=total,
        filtered=filtered,
        neighbours=NEIGHBOURS,
    )


def points_json(shown: Sequence[Listing], corpus_map: CorpusMap) -> str:
    """Return each dot's title, company and coordinates as JSON."""
    rows = [
        [one.title or "Untitled listing", one.company, *units(base), *units(tuned)]
        for one, base, tuned in zip(shown, corpus_map.base, corpus_map.tuned, strict=True)
    ]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def family_paths(numbers: Sequence[int], coordinates: Coordinates) -> list[tuple[int, str]]:
    """Draw each family's dots as one path."""
    # A line without length and with round ends is a dot.
    paths = dict.fromkeys(sorted(set(numbers)), "")
    for number, point in zip(numbers, coordinates, strict=True):
        paths[number] += "M{:g} {:g}h0".format(*units(point))
    return list(paths.items())


def units(point: Iterable[float]) -> list[float]:
    """Return coordinates in the drawing's units, from 0 to 100."""
    return [round(float(part) * 100, 1) for part in point]
