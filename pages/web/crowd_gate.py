"""How many requests are taken: of all at once, and of each visitor, so that none starves the others."""

import ipaddress
import math
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PREFIX = "/gradio_api"
# What makes the server compute, and what holds a connection open.
WORK = ("/run/", "/api/", "/call/", "/queue/join", "/mcp")
STREAMS = ("/queue/data", "/heartbeat/", "/call/", "/mcp")
# Requests at work or waiting for it, of all visitors; as many events may wait in Gradio's queue.
MAX_AT_ONCE = 64
# Of one visitor, where visitors are told apart: at work at once, connections held open, and requests in a row before
# they are held to so many a second. Opening the page takes four.
MAX_OF_ONE = 16
# Events of one visitor that wait in Gradio's queue: of eight people at one address who open the page at once.
MAX_WAITING = 32
MAX_STREAMS = 64
BURST, PER_SECOND = 100, 8.0
# Visitors whose requests are counted.
MAX_VISITORS = 10_000
RETRY_SECONDS = 5
BUSY = "The server is busy: more is asked than it can answer. Nothing was compared; ask again in {seconds} seconds."
OFTEN = "One visitor may not ask so often here, so that others are answered too. Ask again in {seconds} seconds."


def visitor_of(scope: Scope, *, trusts_proxy: bool) -> str:
    """Return a visitor's address, of IPv6 its network.

    Behind a proxy it is the last public one of X-Forwarded-For: what stands before that, a visitor may have written,
    and what stands behind it are proxies within. Where visitors have private addresses, one can pass for another.
    """
    told = [scope["client"][0] if scope.get("client") else ""]
    if trusts_proxy:
        told += [part.strip() for line in Headers(scope=scope).getlist("x-forwarded-for") for part in line.split(",")]
    known = [address for address in map(_read_address, told) if address is not None]
    public = [address for address in known if address.is_global]
    found = (public or known)[-1:]
    if not found:
        return told[0]
    if found[0].version == 4:
        return str(found[0])
    return str(ipaddress.ip_network((found[0], 64), strict=False).network_address)


def _read_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


@dataclass
class Rates:
    """Requests of each visitor: BURST in a row, then PER_SECOND."""

    clock: Callable[[], float] = time.monotonic
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, visitor: str) -> float:
        """Take one request; return 0, or the seconds until there is one again."""
        now = self.clock()
        left, at = self._left.get(visitor, (float(BURST), now))
        left = min(float(BURST), left + (now - at) * PER_SECOND)
        self._left[visitor] = (left - 1 if left >= 1 else left, now)
        self._left.move_to_end(visitor)
        if len(self._left) > MAX_VISITORS:
            self._left.popitem(last=False)
        return 0.0 if left >= 1 else (1 - left) / PER_SECOND


@dataclass
class CrowdGate:
    """ASGI middleware that refuses what is too much, as JSON and with the time to wait.

    `tells_apart` tells whether visitors are counted one by one, `trusts_proxy` whether a proxy tells who they are;
    `queue` is Gradio's.
    """

    app: ASGIApp
    tells_apart: bool
    trusts_proxy: bool
    queue: Any
    rates: Rates = field(default_factory=Rates)
    _at_work: Counter[str] = field(default_factory=Counter)
    _streams: Counter[str] = field(default_factory=Counter)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it before its body is read."""
        kind = kind_of(scope)
        if kind == "other":
            await self.app(scope, receive, send)
            return
        visitor = visitor_of(scope, trusts_proxy=self.trusts_proxy) if self.tells_apart else ""
        refused = self._refuse_work(visitor) if kind == "work" else self._refuse_stream(visitor)
        if refused:
            await refused(scope, receive, send)
            return
        counter = self._at_work if kind == "work" else self._streams
        counter[visitor] += 1
        try:
            await self.app(scope, receive, _telling_when(send))
        finally:
            counter[visitor] -= 1
            # Else an entry would stay for each visitor.
            if not counter[visitor]:
                del counter[visitor]

    def _refuse_work(self, visitor: str) -> JSONResponse | None:
        if self.tells_apart:
            wait = self.rates.take(visitor)
            if wait or self._at_work[visitor] >= MAX_OF_ONE or self._count_waiting(visitor) >= MAX_WAITING:
                return refuse(429, OFTEN, math.ceil(wait) or RETRY_SECONDS)
        return refuse(503, BUSY, RETRY_SECONDS) if self._at_work.total() >= MAX_AT_ONCE else None

    def _count_waiting(self, visitor: str) -> int:
        """Count a visitor's events in Gradio's queue: their requests were answered when they joined it."""
        queues = self.queue.event_queue_per_concurrency_id.values()
        scopes = [event.request.scope for each in queues for event in each.queue]
        return sum(visitor_of(scope, trusts_proxy=self.trusts_proxy) == visitor for scope in scopes)

    def _refuse_stream(self, visitor: str) -> JSONResponse | None:
        too_many = self.tells_apart and self._streams[visitor] >= MAX_STREAMS
        return refuse(429, OFTEN, RETRY_SECONDS) if too_many else None


def kind_of(scope: Scope) -> str:
    """Tell whether a request is `work`, a `stream` or `other`."""
    if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
        return "other"
    path = scope["path"].removeprefix(PREFIX)
    if scope["method"] == "POST":
        return "work" if path.startswith(WORK) else "other"
    return "stream" if path.startswith(STREAMS) else "other"


def refuse(status: int, text: str, seconds: int) -> JSONResponse:
    """Return a refusal; `detail` is what Gradio's clients read, `error` what others expect."""
    said = text.format(seconds=seconds)
    return JSONResponse({"error": said, "detail": said}, status, headers={"Retry-After": str(seconds)})


def _telling_when(send: Send) -> Send:
    """Add the time to wait where Gradio itself refuses, as its queue is full."""

    async def tell(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 503:
            MutableHeaders(scope=message).setdefault("Retry-After", str(RETRY_SECONDS))
        await send(message)

    return tell
