"""The whole page: its head, its tabs, its endpoints."""

import gradio as gr

from pages.api import build_api
from pages.blind import BlindTest, build_blind_tab
from pages.compare import build_compare_tab
from pages.context import PageContext
from pages.evidence import build_wanted
from pages.map import Maps, build_map_tab


def build_page(
    context: PageContext, maps: Maps, blind: BlindTest, *, header: str, proof: str, evidence: str, about: str
) -> gr.Blocks:
    """Lay out the page and wire its events."""
    with gr.Blocks(title="Shortlist", analytics_enabled=False) as page:
        gr.HTML(header, elem_id="sl-head")
        with gr.Tabs(elem_id="sl-tabs"):
            with gr.Tab("Compare", id="compare", elem_classes="sl-compare-tab"):
                build_wanted(context, page)
                build_compare_tab(context, page, proof=proof)
            with gr.Tab("Evidence", id="evidence"):
                gr.HTML(evidence)
            with gr.Tab("Map", id="map") as map_tab:
                build_map_tab(maps, map_tab)
            with gr.Tab("Blind test", id="blind") as blind_tab:
                build_blind_tab(blind, page, blind_tab)
            with gr.Tab("About", id="about"):
                gr.HTML(about)
        build_api(context)
    return page
