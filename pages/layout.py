"""The whole page: its head, its tabs, its endpoints."""

from dataclasses import dataclass

import gradio as gr

from pages.api import build_api
from pages.blind import BlindTest, build_blind_tab
from pages.compare import build_compare_tab
from pages.context import PageContext
from pages.map import Maps, build_map_tab


@dataclass(frozen=True)
class Texts:
    """HTML that does not change while the page is served."""

    header: str
    evidence: str
    about: str


def build_page(context: PageContext, texts: Texts, maps: Maps, blind: BlindTest) -> gr.Blocks:
    """Lay out the page and wire its events."""
    with gr.Blocks(title="Shortlist", analytics_enabled=False) as page:
        gr.HTML(texts.header)
        with gr.Tabs(elem_id="sl-tabs"):
            with gr.Tab("Compare", id="compare"):
                build_compare_tab(context, page)
            with gr.Tab("Evidence", id="evidence"):
                gr.HTML(texts.evidence)
            with gr.Tab("Map", id="map") as map_tab:
                build_map_tab(maps, map_tab)
            with gr.Tab("Blind test", id="blind"):
                build_blind_tab(blind, page)
            with gr.Tab("About", id="about"):
                gr.HTML(texts.about)
        build_api(context)
    return page
