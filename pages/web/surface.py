"""What is open of the many routes that Gradio has: those that the page and its clients use, for requests they send."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.web.crowd_gate import PREFIX
from pages.web.event_calls import Event, check_call, refuse
from pages.web.streams import check_stream

# Whole paths, and beginnings that end in a slash.
READ = (
    *("/", "/config", "/theme.css", "/favicon.ico", "/robots.txt", "/manifest.json"),
    *("/assets/", "/static/", "/svelte/", "/script/"),
    *(f"{PREFIX}/{name}" for name in ("info", "openapi.json", "startup-events", "app_id", "theme.css", "queue/data")),
    *(f"{PREFIX}/{name}" for name in ("queue/status", "heartbeat/", "call/", "upload_progress", "mcp", "mcp/")),
)
WRITTEN = tuple(
    f"{PREFIX}/{name}" for name in ("run/", "api/", "call/", "queue/join", "cancel", "reset", "upload", "mcp", "mcp/")
)
MCP = (f"{PREFIX}/mcp", f"{PREFIX}/mcp/")
# An address and the blind test's lists, which come back with a vote, have far less.
MAX_BODY_BYTES = 1 << 20
MAX_DEPTH = 16
CLOSED = "There is nothing here."
NO_LENGTH = "The request broke off."


@dataclass
class Surface:
    """ASGI middleware that knows the page's routes, its events and Gradio's queue; JSON bodies are small, flat and valid."""

    app: ASGIApp
    events: Mapping[int, Event] = field(default_factory=dict)
    queue: Any = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it with one line."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refused: Response | None = check_route(scope["method"], scope["path"])
        if refused is None and scope["method"] == "POST" and not _is_multipart(scope):
            body, refused = await _read(scope, receive)
            refused = refused or check_call(self.events, scope["path"], orjson.loads(body))
            receive = _replay(body, receive)
        if refused is None and scope["method"] == "GET":
            refused = check_stream(self.queue, scope)
        await (refused or self.app)(scope, receive, send)


def check_route(method: str, path: str) -> JSONResponse | None:
    """Return the refusal of a route that the page does not use; None for one that it does."""
    opened = {"GET": READ, "HEAD": READ, "POST": WRITTEN, "DELETE": MCP}.get(method, ())
    # Gradio takes most paths with a slash at the end too.
    whole = path.rstrip("/")
    is_open = any(whole == one.rstrip("/") or (one[-1] == "/" != one and path.startswith(one)) for one in opened)
    return None if is_open else refuse(404, CLOSED)


def check_json(body: bytes) -> str:
    """Return what is wrong with a JSON body; empty for a sound one.

    The parser is strict: no NaN, no bytes or escapes that are no Unicode.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return "expected a JSON object in UTF-8, got no valid JSON"
    if not isinstance(value, dict | list):
        return "expected a JSON object, got something else"
    return f"expected JSON of at most {MAX_DEPTH} levels, got more" if _is_deep(value, MAX_DEPTH) else ""


def _is_deep(value: Any, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels == 0 or any(_is_deep(one, levels - 1) for one in inner if isinstance(one, dict | list))


def _is_multipart(scope: Scope) -> bool:
    """Tell whether a body is of files, which pages/web/upload_gate.py bounds."""
    return Headers(scope=scope).get("content-type", "").lower().startswith("multipart/")


async def _read(scope: Scope, receive: Receive) -> tuple[bytes, JSONResponse | None]:
    """Read a whole body, or as much as tells that it is refused."""
    body = bytearray()
    length = Headers(scope=scope).get("content-length", "")
    is_large = length.isdecimal() and int(length) > MAX_BODY_BYTES
    more = not is_large
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b"", refuse(400, NO_LENGTH)
        body += message.get("body", b"")
        is_large, more = len(body) > MAX_BODY_BYTES, message.get("more_body", False)
        more = more and not is_large
    if is_large:
        return b"", refuse(413, f"expected at most {MAX_BODY_BYTES >> 20} MB, got more")
    problem = check_json(bytes(body)) if body else "expected a JSON object, got nothing"
    return bytes(body), refuse(400, problem) if problem else None


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return what gives a body that was read, then what else comes."""
    is_given = False

    async def replay() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
