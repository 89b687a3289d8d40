"""What browsers are told to allow the page, and which names the server answers to."""

import base64
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HUB = "https://huggingface.co"
# Of all that is no page: nothing in it runs.
NOTHING = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
UNKNOWN = "Expected the name of this machine in the address. Behind a proxy, start the app with --behind-proxy."


def page_policy(nonce: str, hashes: Sequence[str], *, is_space: bool) -> str:
    """Return the page's Content-Security-Policy: scripts are its own files, and those known by nonce or hash.

    Gradio makes functions of the strings in `js=`, so that evaluation stays allowed; a script that stands in a
    listing, a query or a report does not run.
    """
    rules = {
        "default-src": "'none'",
        "script-src": " ".join([f"'self' 'nonce-{nonce}' 'unsafe-eval'", *(f"'{one}'" for one in hashes)]),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "media-src": "'self' blob:",
        "worker-src": "'self' blob:",
        "connect-src": f"'self' data: blob:{f' {HUB}' if is_space else ''}",
        "manifest-src": "'self'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": f"'self'{f' {HUB} https://*.hf.space' if is_space else ''}",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def hash_script(text: str) -> str:
    """Return the hash by which a policy knows a script."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@dataclass
class SecureHeaders:
    """ASGI middleware with the headers that every answer has; `hosts` are the names it answers to, none for all.

    On one's own machine, a page elsewhere whose name is made to lead here would else read the answers.
    """

    app: ASGIApp
    hosts: Collection[str] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, unless it names another host."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif self.hosts and _host_of(scope) not in self.hosts:
            await PlainTextResponse(UNKNOWN, 421)(scope, receive, _with_headers(send))
        else:
            await self.app(scope, receive, _with_headers(send))


def _host_of(scope: Scope) -> str:
    try:
        return urlsplit(f"//{Headers(scope=scope).get('host', '')}").hostname or ""
    except ValueError:
        return ""


def _with_headers(send: Send) -> Send:
    async def add(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("Content-Security-Policy", NOTHING)
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Referrer-Policy"] = "same-origin"
        await send(message)

    return add
