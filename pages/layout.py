"""The whole page: its head, its tabs, its endpoints."""

from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr

from pages.api import build_api
from pages.blind import BlindTest, build_blind_tab
from pages.compare import build_compare_tab
from pages.evidence import build_wanted
from pages.map import Maps, build_map_tab
from pages.own_listings import Uploads, build_own_panel
from pages.visits import Visits
from search.hybrid import DEFAULT_WEIGHT

# Files that were sent and never read go: seconds between looks, and of age.
DELETE_CACHE = (60, 300)


def build_page(
    visits: Visits,
    maps: Maps,
    blind: BlindTest,
    endpoints: Mapping[str, Callable[..., Any]],
    *,
    header: str,
    evidence: str,
    about: str,
    uploads: int = 0,
    hybrid_weight: float = DEFAULT_WEIGHT,
) -> gr.Blocks:
    """Lay out the page and wire its events; visitors may bring as many listings as `uploads` says."""
    context = visits.served
    with gr.Blocks(title="Shortlist", analytics_enabled=False, delete_cache=DELETE_CACHE) as page:
        gr.HTML(header, elem_id="sl-head")
        with gr.Tabs(elem_id="sl-tabs"):
            with gr.Tab("Compare", id="compare", elem_classes="sl-compare-tab"):
                build_wanted(context, page)
                build_compare_tab(visits, page)
            with gr.Tab("Evidence", id="evidence"):
                gr.HTML(evidence)
            with gr.Tab("Map", id="map") as map_tab:
                build_map_tab(maps, map_tab)
            with gr.Tab("Blind test", id="blind") as blind_tab:
                build_blind_tab(blind, page, blind_tab)
            with gr.Tab("About", id="about"):
                gr.HTML(about)
        if uploads:
            build_own_panel(Uploads(visits, uploads, hybrid_weight, page.upload_file_set), page)
        build_api(endpoints)
    return page
