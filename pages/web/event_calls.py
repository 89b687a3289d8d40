"""What may be sent to the page's events: to one that there is, as many values as it takes, each of its kind.

Gradio trusts whoever names an event: a wrong number of values, or a list where its widgets send text, ends in a
traceback.
"""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gradio as gr
from starlette.responses import JSONResponse

from pages.web.crowd_gate import PREFIX

JOIN, CALL, NAMED = f"{PREFIX}/queue/join", f"{PREFIX}/call/", f"{PREFIX}/call/v2/"
MAX_SESSION_CHARACTERS = 64
# Gradio's names of widgets -> what they send; of others, and of endpoints, anything.
TYPES: Mapping[str, tuple[type, ...]] = {
    "textbox": (str,),
    "html": (str,),
    "slider": (int, float),
    "file": (dict,),
}


@dataclass(frozen=True)
class Kind:
    """What a widget sends: a value of some types, any where there are none; a number within bounds, both included."""

    types: tuple[type, ...] = ()
    bounds: tuple[float, float] | None = None

    def takes(self, value: Any) -> bool:
        """Tell whether a value is of this kind; an empty widget sends null, a number is never empty."""
        if not self.types:
            return True
        if value is None:
            return self.bounds is None
        is_typed = isinstance(value, self.types) and not isinstance(value, bool)
        return is_typed and (self.bounds is None or self.bounds[0] <= value <= self.bounds[1])


@dataclass(frozen=True)
class Event:
    """An event's name in the API, empty for the page's own, and the kinds of values that it takes.

    `parameters` are an endpoint's, by name: whether each has to be there.
    """

    name: str
    kinds: Sequence[Kind]
    parameters: Mapping[str, bool] = field(default_factory=dict)


def list_events(page: gr.Blocks) -> dict[int, Event]:
    """Return a page's events by Gradio's number."""
    return {number: _read_event(one) for number, one in page.fns.items()}


def _read_event(one: Any) -> Event:
    kinds = tuple(map(_kind_of, one.inputs))
    if one.api_visibility != "public" or not isinstance(one.api_name, str):
        return Event("", kinds)
    parameters = inspect.signature(one.fn).parameters.values()
    return Event(one.api_name, kinds, {each.name: each.default is each.empty for each in parameters})


def _kind_of(widget: Any) -> Kind:
    bounds = (widget.minimum, widget.maximum) if isinstance(widget, gr.Slider) else None
    return Kind(TYPES.get(widget.get_block_name(), ()), bounds)


def check_call(events: Mapping[int, Event], path: str, sent: Any) -> JSONResponse | None:
    """Return the refusal of a call that Gradio would stumble over; None for a sound one, and for other routes."""
    if not path.startswith((JOIN, CALL)):
        return None
    if not isinstance(sent, dict):
        return refuse(422, "expected a JSON object, got a list")
    session = sent.get("session_hash")
    if session is not None and not (isinstance(session, str) and len(session) <= MAX_SESSION_CHARACTERS):
        return refuse(422, f"expected in `session_hash` text of at most {MAX_SESSION_CHARACTERS} characters")
    name = path.removeprefix(NAMED).removeprefix(CALL).rstrip("/")
    number = sent.get("fn_index")
    is_join = path.startswith(JOIN)
    known = [
        one for key, one in events.items() if (key == number and type(number) is int if is_join else one.name == name)
    ]
    if not known or (not is_join and not name):
        return refuse(404, "expected an event of this page, got another")
    if path.startswith(NAMED):
        return check_parameters(known[0], sent)
    return check_values(known[0], sent.get("data"))


def check_parameters(event: Event, sent: Mapping[str, Any]) -> JSONResponse | None:
    """Return the refusal of arguments by name that an endpoint does not have, or of too few."""
    is_whole = all(name in sent for name, is_needed in event.parameters.items() if is_needed)
    if is_whole and sent.keys() <= event.parameters.keys():
        return None
    return refuse(422, f"expected the arguments {', '.join(event.parameters)}, got too few or others")


def check_values(event: Event, data: Any) -> JSONResponse | None:
    """Return the refusal of values that an event does not take."""
    if not isinstance(data, list) or len(data) != len(event.kinds):
        return refuse(422, f"expected in `data` a list of {len(event.kinds)} values")
    for place, (value, kind) in enumerate(zip(data, event.kinds, strict=True)):
        if not kind.takes(value):
            within = f" from {kind.bounds[0]} to {kind.bounds[1]}" if kind.bounds else ""
            return refuse(422, f"expected in `data` another kind of value{within} in place {place}")
    return None


def refuse(status: int, text: str) -> JSONResponse:
    """Return a refusal; `detail` is what Gradio's clients read."""
    return JSONResponse({"error": text, "detail": text}, status)
