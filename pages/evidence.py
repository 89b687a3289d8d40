"""The Evidence tab's way into Compare: the listing that a query was written from, and its ranks in all."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

import gradio as gr

from comparison.moves import Side
from comparison.request import MAX_ADDRESS_CHARACTERS, ComparisonRequest
from comparison.systems import Systems
from pages.context import SEND_ADDRESS, PageContext
from views.wanted import render_wanted

WANTED = "wanted"
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


def read_wanted(address: str | None) -> str:
    """Return the id of the wanted listing in an address; empty for none."""
    text = (address or "").removeprefix("?")
    if len(text) > MAX_ADDRESS_CHARACTERS:
        return ""
    try:
        return dict(parse_qsl(text, max_num_fields=50)).get(WANTED, "")
    except ValueError:
        return ""


def rank_in_all(systems: Systems, request: ComparisonRequest, listing_id: str) -> Mapping[Side, int | None]:
    """Return a listing's rank among all listings under base and tuned, whatever is filtered; None where not ranked."""
    understanding = systems.understand(request)
    penalties = systems.listener.penalties(understanding) if understanding.statements else None
    position = {listing_id: systems.positions[listing_id]}
    rankings = {
        side: searcher.search(understanding.wanted, k=request.k, penalties=penalties)
        for side, searcher in systems.sides.items()
    }
    return {side: ranking.ranks_in_all(position).get(listing_id) for side, ranking in rankings.items()}


def show_wanted(context: PageContext, address: str) -> str:
    """Return a line on the wanted listing of the comparison at the address; empty without one."""
    listing = context.systems.listings.get(read_wanted(address))
    request = context.read(address)[0]
    if listing is None or not request.query:
        return ""
    return render_wanted(listing, rank_in_all(context.systems, request, listing.listing_id), k=request.k)


def build_wanted(context: PageContext, page: gr.Blocks) -> None:
    """Lay out the line above a comparison that was opened from Evidence, and what the page's script clicks for it."""
    line = gr.HTML("", elem_id="sl-wanted")
    address = gr.Textbox(visible="hidden", label="Address of the wanted listing")
    opener = gr.Button("Show the wanted listing", visible="hidden", elem_id="sl-wanted-opener")
    gr.on([opener.click, page.load], partial(show_wanted, context), address, line, js=SEND_ADDRESS, **QUIET)
