"""Streams of answers that nobody asked for, or that were fetched already: told before Gradio would stumble over them."""

from typing import Any

from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.types import Scope

from pages.web.crowd_gate import PREFIX
from pages.web.event_calls import CALL, refuse

DATA = f"{PREFIX}/queue/data"
# As Gradio itself writes it; its pages then ask anew.
LOST_SESSION = (
    'data: {"msg":"unexpected_error","event_id":null,"message":"404: Not Found","session_not_found":true,'
    '"success":false}\n\n'
)
NO_CALL = "expected the id of a call whose answer was not fetched yet, got another; send the call again"


def check_stream(queue: Any, scope: Scope) -> Response | None:
    """Return what is said of a stream that is none; None for others, and for other routes.

    Args:
        queue: Gradio's queue of the page.
        scope: Of a GET request.
    """
    path = scope["path"].rstrip("/")
    session = QueryParams(scope["query_string"]).get("session_hash")
    if path == DATA and session is not None and session not in queue.pending_messages_per_session:
        return Response(LOST_SESSION, media_type="text/event-stream")
    if path.startswith(CALL) and _session_of(queue, path.rsplit("/", 1)[1]) not in queue.pending_messages_per_session:
        return refuse(404, NO_CALL)
    return None


def _session_of(queue: Any, call: str) -> str:
    """Find whose a call is, as Gradio does; the call's own id where nobody gave a session."""
    event = queue.event_ids_to_events.get(call)
    if event is not None:
        return str(event.session_hash)
    calls = queue.pending_event_ids_session.items()
    return next((str(session) for session, ids in calls if call in ids), call)
