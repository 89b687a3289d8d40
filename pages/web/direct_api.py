"""The endpoints as plain HTTP: a POST with `{"data": [arguments]}`, answered at once or refused in one line.

Gradio's own routes of these names build a session for each call, log what a caller got wrong as a traceback, and run
the page's private events for whoever names their number. These stand before them.
"""

import inspect
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import anyio
import gradio as gr
import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pages.context import AT_ONCE
from pages.web.crowd_gate import PREFIX

PATHS = ("run", "api")
# What Gradio's clients call where they know an endpoint's number alone.
BY_NUMBER = "predict"
Endpoint = Callable[..., Any]


@dataclass
class DirectApi:
    """Endpoints by name, and by the numbers that Gradio gave them; so many are computed at a time."""

    endpoints: Mapping[str, Endpoint]
    numbers: Mapping[int, str] = field(default_factory=dict)
    _limiter: anyio.CapacityLimiter | None = None

    def routes(self) -> list[Route]:
        """Return the routes, each with and without a slash at its end."""
        paths = [f"{PREFIX}/{path}/{{name}}{end}" for path in PATHS for end in ("", "/")]
        return [Route(path, self.respond, methods=["POST"]) for path in paths]

    async def respond(self, request: Request) -> Response:
        """Answer one call, or say what is wrong with it."""
        try:
            name, arguments = self.read(request.path_params["name"], await request.body())
        except LookupError as error:
            return _refuse(404, str(error.args[0]))
        except ValueError as error:
            return _refuse(422, str(error))
        started = time.perf_counter()
        try:
            answer = await self.call(name, arguments)
        except ValueError as error:
            return _refuse(422, str(error))
        seconds = time.perf_counter() - started
        body = {"data": [answer], "is_generating": False, "duration": seconds, "average_duration": seconds}
        return Response(orjson.dumps(body), media_type="application/json")

    def read(self, name: str, body: bytes) -> tuple[str, dict[str, Any]]:
        """Read a call's endpoint and its arguments by name.

        Raises:
            LookupError: there is no such endpoint.
            ValueError: the body is no call of it.
        """
        try:
            sent = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ValueError("expected a JSON object, got no JSON") from error
        if not isinstance(sent, dict):
            raise ValueError('expected a JSON object such as {"data": ["python, sql"]}, got something else')
        number = sent.get("fn_index")
        name = self.numbers.get(number, "") if name == BY_NUMBER and isinstance(number, int) else name
        if name not in self.endpoints:
            raise LookupError(f"expected one of the endpoints {', '.join(self.endpoints)}, got another")
        data, parameters = sent.get("data"), list(inspect.signature(self.endpoints[name]).parameters)
        if not isinstance(data, list) or len(data) > len(parameters):
            raise ValueError(
                f"expected in `data` a list of at most {len(parameters)} arguments: {', '.join(parameters)}"
            )
        return name, dict(zip(parameters, data, strict=False))

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """Call an endpoint by name, when it is its turn.

        Raises:
            ValueError: there is no such endpoint, or an argument is wrong.
        """
        if name not in self.endpoints:
            raise ValueError(f"expected one of {', '.join(self.endpoints)}, got another name")
        known = inspect.signature(self.endpoints[name]).parameters
        missing = [one.name for one in known.values() if one.default is one.empty and one.name not in arguments]
        if missing or not arguments.keys() <= known.keys():
            what = f"none of {', '.join(missing)}" if missing else "others"
            raise ValueError(f"expected the arguments {', '.join(known)}, got {what}")
        # Made where the loop runs.
        self._limiter = self._limiter or anyio.CapacityLimiter(AT_ONCE)
        try:
            return await anyio.to_thread.run_sync(partial(self.endpoints[name], **arguments), limiter=self._limiter)
        except gr.Error as error:
            raise ValueError(error.message) from error


def _refuse(status: int, text: str) -> JSONResponse:
    return JSONResponse({"error": text, "detail": text}, status)
