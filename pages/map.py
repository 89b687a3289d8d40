"""The Map tab: both models' view of the corpus in the plane, and a query in it."""

import threading
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from comparison.projection import NEIGHBOURS, CorpusMap, Places, listing_vectors, load_or_build_map, place_among
from comparison.systems import clean_query
from pages.context import PageContext
from search.searcher import DenseSearcher
from views.map import MAP_INTRO, Marks, render_map

SEND_ADDRESS = "() => [location.search]"
QUIET: dict[str, Any] = {"api_visibility": "private", "concurrency_id": "map", "concurrency_limit": 1}


@dataclass(frozen=True)
class Maps:
    """The maps of base and tuned, made when they are first asked for; `cache` is the folder they are kept in."""

    context: PageContext
    base: DenseSearcher
    tuned: DenseSearcher
    cache: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def corpus_map(self) -> CorpusMap:
        """Where listings lie."""
        with self._lock:
            return load_or_build_map(self.base.index, self.tuned.index, self.cache)

    @cached_property
    def vectors(self) -> dict[str, NDArray[np.float32]]:
        """System -> a vector a listing, `(n_listings, dim)`."""
        return {"base": listing_vectors(self.base.index), "tuned": listing_vectors(self.tuned.index)}

    def html(self, typed: str) -> str:
        """Return both maps with the query marked, where there is one."""
        query = clean_query(typed or "").text
        searchers = {"base": self.base, "tuned": self.tuned}
        places = {"base": self.corpus_map.base, "tuned": self.corpus_map.tuned}
        marks = {side: self._marks(query, one, side, places[side]) for side, one in searchers.items()} if query else {}
        listings = self.context.systems.listings
        names = list(listings)
        shown = {names[row]: listings[names[row]] for row in self.corpus_map.rows}
        shown |= {name: listings[name] for one in marks.values() for name, _ in one.best}
        return render_map(self.corpus_map, shown, query=query, marks=marks, total=len(listings))

    def _marks(self, query: str, searcher: DenseSearcher, side: str, places: Places) -> Marks:
        """Rank for the query and place it and its best; listings outside of a sample are placed as the query is."""
        best = searcher.search(query, k=min(NEIGHBOURS, len(searcher.listing_ids))).listing_ids
        rows, vectors = self.corpus_map.rows, self.vectors[side]
        position = {name: place for place, name in enumerate(searcher.listing_ids)}
        on_map = {int(row): place for place, row in enumerate(rows)}
        wanted = np.concatenate([searcher.encoder.encode_query([query]), vectors[[position[name] for name in best]]])
        found = place_among(wanted, vectors[rows], places)
        for number, name in enumerate(best, start=1):
            if position[name] in on_map:
                found[number] = places[on_map[position[name]]]
        points = [(float(x), float(y)) for x, y in found]
        return Marks(points[0], list(zip(best, points[1:], strict=True)))


def show_map(maps: Maps, address: str) -> tuple[str, str]:
    """Return the query of the comparison at the address, and the maps with it."""
    query = maps.context.read(address or "")[0].query
    return query, maps.html(query)


def build_map_tab(maps: Maps, tab: gr.Tab) -> None:
    """Lay out the tab and wire its events; the maps are made when it is first opened."""
    gr.HTML(f'<p class="sl-legend">{MAP_INTRO}</p>')
    with gr.Row(elem_classes="sl-ask"):
        query = gr.Textbox(label="A query to mark", max_lines=4, scale=8, min_width=260, elem_id="sl-map-query")
        button = gr.Button("Mark", variant="primary", scale=1, min_width=110)
    drawn = gr.HTML('<div class="sl-hint" role="status">The maps are being made …</div>', elem_id="sl-map")
    address = gr.Textbox(visible="hidden", label="Address of the map's comparison")
    tab.select(partial(show_map, maps), address, [query, drawn], js=SEND_ADDRESS, show_progress="minimal", **QUIET)
    gr.on([button.click, query.submit], maps.html, query, drawn, show_progress="hidden", **QUIET)
