"""What the upload route takes, in headless Chromium and asked directly: nothing too large, and nothing unless asked to."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import drop

pytestmark = pytest.mark.browser
LARGE_BYTES = 200 << 20


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Path:
    """200 MB that take no room on disk."""
    path = tmp_path_factory.mktemp("large") / "large.csv"
    with path.open("wb") as file:
        file.truncate(LARGE_BYTES)
    return path


def test_large_file_is_refused_by_the_browser_before_it_is_sent(visit, served, large):
    page = visit()
    sent = []
    page.on(
        "request",
        lambda request: sent.append(request.url) if request.method == "POST" and "/upload" in request.url else None,
    )
    started = time.monotonic()
    drop(page, large)
    expect(page.get_by_text("exceed the maximum allowed size of 20.0 Mb").first).to_be_visible()
    assert time.monotonic() - started < 10
    assert sent == []
    assert served.files == []


def post(url: str, content, **headers: str) -> int:
    """Post to the upload route; return the status, 0 where the connection was cut while it was sent."""
    kind = {"content-type": "multipart/form-data; boundary=b"}
    try:
        return httpx.post(f"{url}gradio_api/upload", content=content, headers=kind | headers, timeout=60).status_code
    except httpx.TransportError:
        return 0


def blocks(size: int) -> Iterator[bytes]:
    yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\n'
    for _ in range(size >> 20):
        yield b"x" * (1 << 20)
    yield b"\r\n--b--\r\n"


@pytest.mark.parametrize("told_length", [True, False])
def test_large_request_is_refused_by_the_server_and_nothing_is_left(served, told_length):
    headers = {"content-length": str(sum(map(len, blocks(LARGE_BYTES))))} if told_length else {}
    started = time.monotonic()
    assert post(served.url, blocks(LARGE_BYTES), **headers) in (0, 413)
    assert time.monotonic() - started < 10
    assert served.files == []


def test_many_files_in_one_request_are_refused_too(served):
    """Together they would be more than one may be, each alone would not."""
    one = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\n' + b"x" * (4 << 20) + b"\r\n"
    assert post(served.url, iter([one] * 20 + [b"--b--\r\n"])) in (0, 413)
    assert served.files == []


@pytest.mark.parametrize("size", [10, LARGE_BYTES])
def test_app_without_uploads_takes_no_file_of_any_size(url, size):
    started = time.monotonic()
    assert post(url, blocks(size) if size > 10 else b"--b\r\n\r\nx\r\n--b--\r\n") in (0, 403)
    assert time.monotonic() - started < 5
    assert httpx.get(f"{url}config").json()["max_file_size"] == 0


def test_app_without_uploads_offers_none(page):
    expect(page.locator(".sl-row").first).to_be_visible()
    assert page.locator("#sl-own, .sl-own-open").count() == 0
