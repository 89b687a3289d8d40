"""What Gradio keeps for visitors: events that wait, answers that nobody fetches, sessions."""

import asyncio
import functools
import threading
from contextlib import contextmanager

import pytest
from starlette.testclient import TestClient

from pages import serving
from pages.config import AppConfig
from pages.layout import DELETE_CACHE
from pages.web.crowd_gate import MAX_AT_ONCE, MAX_WAITING
from pages.web.opening import MAX_SESSIONS
from pages.web.upload_gate import MAX_FILE_BYTES
from tests.coroutines import run_coroutine
from tests.pages.web.test_surface import JOIN, RUN, make_app

BEHIND_PROXY = {"host": "0.0.0.0", "behind_proxy": True}  # noqa: S104 (nothing listens)


@contextmanager
def open_app(folder, **config):
    """Yield a client of the page and what answers a search, which waits until it is let go."""
    app = run_coroutine(make_app(folder, **config))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        client.get("/gradio_api/startup-events")
        page, go = app.get_blocks(), threading.Event()
        event = next(one for one in page.fns.values() if one.concurrency_id == "compare" and len(one.inputs) > 3)
        search = event.fn

        @functools.wraps(search)
        def wait_and_search(*values):
            assert go.wait(30)
            return search(*values)

        event.fn = wait_and_search
        try:
            yield client, event, go
        finally:
            go.set()


def join(client, event, session, visitor="8.8.8.8"):
    data = [10 if block.get_block_name() == "slider" else "" for block in event.inputs]
    sent = {"data": data, "fn_index": event._id, "session_hash": session}
    return client.post(JOIN, json=sent, headers={"x-forwarded-for": visitor})


def test_queue_takes_so_many_that_nobody_reads_then_says_busy_and_goes_on(tmp_path):
    with open_app(tmp_path) as (client, event, go):
        answers = [join(client, event, f"unread {number}") for number in range(MAX_AT_ONCE + 20)]
        refused = [one for one in answers if one.status_code != 200]
        # One is at work, the others wait.
        assert MAX_AT_ONCE <= len(answers) - len(refused) <= MAX_AT_ONCE + 1
        assert {(one.status_code, one.headers["retry-after"]) for one in refused} == {(503, "5")}
        go.set()
        assert client.post(RUN, json={"data": ["sql"]}).status_code == 200


def test_one_visitor_can_not_fill_the_queue(tmp_path):
    with open_app(tmp_path, **BEHIND_PROXY) as (client, event, _):
        answers = [join(client, event, f"unread {number}") for number in range(MAX_WAITING + 20)]
        taken = [one.status_code for one in answers].count(200)
        assert MAX_WAITING <= taken <= MAX_WAITING + 1
        assert {one.status_code for one in answers[taken:]} == {429}
        assert join(client, event, "another", visitor="9.9.9.9").status_code == 200


def test_answers_that_nobody_fetches_are_kept_for_so_many_sessions(tmp_path):
    with open_app(tmp_path) as (client, event, go):
        go.set()
        queue = client.app.get_blocks()._queue
        for number in range(MAX_SESSIONS + 40):
            queue.pending_messages_per_session[f"before {number}"] = asyncio.Queue()
        assert join(client, event, "last").status_code == 200
        assert "last" in queue.pending_messages_per_session
        assert len(queue.pending_messages_per_session) <= MAX_SESSIONS


@pytest.mark.parametrize(("uploads", "most"), [(0, 0), (30, MAX_FILE_BYTES)])
def test_page_is_launched_within_its_bounds(monkeypatch, tmp_path, uploads, most):
    launched = {}
    for name in ("no_proxy", "NO_PROXY"):
        # Set by what is called, and set back after the test.
        monkeypatch.setenv(name, "")

    async def launch():
        page = (await make_app(tmp_path)).get_blocks()
        monkeypatch.setattr(page, "launch", lambda **options: launched.update(options))
        monkeypatch.setattr(page, "block_thread", lambda: None)
        serving.launch(page, AppConfig(models=("x",), uploads=uploads), {})
        return page

    page = run_coroutine(launch())
    assert (launched["max_file_size"], launched["state_session_capacity"]) == (most, MAX_SESSIONS)
    assert not launched["enable_monitoring"]
    assert not launched["run_history"]
    assert page.delete_cache == DELETE_CACHE
