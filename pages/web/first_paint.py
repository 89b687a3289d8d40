"""Script and style in the page's HTML itself, which count before anything is painted, and the page's policy.

What `launch(head=...)` is given, Gradio's own script adds later: the page would flash and move.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.web.secure_headers import page_policy

HEAD, SCRIPT = b"<head>", b"<script"


@dataclass
class FirstPaint:
    """ASGI middleware that puts `html` first into the head of the page; all scripts in it are known by a nonce.

    `hashes` are of scripts that Gradio's own adds later.
    """

    app: ASGIApp
    html: str
    hashes: Sequence[str] = ()
    is_space: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; the page comes back with the HTML."""
        is_page = scope["type"] == "http" and scope["method"] == "GET" and scope["path"] == "/"
        await self.app(scope, receive, self._adding(send) if is_page else send)

    def _adding(self, send: Send) -> Send:
        """Return what takes the page's messages, and sends them once the whole body is there."""
        start: Message = {}
        body = bytearray()

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body", False):
                return
            nonce = secrets.token_urlsafe(16)
            # Data in the page's own scripts has no such sign: Gradio writes it as \u003c.
            whole = bytes(body).replace(HEAD, HEAD + self.html.encode(), 1)
            whole = whole.replace(SCRIPT, SCRIPT + f' nonce="{nonce}"'.encode())
            policy = page_policy(nonce, self.hashes, is_space=self.is_space)
            added = [(b"content-length", str(len(whole)).encode()), (b"content-security-policy", policy.encode())]
            headers = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
            await send({**start, "headers": [*headers, *added]})
            await send({"type": "http.response.body", "body": whole})

        return add
