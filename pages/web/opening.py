"""What stands between the network and Gradio: which requests come in, how many, and what goes out with the answers."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import gradio as gr
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from pages.assets import late_routes, read_first, script_hashes
from pages.config import AppConfig
from pages.web.crowd_gate import MAX_AT_ONCE, CrowdGate
from pages.web.direct_api import DirectApi, Endpoint
from pages.web.event_calls import list_events
from pages.web.first_paint import FirstPaint
from pages.web.hosts import LOOPBACK
from pages.web.json_answers import answer_with_json
from pages.web.secure_headers import SecureHeaders
from pages.web.surface import Surface
from pages.web.upload_gate import UploadGate

# Visitors whose widgets Gradio remembers, 340 kB each at most; who comes after so many others starts anew.
MAX_SESSIONS = 256
# Of 9: the last bits cost more time than the network takes for them.
COMPRESSION = 4


def open_surface(page: gr.Blocks, config: AppConfig, endpoints: Mapping[str, Endpoint]) -> dict[str, Any]:
    """Bound a page's queue, and return what its web app is made with: middleware, outermost first, and routes."""
    bound_queue(page)
    events = list_events(page)
    numbers = {number: event.name for number, event in events.items() if event.name}
    api = DirectApi(endpoints, numbers)

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        if server := page.mcp_server_obj:
            answer_with_json(server.mcp_server, server.tool_to_endpoint, api)
        yield

    return {
        "middleware": [
            Middleware(SecureHeaders, hosts=(*LOOPBACK, config.host.strip("[]")) if config.is_own else ()),
            Middleware(CrowdGate, tells_apart=not config.is_own, trusts_proxy=config.trusts_proxy, queue=page._queue),
            Middleware(GZipMiddleware, compresslevel=COMPRESSION),
            Middleware(FirstPaint, html=read_first(), hashes=script_hashes(), is_space=bool(config.space)),
            Middleware(UploadGate, takes_files=config.uploads > 0),
            Middleware(Surface, events=events, queue=page._queue),
        ],
        "routes": [*late_routes(), *api.routes()],
        "lifespan": lifespan,
    }


def bound_queue(page: gr.Blocks) -> None:
    """Bound what Gradio's queue keeps: events that wait, and answers that nobody fetched."""
    # Their place in the queue is told once a second: after each answer, all who wait would be told.
    page.queue(max_size=MAX_AT_ONCE, api_open=False, status_update_rate=1)
    queue = page._queue
    queue.pending_messages_per_session.max_size = MAX_SESSIONS
    # Gradio would make a table of the last 10,000 events after each, for a page that is off here.
    queue.ANALYTICS_MAX_EVENTS = 1
    queue.ANAYLTICS_CACHE_FREQUENCY = 1 << 62
