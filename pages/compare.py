"""The Compare tab: a query and its options, two lists side by side, a listing's whole text."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from comparison.request import (
    DEFAULT_RESULTS,
    FILTER_NAMES,
    LEAST_RESULTS,
    MOST_RESULTS,
    ComparisonRequest,
    read_request,
)
from pages.context import PageContext
from views.cards import Side
from views.compare import (
    render_columns,
    render_filters,
    render_hint,
    render_nothing,
    render_notices,
    render_state,
    render_summary,
)
from views.detail import render_detail
from views.page import EXAMPLES, HINT, PLACEHOLDER
from views.words import query_stems

ANY, NO_THIRD = "Any", "None"
# What an event sends in place of its inputs: where the page is, alone or with all widgets, and which card was opened.
SEND_ADDRESS = "() => [location.search]"
SEND_ALL = "(_, ...values) => [location.search, ...values]"
SEND_CARD = "() => [location.search, window.shortlist.opened]"
# Inputs in the order of the handlers' arguments, by their names in the address.
NAMES = ("q", "k", "family", "mode", "seniority", "location", "without", "third")


def answer(context: PageContext, request: ComparisonRequest, notices: list[str]) -> tuple[str, str]:
    """Compare the systems: the HTML of the summary and of the columns."""
    head = render_state(request) + render_notices(notices)
    if not request.query:
        return head + render_hint(HINT), ""
    comparison = context.compare(request)
    if not comparison.moves and request.filters:
        return head + render_nothing(request), ""
    names: dict[Side, str] = {"base": context.systems.base_name, "tuned": context.systems.tuned_name}
    if comparison.third:
        names["third"] = request.third
    listings = context.systems.listings
    head += render_filters(request, comparison.ranked, len(listings)) + render_summary(comparison)
    cut = context.cut(comparison)
    return head, render_columns(comparison, listings, query=request.query, names=names, cut=cut)


def compare_typed(context: PageContext, *values: Any) -> tuple[str, str]:
    """Compare what the widgets hold, in the order of NAMES."""
    texts = {
        name: "" if value in (None, ANY, NO_THIRD) else str(value) for name, value in zip(NAMES, values, strict=True)
    }
    # A slider gives whole numbers as floats.
    texts["k"] = texts["k"].removesuffix(".0")
    return answer(context, *read_request(texts, choices=context.choices, thirds=context.thirds))


def open_address(context: PageContext, address: str) -> list[Any]:
    """Set the widgets to what an address holds, and compare it: values in the order of NAMES, summary, columns."""
    request, notices = context.read(address or "")
    filters = request.filters
    widgets = [
        request.query,
        request.k,
        filters.family or ANY,
        filters.work_mode or ANY,
        filters.seniority or ANY,
        filters.location,
        filters.exclude,
        request.third or NO_THIRD,
    ]
    return [*widgets, *answer(context, request, notices)]


def narrow(context: PageContext, name: str, address: str, *values: Any) -> tuple[Any, Any]:
    """Compare what the widgets hold, unless the filter `name` is as in the address.

    A text field tells a change when an address is opened, too, and the other widgets may then still hold what was
    there before: what they hold counts only when a person has changed the field.

    Args:
        context: The systems.
        name: One of NAMES.
        address: Of the comparison that is shown.
        values: Of the widgets, in the order of NAMES.
    """
    shown = getattr(context.read(address or "")[0].filters, FILTER_NAMES[name])
    typed = " ".join((values[NAMES.index(name)] or "").split())
    return (gr.skip(), gr.skip()) if typed == shown else compare_typed(context, *values)


def open_first_address(context: PageContext, address: str) -> list[Any]:
    """Do as `open_address` when the page is loaded; without a comparison in the address, leave what was typed meanwhile."""
    values = open_address(context, address)
    return values if context.read(address or "") != (ComparisonRequest(), []) else [gr.skip() for _ in values]


def open_listing(context: PageContext, address: str, listing_id: str) -> str:
    """Return the dialog with a listing's whole text, for the comparison at the address."""
    request, _ = context.read(address or "")
    try:
        best = context.best_sentences(request.query, listing_id or "")
    except ValueError as error:
        raise gr.Error(str(error)) from error
    comparison = context.compare(request)
    ranks: dict[Side, int | None] = {
        "base": comparison.base.ranks.get(listing_id),
        "tuned": comparison.tuned.ranks.get(listing_id),
    }
    return render_detail(context.systems.listings[listing_id], best, ranks, query_stems(request.query))


@dataclass(frozen=True)
class CompareWidgets:
    """What the tab's events read and write."""

    query: gr.Textbox
    options: list[Any]
    button: gr.Button
    chips: list[gr.Button]
    summary: gr.HTML
    columns: gr.HTML

    @property
    def inputs(self) -> list[Any]:
        """The widgets in the order of NAMES."""
        return [self.query, *self.options]

    @property
    def texts(self) -> dict[str, gr.Textbox]:
        """The filters that are typed, by their names in the address."""
        named = zip(NAMES[1:], self.options, strict=True)
        return {name: option for name, option in named if isinstance(option, gr.Textbox)}

    @property
    def chosen(self) -> list[Any]:
        """The options that are chosen."""
        return [option for option in self.options if not isinstance(option, gr.Textbox)]


def build_compare_tab(context: PageContext, page: gr.Blocks) -> None:
    """Lay out the tab and wire its events, those of the page's loading among them."""
    with gr.Row(elem_classes="sl-ask"):
        query = gr.Textbox(
            label="Your skills",
            placeholder=PLACEHOLDER,
            lines=1,
            max_lines=4,
            scale=8,
            min_width=260,
            elem_id="sl-query",
            autofocus=True,
        )
        button = gr.Button("Compare", variant="primary", scale=1, min_width=110, elem_id="sl-go")
    with gr.Row(elem_classes="sl-chips"):
        chips = [gr.Button(text, size="sm", variant="secondary", min_width=60) for text in EXAMPLES]
    options = build_options(context)
    summary = gr.HTML(render_hint(HINT), elem_id="sl-summary")
    columns = gr.HTML("", elem_id="sl-columns")
    widgets = CompareWidgets(query, options, button, chips, summary, columns)
    wire_widgets(context, widgets)
    wire_script(context, widgets, page)


def build_options(context: PageContext) -> list[Any]:
    """Lay out the options, in the order of NAMES from its second."""
    choices = context.choices
    with gr.Accordion("Filters and options", open=False, elem_id="sl-options"), gr.Row():
        k = gr.Slider(
            LEAST_RESULTS, MOST_RESULTS, value=DEFAULT_RESULTS, step=1, label="Results", min_width=200, elem_id="sl-k"
        )
        lists = [
            gr.Dropdown([ANY, *choices[name]], value=ANY, label=label, min_width=150, elem_id=f"sl-{name}")
            for name, label in (("family", "Family"), ("work_mode", "Work mode"), ("seniority", "Seniority"))
        ]
        location = gr.Textbox(label="Location contains", max_lines=1, min_width=150, elem_id="sl-location")
        without = gr.Textbox(label="Without the words", max_lines=1, min_width=150, elem_id="sl-without")
        third = gr.Dropdown(
            [NO_THIRD, *context.thirds], value=NO_THIRD, label="Third list", min_width=150, elem_id="sl-third"
        )
    return [k, *lists, location, without, third]


# One after the other through the queue, so that no answer overtakes a later one's.
QUIET: dict[str, Any] = {
    "api_visibility": "private",
    "show_progress": "hidden",
    "concurrency_id": "compare",
    "concurrency_limit": 1,
}


def wire_widgets(context: PageContext, widgets: CompareWidgets) -> None:
    """Wire what people do with the widgets."""
    compare = partial(compare_typed, context)
    outputs = [widgets.summary, widgets.columns]
    asked = [widgets.button.click, widgets.query.submit, *(option.input for option in widgets.chosen)]
    gr.on(asked, compare, widgets.inputs, outputs, trigger_mode="multiple", **QUIET)
    for chip, text in zip(widgets.chips, EXAMPLES, strict=True):
        chip.click(partial(str, text), None, widgets.query, **QUIET).then(compare, widgets.inputs, outputs, **QUIET)


def wire_script(context: PageContext, widgets: CompareWidgets, page: gr.Blocks) -> None:
    """Wire what the page's script asks for by clicking buttons that nobody sees: opening an address, or a listing."""
    address = gr.Textbox(visible="hidden", label="Address")
    listing_id = gr.Textbox(visible="hidden", label="Listing")
    restore = gr.Button("Open the address", visible="hidden", elem_id="sl-restore")
    opener = gr.Button("Open a listing", visible="hidden", elem_id="sl-opener")
    detail = gr.HTML("", elem_id="sl-detail")
    outputs = [widgets.summary, widgets.columns]
    everything = [*widgets.inputs, *outputs]
    for name, field in widgets.texts.items():
        field.change(partial(narrow, context, name), [address, *widgets.inputs], outputs, js=SEND_ALL, **QUIET)
    restore.click(partial(open_address, context), address, everything, js=SEND_ADDRESS, **QUIET)
    page.load(partial(open_first_address, context), address, everything, js=SEND_ADDRESS, **QUIET)
    opener.click(partial(open_listing, context), [address, listing_id], detail, js=SEND_CARD, **QUIET)
