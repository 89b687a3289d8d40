"""The Compare tab: a query, two lists, a listing's text."""

from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import gradio as gr

from comparison.request import DEFAULT_RESULTS, MAX_RESULTS, MIN_RESULTS, NAMES, NOT_KEPT, ComparisonRequest, fold_space
from pages.context import ONE_QUEUE, PageContext
from pages.exporting import build_export
from pages.visits import Visits
from views.compare import pair_of, render_columns, render_head
from views.detail import render_detail
from views.proof import render_proof
from views.understood import render_controls, render_understood

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
# Gradio's own widgets. All else is changed in the address by what the views draw, see views/static/page.js.
WIDGETS = ("q", "location", "k", "without")
IN_ADDRESS = tuple(name for name in NAMES if name not in WIDGETS)
# What an event sends in place of its inputs: the address, alone or with all widgets, and which card was opened. The
# script dims the lists until the answer is there; at opening it may not be there itself.
SEND_ALL = (
    "(_, query, place, count, without) => window.shortlist.send([window.shortlist.address(), query, place, "
    # A number that is half typed is none of the slider's.
    f"Math.min({MAX_RESULTS}, Math.max({MIN_RESULTS}, count ?? {DEFAULT_RESULTS})), without])"
)
SEND_PLACE = "() => window.shortlist?.send?.([location.search]) ?? [location.search]"
SEND_CARD = "() => [document.querySelector('.sl-state')?.dataset.address ?? location.search, window.shortlist.opened]"
TELL_DONE = "() => window.shortlist?.done?.()"
# Through the queue one after the other, so that no answer overtakes a later one's.
BARE: dict[str, Any] = {"show_label": False, "container": False, "min_width": 120}
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", **ONE_QUEUE}


class Shown(NamedTuple):
    """HTML: the controls in the row and among the filters, what was understood, verdict, columns, evidence."""

    row: Any
    more: Any
    understood: Any
    head: Any
    columns: Any
    proof: Any


NOTHING_NEW = Shown(*[gr.skip()] * 6)


def with_example(request: ComparisonRequest) -> ComparisonRequest:
    """Return the request; without a query, with the opening example's."""
    return request if request.query else replace(request, query=OPENING, is_example=True)


def render_row(context: PageContext, request: ComparisonRequest) -> str:
    """Return the controls beside the query."""
    return render_controls(request, ("seniority",), context.choices, remote=context.remote)


def answer(context: PageContext, request: ComparisonRequest, notices: list[str]) -> Shown:
    """Compare, and return what is shown."""
    listings = context.systems.listings
    comparison = context.compare(request) if request.query else None
    choices = context.choices | {"mode": context.choices["work_mode"]}
    row = render_row(context, request)
    more = render_controls(request, ("family", "mode"), choices)
    understood = render_understood(request, context.statements(request.query), own=context.own)
    if comparison is None:
        return Shown(row, more, understood, render_head(request, notices, None, listings=listings), "", "")
    heads, cut = context.heads(comparison), context.cut(comparison)
    notices = [*notices, *context.cautions(comparison)]
    head = render_head(request, notices, comparison, listings=listings, pair=pair_of(comparison, heads))
    if not comparison.moves:
        return Shown(row, more, understood, head, "", "")
    wanted, systems = comparison.understanding.wanted, context.systems.labels
    columns = render_columns(
        comparison, listings, query=wanted, heads=heads, systems=systems, cut=cut, view=request.view
    )
    proof = render_proof(context.report, context.sides, comparison.left, comparison.right)
    return Shown(row, more, understood, head, columns, proof)


def compare_typed(context: PageContext, address: str, *values: Any) -> Shown:
    """Compare by the widgets' values, in the order of WIDGETS, with all else as the address says."""
    texts = {name: "" if value is None else str(value) for name, value in zip(WIDGETS, values, strict=True)}
    # A slider gives whole numbers as floats.
    texts["k"] = texts["k"].removesuffix(".0")
    held, notices = context.read_unsettled(address)
    request, more_notices = context.read_values(texts | {name: str(held.values[name]) for name in IN_ADDRESS})
    return answer(context, request, list(dict.fromkeys([*_of_systems(notices), *more_notices])))


def _of_systems(notices: list[str]) -> list[str]:
    """Return those notices of an address that are about what is chosen in the lists or with them, not in a widget."""
    return [notice for notice in notices if "system" in notice or notice == NOT_KEPT]


def open_address(context: PageContext, address: str) -> list[Any]:
    """Return values for all widgets, and what is shown; without a query, the example's."""
    request, notices = context.read(address)
    request = with_example(request)
    return [*(request.values[name] for name in WIDGETS), *answer(context, request, notices)]


def narrow(context: PageContext, name: str, address: str, *values: Any) -> Shown:
    """Compare if the text field `name` differs from the address."""
    # It reports a change also when an address is opened, and the other widgets may hold their old values then.
    shown = context.read(address)[0].values[name]
    typed = fold_space(values[WIDGETS.index(name)] or "")
    return NOTHING_NEW if typed == shown else compare_typed(context, address, *values)


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
        answers = context.answers(request, listing_id or "")
    except ValueError as error:
        raise gr.Error(str(error), print_exception=False) from error
    ranks = {side: comparison.rank_in_all(side, listing_id) for side in comparison.rankings}
    titles = {side: head.label for side, head in context.heads(comparison).items()}
    wanted = comparison.understanding.wanted
    return render_detail(context.systems.listings[listing_id], answers, ranks, query=wanted, titles=titles)


def build_compare_tab(visits: Visits, page: gr.Blocks) -> None:
    """Lay out the tab and wire its events."""
    with gr.Row(elem_classes="sl-ask"):
        query = gr.Textbox(
            OPENING,
            label="Your skills",
            placeholder="Your skills, level, place and wishes, in your own words",
            lines=1,
            max_lines=4,
            elem_id="sl-query",
            autofocus=True,
            **BARE,
        )
        place = gr.Textbox(label="Place contains", placeholder="Any place", max_lines=1, elem_id="sl-location", **BARE)
        row = gr.HTML(render_row(visits.served, ComparisonRequest()), elem_id="sl-row")
        button = gr.Button("Compare", variant="primary", min_width=110, elem_id="sl-go")
    with gr.Row(elem_classes="sl-chips"):
        chips = [gr.Button(label, size="sm", variant="secondary", min_width=60) for label in LABELS]
    with gr.Row(elem_classes="sl-line"):
        understood = gr.HTML("", elem_id="sl-understood")
        count, more, without = build_options()
    address = gr.Textbox(visible="hidden", label="Address")
    inputs = dict(zip(WIDGETS, (query, place, count, without), strict=True))
    outputs = [row, more, understood, *(gr.HTML("", elem_id=f"sl-{name}") for name in ("summary", "columns", "proof"))]
    wire_widgets(visits, address, inputs, outputs, button=button, chips=chips)
    wire_script(visits, address, inputs, outputs, page=page)
    build_export(visits, with_example)


def build_options() -> tuple[gr.Slider, gr.HTML, gr.Textbox]:
    """Lay out the options that are seldom used: number of results, more filters, words to leave out."""
    with gr.Accordion("Filters", open=False, elem_id="sl-options"), gr.Row():
        count = gr.Slider(
            MIN_RESULTS, MAX_RESULTS, value=DEFAULT_RESULTS, step=1, label="Results", min_width=200, elem_id="sl-k"
        )
        more = gr.HTML("", elem_id="sl-more")
        without = gr.Textbox(label="Leave out (comma-separated)", max_lines=1, min_width=230, elem_id="sl-without")
    return count, more, without


def wire_widgets(
    visits: Visits,
    address: gr.Textbox,
    inputs: dict[str, Any],
    outputs: list[gr.HTML],
    *,
    button: gr.Button,
    chips: list[gr.Button],
) -> None:
    """Wire the widgets, which have the order of WIDGETS."""
    compare, sent, query = visits.bind(compare_typed), [address, *inputs.values()], inputs["q"]
    asked = [button.click, query.submit, inputs["location"].submit, inputs["k"].input]
    done = gr.on(asked, compare, sent, outputs, js=SEND_ALL, trigger_mode="multiple", **QUIET)
    done.then(None, js=TELL_DONE, **QUIET)
    for chip, text in zip(chips, EXAMPLES, strict=True):
        filled = chip.click(partial(str, text), None, query, **QUIET)
        filled.then(compare, sent, outputs, js=SEND_ALL, **QUIET).then(None, js=TELL_DONE, **QUIET)


def wire_script(
    visits: Visits, address: gr.Textbox, inputs: dict[str, Any], outputs: list[gr.HTML], *, page: gr.Blocks
) -> None:
    """Wire what the page's script opens: addresses and listings."""
    listing_id = gr.Textbox(visible="hidden", label="Listing")
    restore = gr.Button("Open the address", visible="hidden", elem_id="sl-restore")
    opener = gr.Button("Open a listing", visible="hidden", elem_id="sl-opener")
    detail = gr.HTML("", elem_id="sl-detail")
    sent, everything = [address, *inputs.values()], [*inputs.values(), *outputs]
    restored = restore.click(visits.bind(open_address), address, everything, js=SEND_PLACE, **QUIET)
    loaded = page.load(visits.bind(open_first_address), address, everything, js=SEND_PLACE, **QUIET)
    narrowed = [
        inputs[name].change(visits.bind(narrow, name), sent, outputs, js=SEND_ALL, **QUIET)
        for name in ("location", "without")
    ]
    for event in (restored, loaded, *narrowed):
        event.then(None, js=TELL_DONE, **QUIET)
    opener.click(visits.bind(open_listing, in_all_tabs=True), [address, listing_id], detail, js=SEND_CARD, **QUIET)
