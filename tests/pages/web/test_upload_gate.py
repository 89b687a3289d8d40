"""The gate of the upload route, on an app that parses uploads as Gradio does."""

import asyncio
import os
from pathlib import Path

import pytest
from gradio.route_utils import GradioMultiPartParser
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from pages.web.upload_gate import FOLDER_VARIABLE, MAX_FILE_BYTES, MAX_FRAME_BYTES, REFUSED, UploadGate, take_folder
from tests.coroutines import run_coroutine

BOUNDARY = "b0undary"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"


def part(content: bytes) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\n'
    return head.encode() + content + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


def make_app(folder: Path):
    async def app(scope, receive, send):
        request = Request(scope, receive)
        parser = GradioMultiPartParser(
            request.headers, request.stream(), upload_dir=folder, max_file_size=MAX_FILE_BYTES
        )
        try:
            form = await parser.parse()
            answer = PlainTextResponse(f"{len(form.getlist('files'))} taken")
        except MultiPartException as error:
            answer = PlainTextResponse(error.message, 400)
        await answer(scope, receive, send)

    return app


def ask(folder, bodies, *, takes_files=True, path="/gradio_api/upload", content_type=MULTIPART, length=None, ends=True):
    """Send bodies to the gate; return status, text and how many bodies it asked for."""
    headers = [(b"content-type", content_type.encode())]
    headers += [(b"content-length", str(length).encode())] if length is not None else []
    sent, asked = [], 0

    async def receive():
        nonlocal asked
        await asyncio.sleep(0)
        asked += 1
        if asked <= len(bodies):
            return {"type": "http.request", "body": bodies[asked - 1], "more_body": not ends or asked < len(bodies)}
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": path, "headers": headers, "query_string": b""}
    run_coroutine(UploadGate(make_app(folder), takes_files=takes_files)(scope, receive, send))
    return sent[0]["status"], b"".join(one.get("body", b"") for one in sent).decode(), asked


def test_file_within_the_bound_is_taken(tmp_path):
    assert ask(tmp_path, [part(b"x" * 1000), END])[:2] == (200, "1 taken")


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"takes_files": False}, 403),
        ({"path": "/gradio_api/component_server"}, 403),
        ({"path": "/gradio_api/process_recording"}, 403),
        ({"length": 200 << 20}, 413),
    ],
)
def test_what_is_not_meant_is_refused_before_any_of_it_is_read(tmp_path, options, status):
    answer = ask(tmp_path, [part(b"x" * 1000), END], **options)
    assert (answer[0], answer[2]) == (status, 0)
    assert (answer[1] == REFUSED) == (status == 403)
    assert list(tmp_path.iterdir()) == []


def test_many_files_together_are_bounded_as_one_and_nothing_is_left(tmp_path):
    """Gradio bounds each file alone: a request may hold a thousand."""
    bodies = [part(b"x" * (MAX_FILE_BYTES // 4)) for _ in range(8)]
    status, text, asked = ask(tmp_path, [*bodies, END])
    assert (status, "beyond the maximum allowed size" in text) == (400, True)
    assert asked < 8
    assert sum(map(len, bodies[:asked])) > MAX_FILE_BYTES + MAX_FRAME_BYTES
    assert list(tmp_path.iterdir()) == []


def test_upload_that_breaks_off_leaves_nothing(tmp_path):
    status, text, _ = ask(tmp_path, [part(b"x" * 100_000)[:-2]], ends=False)
    assert (status, text) == (400, "the upload broke off")
    assert list(tmp_path.iterdir()) == []


def test_other_requests_pass(tmp_path):
    async def app(scope, receive, send):
        await PlainTextResponse("passed")(scope, receive, send)

    sent = []

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/gradio_api/queue/join",
        "headers": [(b"content-type", b"application/json")],
    }
    run_coroutine(UploadGate(app, takes_files=False)(scope, None, send))
    assert sent[1]["body"] == b"passed"


def test_files_of_a_killed_app_go_at_the_next_start_and_a_named_folder_stays(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER_VARIABLE, "set, so that it is set back")
    monkeypatch.delenv(FOLDER_VARIABLE)
    left = tmp_path / "uploads-7860" / "left.csv"
    other = tmp_path / "uploads-7861" / "anothers.csv"
    for path in (left, other):
        path.parent.mkdir()
        path.touch()
    take_folder(tmp_path, 7860)
    assert (os.environ[FOLDER_VARIABLE], left.exists(), other.exists()) == (str(left.parent), False, True)
    monkeypatch.setenv(FOLDER_VARIABLE, str(other.parent))
    take_folder(tmp_path, 7861)
    assert other.exists()
