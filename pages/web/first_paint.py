"""Script and style in the page's HTML itself, which count before anything is painted.

What `launch(head=...)` is given, Gradio's own script adds later: the page would flash and move.
"""

from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEAD = b"<head>"


@dataclass
class FirstPaint:
    """ASGI middleware that puts `html` first into the head of the page."""

    app: ASGIApp
    html: str

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
            whole = bytes(body).replace(HEAD, HEAD + self.html.encode(), 1)
            headers = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
            await send({**start, "headers": [*headers, (b"content-length", str(len(whole)).encode())]})
            await send({"type": "http.response.body", "body": whole})

        return add
