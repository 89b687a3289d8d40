"""The Compare tab: a query, two lists, a listing's text."""

from dataclasses import replace
from functools import partial
from typing import Any

import gradio as gr

from comparison.moves import Side
from comparison.request import (
    DEFAULT_RESULTS,
    MAX_RESULTS,
    MIN_RESULTS,
    NAMES,
    ComparisonRequest,
    fold_space,
)
from pages.context import SEND_ADDRESS, PageContext
from views.compare import render_columns, render_head
from views.detail import render_detail
from views.understood import render_understood
from views.words import query_stems

EXAMPLES = (
    "data scientis 6 years expierience, LLMs, credit risk, content marketing",
    "dbt, airflow, kafka, snowflake cost control",
    "I want to keep patients safe with machine learning, part of the week from home",
    "data analyst or data scientist, A/B tests, pricing, python",
    # Of the bundled test split, one that fine-tuning makes worse: its listing falls from rank 1 to 4.
    "work from home in Canada preparing patient chart data to count who returns after discharge",
)
# What their buttons say.
LABELS = (f"{EXAMPLES[0]} (with typos)", *EXAMPLES[1:])
# Compared before anybody asks.
OPENING = EXAMPLES[3]
# Name in the address -> what its list shows for no choice.
NO_CHOICE = {"family": "Any", "mode": "Any", "seniority": "Any", "third": "None"}
# Without widgets: chips and the switch of the view change them in the address, see views/static/page.js.
IN_ADDRESS = ("understand", "ignore", "must", "view")
WIDGETS = tuple(name for name in NAMES if name not in IN_ADDRESS)
# What an event sends in place of its inputs: the address, alone or with all widgets, and which card was opened.
SEND_ALL = "(_, ...values) => [window.shortlist.address(), ...values]"
SEND_CARD = "() => [location.search, window.shortlist.opened]"
# Through the queue one after the other, so that no answer overtakes a later one's.
QUIET: dict[str, Any] = {
    "api_visibility": "private",
    "show_progress": "hidden",
    "concurrency_id": "compare",
    "concurrency_limit": 1,
}


def with_example(request: ComparisonRequest) -> ComparisonRequest:
    """Return the request; without a query, with the opening example's."""
    return request if request.query else replace(request, query=OPENING, is_example=True)


def answer(context: PageContext, request: ComparisonRequest, notices: list[str]) -> tuple[str, str, str]:
    """Compare, and return the HTML of what was understood, summary and columns."""
    listings = context.systems.listings
    comparison = context.compare(request) if request.query else None
    understood = render_understood(request, context.statements(request.query))
    head = render_head(request, notices, comparison, listings=listings)
    if comparison is None or not comparison.moves:
        return understood, head, ""
    names: dict[Side, str] = {**context.names, **({"extra": request.extra} if request.extra else {})}
    wanted, cut = comparison.understanding.wanted, context.cut(comparison)
    columns = render_columns(comparison, listings, query=wanted, names=names, cut=cut, view=request.view)
    return understood, head, columns


def compare_typed(context: PageContext, address: str, *values: Any) -> tuple[str, str, str]:
    """Compare by the widgets' values, in the order of WIDGETS, listening as the address says."""
    named = zip(WIDGETS, values, strict=True)
    texts = {name: "" if value in (None, NO_CHOICE.get(name)) else str(value) for name, value in named}
    # A slider gives whole numbers as floats.
    texts["k"] = texts["k"].removesuffix(".0")
    held = context.read_unsettled(address)[0].values
    return answer(context, *context.read_values(texts | {name: str(held[name]) for name in IN_ADDRESS}))


def open_address(context: PageContext, address: str) -> list[Any]:
    """Return values for all widgets, what was understood, summary and columns; without a query, the example's."""
    request, notices = context.read(address)
    request = with_example(request)
    widgets = [request.values[name] or NO_CHOICE.get(name, "") for name in WIDGETS]
    return [*widgets, *answer(context, request, notices)]


def narrow(context: PageContext, name: str, address: str, *values: Any) -> tuple[Any, Any, Any]:
    """Compare if the text field `name` differs from the address."""
    # It reports a change also when an address is opened, and the other widgets may hold their old values then.
    shown = context.read(address)[0].values[name]
    typed = fold_space(values[WIDGETS.index(name)] or "")
    return (gr.skip(), gr.skip(), gr.skip()) if typed == shown else compare_typed(context, address, *values)


def open_first_address(context: PageContext, address: str) -> list[Any]:
    """Open the page's address; the opening example leaves the widgets, in which somebody may have typed by now."""
    values = open_address(context, address)
    if context.read(address) != (ComparisonRequest(), []):
        return values
    return [*(gr.skip() for _ in WIDGETS), *values[len(WIDGETS) :]]


def open_listing(context: PageContext, address: str, listing_id: str) -> str:
    """Return a listing's dialog for the comparison at the address."""
    request = with_example(context.read(address)[0])
    try:
        comparison = context.compare(request)
        wanted = comparison.understanding.wanted
        best = context.best_sentences(wanted, listing_id or "")
    except ValueError as error:
        raise gr.Error(str(error)) from error
    ranks = {side: comparison.rank_in_all(side, listing_id) for side in context.systems.sides}
    return render_detail(context.systems.listings[listing_id], best, ranks, query_stems(wanted))


def build_compare_tab(context: PageContext, page: gr.Blocks) -> None:
    """Lay out the tab and wire its events."""
    with gr.Row(elem_classes="sl-ask"):
        query = gr.Textbox(
            OPENING,
            label="Your skills",
            show_label=False,
            container=False,
            placeholder="Your skills, level, place and wishes, in your own words",
            lines=1,
            max_lines=4,
            scale=8,
            min_width=260,
            elem_id="sl-query",
            autofocus=True,
        )
        button = gr.Button("Compare", variant="primary", scale=1, min_width=110, elem_id="sl-go")
    with gr.Row(elem_classes="sl-chips"):
        chips = [gr.Button(label, size="sm", variant="secondary", min_width=60) for label in LABELS]
    with gr.Row(elem_classes="sl-line"):
        understood = gr.HTML("", elem_id="sl-understood")
        options = build_options(context)
    address = gr.Textbox(visible="hidden", label="Address")
    inputs = dict(zip(WIDGETS, [query, *options], strict=True))
    outputs = [understood, gr.HTML("", elem_id="sl-summary"), gr.HTML("", elem_id="sl-columns")]
    wire_widgets(context, address, inputs, outputs, button=button, chips=chips)
    wire_script(context, address, inputs, outputs, page=page)


def build_options(context: PageContext) -> list[Any]:
    """Lay out the options, ordered as WIDGETS after the query."""

    def choice(label: str, name: str, field: str, elem_id: str) -> gr.Dropdown:
        none = NO_CHOICE[name]
        return gr.Dropdown([none, *context.choices[field]], value=none, label=label, min_width=130, elem_id=elem_id)

    def text(label: str, elem_id: str, min_width: int = 130) -> gr.Textbox:
        return gr.Textbox(label=label, max_lines=1, min_width=min_width, elem_id=elem_id)

    with gr.Accordion("Filters", open=False, elem_id="sl-options"), gr.Row():
        return [
            gr.Slider(
                MIN_RESULTS, MAX_RESULTS, value=DEFAULT_RESULTS, step=1, label="Results", min_width=200, elem_id="sl-k"
            ),
            choice("Job type", "family", "family", "sl-family"),
            choice("Work mode", "mode", "work_mode", "sl-work_mode"),
            choice("Seniority", "seniority", "seniority", "sl-seniority"),
            text("Location contains", "sl-location"),
            text("Leave out (comma-separated)", "sl-without", 230),
            choice("Extra list", "third", "extra", "sl-third"),
        ]


def wire_widgets(
    context: PageContext,
    address: gr.Textbox,
    inputs: dict[str, Any],
    outputs: list[gr.HTML],
    *,
    button: gr.Button,
    chips: list[gr.Button],
) -> None:
    """Wire the widgets, which have the order of WIDGETS."""
    compare, sent, query = partial(compare_typed, context), [address, *inputs.values()], inputs["q"]
    asked = [button.click, query.submit, *(inputs[name].input for name in ("k", *NO_CHOICE))]
    gr.on(asked, compare, sent, outputs, js=SEND_ALL, trigger_mode="multiple", **QUIET)
    for chip, text in zip(chips, EXAMPLES, strict=True):
        filled = chip.click(partial(str, text), None, query, **QUIET)
        filled.then(compare, sent, outputs, js=SEND_ALL, **QUIET)


def wire_script(
    context: PageContext, address: gr.Textbox, inputs: dict[str, Any], outputs: list[gr.HTML], *, page: gr.Blocks
) -> None:
    """Wire what the page's script opens: addresses and listings."""
    listing_id = gr.Textbox(visible="hidden", label="Listing")
    restore = gr.Button("Open the address", visible="hidden", elem_id="sl-restore")
    opener = gr.Button("Open a listing", visible="hidden", elem_id="sl-opener")
    detail = gr.HTML("", elem_id="sl-detail")
    sent, everything = [address, *inputs.values()], [*inputs.values(), *outputs]
    for name in ("location", "without"):
        inputs[name].change(partial(narrow, context, name), sent, outputs, js=SEND_ALL, **QUIET)
    restore.click(partial(open_address, context), address, everything, js=SEND_ADDRESS, **QUIET)
    page.load(partial(open_first_address, context), address, everything, js=SEND_ADDRESS, **QUIET)
    opener.click(partial(open_listing, context), [address, listing_id], detail, js=SEND_CARD, **QUIET)
