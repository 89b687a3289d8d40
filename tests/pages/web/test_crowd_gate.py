"""How many requests are taken, of all and of each visitor."""

import asyncio
from types import SimpleNamespace

import httpx
import pytest
from starlette.responses import PlainTextResponse

from pages.web import crowd_gate
from pages.web.crowd_gate import BURST, MAX_AT_ONCE, MAX_OF_ONE, MAX_STREAMS, CrowdGate, Rates, visitor_of
from tests.coroutines import run_coroutine

NO_QUEUE = SimpleNamespace(event_queue_per_concurrency_id={})
RUN, DATA = "/gradio_api/run/compare", "/gradio_api/queue/data"


@pytest.mark.parametrize(
    ("client", "forwarded", "trusts_proxy", "visitor"),
    [
        ("203.0.113.5", [], False, "203.0.113.5"),
        # Whoever may write the header is believed nothing.
        ("198.51.100.7", ["8.8.8.8"], False, "198.51.100.7"),
        ("10.0.0.1", ["8.8.8.8"], True, "8.8.8.8"),
        # The first may be a visitor's own invention; the last are the proxies within.
        ("10.0.0.1", ["1.1.1.1, 8.8.8.8, 10.0.0.9"], True, "8.8.8.8"),
        ("10.0.0.1", ["1.1.1.1", "8.8.8.8"], True, "8.8.8.8"),
        ("10.0.0.1", ["nonsense"], True, "10.0.0.1"),
        ("2600:1f18::1", [], False, "2600:1f18::"),
        ("2600:1f18::2:2", [], False, "2600:1f18::"),
        ("/run/app.sock", [], False, "/run/app.sock"),
    ],
)
def test_visitor_is_the_address_that_a_trusted_party_saw(client, forwarded, trusts_proxy, visitor):
    headers = [(b"x-forwarded-for", one.encode()) for one in forwarded]
    assert visitor_of({"type": "http", "client": (client, 1), "headers": headers}, trusts_proxy=trusts_proxy) == visitor


def test_visitor_has_a_burst_then_a_rate_and_others_have_their_own():
    now = [0.0]
    rates = Rates(clock=lambda: now[0])
    assert [rates.take("a") for _ in range(BURST)] == [0] * BURST
    assert rates.take("a") == pytest.approx(1 / crowd_gate.PER_SECOND)
    assert rates.take("b") == 0
    now[0] += 1 / crowd_gate.PER_SECOND
    assert rates.take("a") == 0
    assert rates.take("a") > 0
    now[0] += 3600
    assert [rates.take("a") for _ in range(BURST + 1)].count(0) == BURST


def test_visitors_that_are_counted_are_bounded(monkeypatch):
    monkeypatch.setattr(crowd_gate, "MAX_VISITORS", 3)
    rates = Rates()
    for number in range(10):
        rates.take(str(number))
    assert list(rates._left) == ["7", "8", "9"]


def ask(count, *, method="POST", path=RUN, tells_apart=True, clients=("8.8.8.8",)):
    """Ask `count` times at once, one client after the other, of an app that answers when all were asked."""

    async def run():
        release = asyncio.Event()

        async def app(scope, receive, send):
            await release.wait()
            await PlainTextResponse("answered")(scope, receive, send)

        gate = CrowdGate(app, tells_apart=tells_apart, trusts_proxy=False, queue=NO_QUEUE)
        opened = [
            httpx.AsyncClient(transport=httpx.ASGITransport(gate, client=(one, 1)), base_url="http://x")
            for one in clients
        ]
        asked = [asyncio.create_task(opened[n % len(opened)].request(method, path)) for n in range(count)]
        await asyncio.sleep(0.2)
        release.set()
        answers = await asyncio.gather(*asked)
        again = await opened[0].request("GET", "/other")
        for one in opened:
            await one.aclose()
        return answers, again.status_code, gate

    answers, again, gate = run_coroutine(run())
    assert again == 200
    # Nothing is kept of who was answered.
    assert (gate._at_work, gate._streams) == ({}, {})
    return answers


@pytest.mark.parametrize(
    ("options", "taken", "status"),
    [
        ({"tells_apart": False}, MAX_AT_ONCE, 503),
        ({"tells_apart": True}, MAX_OF_ONE, 429),
        ({"tells_apart": True, "clients": [f"8.8.8.{n}" for n in range(8)]}, MAX_AT_ONCE, 503),
        ({"tells_apart": True, "method": "GET", "path": DATA}, MAX_STREAMS, 429),
        ({"tells_apart": False, "method": "GET", "path": DATA}, 90, None),
        ({"tells_apart": True, "method": "GET", "path": "/assets/index.js"}, 90, None),
    ],
)
def test_what_is_too_much_is_refused_with_the_time_to_wait(options, taken, status):
    answers = ask(90, **options)
    refused = [one for one in answers if one.status_code != 200]
    assert (len(answers) - len(refused), {one.status_code for one in refused}) == (taken, {status} - {None})
    for one in refused:
        assert int(one.headers["retry-after"]) >= 1
        assert "ask again in" in one.json()["error"].lower()
        assert one.json()["detail"] == one.json()["error"]


def test_full_queue_of_gradio_tells_the_time_too():
    async def app(scope, receive, send):
        await PlainTextResponse("Queue is full.", 503)(scope, receive, send)

    async def run():
        transport = httpx.ASGITransport(CrowdGate(app, tells_apart=False, trusts_proxy=False, queue=NO_QUEUE))
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return await client.post("/gradio_api/queue/join")

    assert run_coroutine(run()).headers["retry-after"] == "5"
