"""The Map tab: corpus and query under both models."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from comparison.moves import Side
from comparison.projection import NEIGHBOURS, CorpusMap, interpolate, load_or_build_map
from comparison.request import ComparisonRequest, between_models, clean_query
from pages.context import PageContext
from views.map import Marks, render_map
from views.templating import render

# What an event sends in place of its inputs: the address, and what was typed.
SEND_TYPED = "(_, typed) => [location.search, typed]"
# Opening the tab also fetches its script.
SEND_OPENED = "() => (window.shortlist.fetchScript('map.js'), [location.search])"
QUIET: dict[str, Any] = {"api_visibility": "private", "concurrency_id": "map", "concurrency_limit": 1}


@dataclass(frozen=True)
class Maps:
    """Maps of base and tuned, made on demand and cached."""

    context: PageContext
    cache: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def corpus_map(self) -> CorpusMap:
        """The listings' coordinates under both models."""
        with self._lock:
            return load_or_build_map(self.context.systems.base, self.context.systems.tuned, self.cache)

    @cached_property
    def vectors(self) -> dict[Side, NDArray[np.float32]]:
        """Side -> a vector of each listing on the map, `(n, dim)`."""
        rows = self.corpus_map.rows.tolist()
        return {side: searcher.listing_vectors(rows) for side, searcher in self.context.systems.sides.items()}

    def html(self, request: ComparisonRequest) -> str:
        """Return both maps, with a comparison's query and its best listings marked."""
        query = request.query
        marks = self._marks(replace(between_models(request), k=NEIGHBOURS)) if query else {}
        listings = self.context.systems.listings
        listing_ids = list(listings)
        ids = [listing_ids[row] for row in self.corpus_map.rows]
        ids += [listing_id for one in marks.values() for listing_id, _ in one.best]
        shown = {listing_id: listings[listing_id] for listing_id in ids}
        filtered = bool(request.filters or request.required)
        return render_map(self.corpus_map, shown, query=query, marks=marks, total=len(listings), filtered=filtered)

    def _marks(self, request: ComparisonRequest) -> dict[Side, Marks]:
        comparison = self.context.compare(request)
        wanted = comparison.understanding.wanted
        sides = self.context.systems.sides
        return {side: self._place(wanted, comparison.rankings[side].listing_ids, side) for side in sides}

    def _place(self, wanted: str, best: Sequence[str], side: Side) -> Marks:
        """Place what is wanted, and the best listings, on a map."""
        searcher, rows = self.context.systems.sides[side], self.corpus_map.rows
        coordinates = self.corpus_map.base if side == "base" else self.corpus_map.tuned
        positions = [self.context.systems.positions[listing_id] for listing_id in best]
        own = [searcher.listing_vectors(positions)] if positions else []
        together = np.concatenate([searcher.encode([wanted]).sentence, *own])
        placed = interpolate(together, self.vectors[side], coordinates)
        on_map = {int(row): number for number, row in enumerate(rows)}
        for number, position in enumerate(positions, start=1):
            if position in on_map:
                placed[number] = coordinates[on_map[position]]
        points = [(float(x), float(y)) for x, y in placed]
        return Marks(points[0], list(zip(best, points[1:], strict=True)))


def show_map(maps: Maps, address: str) -> tuple[str, str]:
    """Return the query at the address, and its maps."""
    request = maps.context.read(address)[0]
    return request.query, maps.html(request)


def mark_typed(maps: Maps, address: str, typed: str) -> str:
    """Return the maps for what was typed, with all else as the address says."""
    request = replace(maps.context.read(address)[0], query=clean_query(typed or ""))
    return maps.html(maps.context.settle(request))


def build_map_tab(maps: Maps, tab: gr.Tab) -> None:
    """Lay out the tab; opening it makes the maps."""
    gr.HTML(render("map_intro.html"))
    with gr.Row(elem_classes="sl-ask"):
        query = gr.Textbox(label="A query to mark", max_lines=4, scale=8, min_width=260, elem_id="sl-map-query")
        button = gr.Button("Mark", variant="primary", scale=1, min_width=110)
    drawn = gr.HTML('<div class="sl-hint" role="status">The maps are being made …</div>', elem_id="sl-map")
    address = gr.Textbox(visible="hidden", label="Address of the map's comparison")
    tab.select(partial(show_map, maps), address, [query, drawn], js=SEND_OPENED, show_progress="minimal", **QUIET)
    mark, sent = partial(mark_typed, maps), [address, query]
    gr.on([button.click, query.submit], mark, sent, drawn, js=SEND_TYPED, show_progress="hidden", **QUIET)
