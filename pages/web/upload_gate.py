"""What Gradio's upload route may take: nothing, or one file's worth of bytes a request.

Gradio bounds each file, but not how many a request holds, and it leaves behind what was written of an upload that
breaks off.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_FILE_BYTES = 20 << 20
# Room for what stands around the file in a request.
MAX_FRAME_BYTES = 16 << 10
ROUTE = "/upload"
FOLDER_VARIABLE = "GRADIO_TEMP_DIR"
REFUSED = "This page takes no files."
# Gradio answers 413 where it finds these words.
TOO_LARGE = f"expected a file of at most {MAX_FILE_BYTES >> 20} MB, got more: beyond the maximum allowed size"


def take_folder(cache: Path, port: int) -> None:
    """Have Gradio put files into a folder of this port's own, without what a killed app left there.

    A folder that the environment names stays, and its files too, as others may use it.
    """
    if FOLDER_VARIABLE not in os.environ:
        folder = cache.absolute() / f"uploads-{port}"
        shutil.rmtree(folder, ignore_errors=True)
        os.environ[FOLDER_VARIABLE] = str(folder)


@dataclass
class UploadGate:
    """ASGI middleware that bounds uploads; `takes_files` tells whether there are any."""

    app: ASGIApp
    takes_files: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it before its body is read."""
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        if not headers.get("content-type", "").lower().startswith("multipart/"):
            await self.app(scope, receive, send)
        elif not self.takes_files or not scope["path"].rstrip("/").endswith(ROUTE):
            await PlainTextResponse(REFUSED, 403)(scope, receive, send)
        elif _is_too_large(headers.get("content-length", "")):
            await PlainTextResponse(TOO_LARGE, 413)(scope, receive, send)
        else:
            await self.app(scope, _counted(receive), send)


def _is_too_large(length: str) -> bool:
    return length.isdecimal() and int(length) > MAX_FILE_BYTES + MAX_FRAME_BYTES


def _counted(receive: Receive) -> Receive:
    """Return what receives a body, and fails in the way in which Gradio's parser deletes what it wrote."""
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > MAX_FILE_BYTES + MAX_FRAME_BYTES:
            raise MultiPartException(TOO_LARGE)
        if message["type"] == "http.disconnect":
            raise MultiPartException("the upload broke off")
        return message

    return counted
