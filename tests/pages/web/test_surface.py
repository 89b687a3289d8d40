"""The web app that Gradio makes of the page, asked for what it should not give; with fake models and no socket."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from gradio.routes import App
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from data.votes import VoteLog
from pages.api import build_endpoints
from pages.blind import BlindTest
from pages.config import AppConfig
from pages.context import PageContext
from pages.layout import build_page
from pages.map import Maps
from pages.visits import Visits
from pages.web.opening import open_surface
from pages.web.surface import MAX_BODY_BYTES, MAX_DEPTH
from tests.comparison.test_systems import make_systems
from tests.coroutines import run_coroutine

RUN, JOIN, MCP = "/gradio_api/run/compare", "/gradio_api/queue/join", "/gradio_api/mcp/"
KIND = {"content-type": "application/json"}


async def make_app(folder: Path, **config: Any) -> App:
    """Lay out the page; in a loop of its own, as Gradio opens one where there is none and leaves it open."""
    context = PageContext(make_systems())
    blind = BlindTest(context, VoteLog(folder), ("b", "t"), ["sql"])
    endpoints = build_endpoints(context)
    texts = {"header": "", "evidence": "", "about": ""}
    page = build_page(Visits(context), Maps(context, folder), blind, endpoints, **texts)
    options = open_surface(page, AppConfig(models=("x",), **config), endpoints)
    return App.create_app(page, app_kwargs=options, mcp_server=True)


@pytest.fixture(scope="module")
def client(tmp_path_factory) -> Iterator[TestClient]:
    app = run_coroutine(make_app(tmp_path_factory.mktemp("surface")))
    # What fails is raised here, as it would stand in the log.
    with TestClient(app, base_url="http://127.0.0.1") as client:
        # As `launch` does: it starts the queue.
        client.get("/gradio_api/startup-events")
        yield client


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/gradio_api/file=/etc/passwd"),
        ("GET", "/gradio_api/file/etc/passwd"),
        ("GET", "/gradio_api/proxy=https://x.hf.space/"),
        ("GET", "/gradio_api/deep_link?session_hash=a"),
        ("GET", "/gradio_api/runs"),
        ("GET", "/gradio_api/run-history/buckets"),
        ("POST", "/gradio_api/run-history/connect"),
        ("GET", "/gradio_api/dev/reload"),
        ("GET", "/gradio_api/custom_component/a/client/b/c"),
        ("GET", "/gradio_api/stream/a/b/c/playlist.m3u8"),
        ("POST", "/gradio_api/stream/a"),
        ("POST", "/gradio_api/component_server"),
        ("POST", "/gradio_api/process_recording"),
        ("POST", "/gradio_api/vibe-edit"),
        ("GET", "/gradio_api/vibe-code"),
        ("GET", "/monitoring"),
        ("GET", "/monitoring/summary"),
        ("POST", "/login"),
        ("GET", "/docs"),
        ("GET", "/openapi.json"),
        ("PUT", "/"),
        ("POST", "/"),
    ],
)
def test_routes_that_the_page_does_not_use_are_closed(client, method, path):
    answer = client.request(method, path, **({"json": {}} if method == "POST" else {}))
    assert (answer.status_code, answer.json()["error"]) == (404, "There is nothing here.")


@pytest.mark.parametrize("path", ["/config", "/robots.txt", "/script/map.js", "/gradio_api/info", "/gradio_api/info/"])
def test_routes_of_the_page_are_open_and_say_what_browsers_may_do(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::1", "127.0.0.1@evil.example"])
def test_other_names_than_this_machines_are_not_answered(client, host):
    answer = client.get("/config", headers={"host": host, "origin": "http://evil.example"})
    assert (answer.status_code, answer.text[:8]) == (421, "Expected")


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost", "[::1]:7860", "LOCALHOST:1"])
def test_names_of_this_machine_are_answered(client, host):
    assert client.get("/config", headers={"host": host}).status_code == 200


def deep(levels):
    return b'{"data":' + b"[" * levels + b"]" * levels + b"}"


@pytest.mark.parametrize("path", [RUN, JOIN, "/gradio_api/call/compare", "/gradio_api/cancel"])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b'"text"', 400),
        (b'{"data":[NaN]}', 400),
        (b'{"data":["\\ud800"]}', 400),
        (b'{"data":["\xff"]}', 400),
        (deep(MAX_DEPTH), 400),
        (deep(200_000), 400),
        (b'{"data":["' + b"a" * MAX_BODY_BYTES + b'"]}', 413),
    ],
)
def test_bodies_that_are_no_small_sound_json_are_refused(client, path, body, status):
    answer = client.post(path, content=body, headers=KIND)
    assert (answer.status_code, sorted(answer.json())) == (status, ["detail", "error"])
    assert len(answer.content) < 500


@pytest.mark.parametrize(
    ("path", "sent", "status"),
    [
        (RUN, {}, 422),
        (RUN, [], 422),
        (RUN, {"data": "sql"}, 422),
        (RUN, {"data": []}, 422),
        (RUN, {"data": ["sql"] * 20}, 422),
        (RUN, {"data": [""]}, 422),
        (RUN, {"data": [5]}, 422),
        (RUN, {"data": ["sql", [1]]}, 422),
        ("/gradio_api/run/none", {"data": ["sql"]}, 404),
        # An event of the page by its number, and none.
        ("/gradio_api/run/predict", {"data": ["sql"], "fn_index": 0}, 404),
        ("/gradio_api/run/predict", {"data": ["sql"], "fn_index": "0"}, 404),
        ("/gradio_api/run/predict", {"data": ["sql"]}, 404),
        (JOIN, {"data": [], "fn_index": 99_999, "session_hash": "a"}, 404),
        (JOIN, {"data": [], "fn_index": [1], "session_hash": "a"}, 404),
        (JOIN, {"data": [], "session_hash": "a"}, 404),
        (JOIN, {"data": [], "fn_index": 0, "session_hash": "a" * 100}, 422),
        (JOIN, {"data": [], "fn_index": 0, "session_hash": 5}, 422),
        (JOIN, {"data": ["x"] * 40, "fn_index": 0, "session_hash": "a"}, 422),
        ("/gradio_api/call/none", {"data": []}, 404),
        ("/gradio_api/call/compare", {"data": []}, 422),
        ("/gradio_api/call/v2/none", {"query": "sql"}, 404),
        ("/gradio_api/call/v2/compare", {}, 422),
        ("/gradio_api/call/v2/compare", {"query": "sql", "other": 1}, 422),
    ],
)
def test_calls_that_are_none_of_an_event_are_refused(client, path, sent, status):
    answer = client.post(path, json=sent)
    assert (answer.status_code, sorted(answer.json())) == (status, ["detail", "error"])


def test_endpoint_answers_by_its_name_and_by_its_number(client):
    number = next(one["id"] for one in client.get("/config").json()["dependencies"] if one["api_name"] == "compare")
    answers = [
        client.post(path, json={"data": ["sql"], "fn_index": number}).json()["data"][0]
        for path in (RUN, RUN + "/", "/gradio_api/api/compare", "/gradio_api/run/predict")
    ]
    assert answers == [answers[0]] * 4
    assert [one["listing_id"] for one in answers[0]["base"]] == ["a", "b"]


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/gradio_api/call/v2/compare", {"query": "sql"}),
        ("/gradio_api/call/search", {"data": ["sql", 5.0, *[""] * 5, "on", "", ""]}),
    ],
)
def test_endpoint_answers_by_the_queue_too(client, path, sent):
    event = client.post(path, json=sent).json()["event_id"]
    assert "event: complete" in client.get(f"{path.replace('/v2', '')}/{event}").text


def call_tool(client, arguments, name="compare"):
    sent = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}}
    answer = client.post(MCP, json=sent, headers={"accept": "application/json, text/event-stream"})
    line = next(line for line in answer.text.splitlines() if line.startswith("data:"))
    return json.loads(line[5:])["result"]


def test_tool_answers_with_json_as_text_and_as_structured_content(client):
    found = call_tool(client, {"query": "sql", "k": 5.0})
    assert json.loads(found["content"][0]["text"]) == found["structuredContent"]
    assert [one["listing_id"] for one in found["structuredContent"]["base"]] == ["a", "b"]
    assert not found["isError"]


@pytest.mark.parametrize(
    ("arguments", "name", "message"),
    [
        ({}, "compare", "expected the arguments query, k,"),
        ({"query": ""}, "compare", "expected a query, got an empty one"),
        ({"query": ["secret"]}, "compare", "expected text in `query`, got a list"),
        ({"query": "sql", "secret": 1}, "compare", "got others"),
        ({"query": "sql"}, "secret", "expected one of compare, search, got another name"),
    ],
)
def test_tool_says_what_is_wrong_without_repeating_it(client, arguments, name, message):
    found = call_tool(client, arguments, name)
    assert found["isError"]
    assert message in found["content"][0]["text"]
    assert "secret" not in found["content"][0]["text"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(
        [RUN, JOIN, *(f"/gradio_api/{name}" for name in ("call/search", "call/v2/search", "cancel")), MCP]
    ),
    data=JSON,
    more=JSON,
)
def test_no_json_makes_the_server_fail(client, caplog, capfd, path, data, more):
    caplog.set_level(logging.WARNING)
    caplog.clear()
    for sent in ({"data": data}, {"data": [data, more]}, {"data": more, "fn_index": data, "session_hash": more}, more):
        try:
            body = json.dumps(sent, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            continue
        answer = client.post(path, content=body, headers=KIND | {"accept": "application/json, text/event-stream"})
        assert answer.status_code < 500, answer.text
    told = caplog.text + "".join(capfd.readouterr())
    assert "Traceback" not in told
    # Nothing that was sent is logged whole.
    assert len(told) < 2000


# What the page's widgets send, and what they would not.
SENT = {
    "textbox": st.none() | st.text(max_size=40),
    "html": st.none() | st.text(max_size=40),
    "slider": st.integers(5, 25)
    | st.floats(5, 25)
    | st.none()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False),
    "state": st.none() | st.booleans() | st.text(max_size=10) | st.lists(st.integers(), max_size=2),
}


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(choice=st.data())
def test_no_values_make_an_event_fail(client, capfd, choice):
    """Each event is run as the queue would run it, by values of the kinds of its widgets; numbers may be any."""
    page = client.app.get_blocks()
    events = [one for one in page.fns.values() if one.fn and all(i.get_block_name() in SENT for i in one.inputs)]
    assert any(isinstance(block, gr.Slider) for one in events for block in one.inputs)
    event = choice.draw(st.sampled_from(events))
    data = [choice.draw(SENT[block.get_block_name()]) for block in event.inputs]
    session = "fuzz"
    sent = {"data": data, "fn_index": event._id, "session_hash": session}
    joined = client.post(JOIN, json=sent)
    if joined.status_code == 200:
        with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as stream:
            text = "".join(stream.iter_text())
        assert "process_completed" in text
    else:
        assert joined.status_code == 422, joined.text
        counts = [value for value, block in zip(data, event.inputs, strict=True) if isinstance(block, gr.Slider)]
        assert any(count is None or not 5 <= count <= 25 for count in counts)
    assert "Traceback" not in "".join(capfd.readouterr())


@pytest.mark.parametrize("count", [None, -1, 4, 26, 10**30, 1e308, True, "5", [5]])
def test_a_count_that_the_page_could_not_send_is_refused(client, capfd, count):
    page = client.app.get_blocks()
    event = next(one for one in page.fns.values() if any(isinstance(block, gr.Slider) for block in one.inputs))
    data = [count if isinstance(block, gr.Slider) else None for block in event.inputs]
    sent = {"data": data, "fn_index": event._id, "session_hash": "count"}
    answer = client.post(JOIN, json=sent)
    assert answer.status_code == 422
    assert "from 5 to 25" in answer.text or "JSON" in answer.text
    assert "Traceback" not in "".join(capfd.readouterr())
