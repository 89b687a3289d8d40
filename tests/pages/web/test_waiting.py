"""What is served while the app loads."""

import urllib.error
import urllib.request
from contextlib import closing

import pytest

from bench.browser import free_port
from pages.config import check_port_free
from pages.web.waiting import SCRIPT, WaitingPage


@pytest.mark.parametrize(
    ("path", "method", "kind", "begins"),
    [
        ("/", "GET", "text/html", b"<!doctype html>"),
        ("/?q=sql", "GET", "text/html", b"<!doctype html>"),
        ("/", "HEAD", "text/html", b""),
        ("/gradio_api/run/compare", "POST", "application/json", b'{"error": "Shortlist loads'),
    ],
)
def test_while_models_load_everything_is_answered_with_the_time_to_come_again(path, method, kind, begins):
    with closing(WaitingPage("127.0.0.1", port := free_port())):
        asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method)
        with pytest.raises(urllib.error.HTTPError) as answer:
            urllib.request.urlopen(asked, timeout=5)
        assert (answer.value.code, answer.value.headers["Retry-After"]) == (503, "2")
        assert answer.value.headers["Content-Type"].startswith(kind)
        body = answer.value.read()
        assert body.startswith(begins)
        assert (SCRIPT.encode() in body) == (kind == "text/html" and method == "GET")


def test_port_is_free_again_once_the_app_is_there():
    waiting = WaitingPage("127.0.0.1", port := free_port())
    with pytest.raises(OSError, match="--port"):
        WaitingPage("127.0.0.1", port)
    waiting.close()
    waiting.close()
    check_port_free("127.0.0.1", port)
