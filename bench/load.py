"""A crowd on loopback: `python -m bench.load --clients 50 --seconds 60` after `make demo`."""

import asyncio
import hashlib
import itertools
import json
import os
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import anyio
import httpx

from bench.browser import start_app
from data.dataset import load_job_dataset
from search.cli import run_command

# What the server says where it refuses: too many requests of one visitor, or of all.
REFUSED = (429, 503)
# Seconds that a refused client waits at most, as a person would who reads the line.
MAX_WAIT = 2.0
# The page's milliseconds, as they stand in JSON.
SPEED = re.compile(r'<span class=\\"sl-speed\\".*?</span>')
CHECKED = 150
TIMEOUT = httpx.Timeout(120.0)
Way = Literal["api", "page"]


@dataclass
class Tally:
    """What a crowd got: seconds of each answer, a digest of it by query, and how many were refused or failed."""

    seconds: list[float] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    refused: int = 0
    failures: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Target:
    """The app under load: by its API, or by the event behind the page's button."""

    url: str
    way: Way
    event: int = 0
    data: tuple[object, ...] = ()

    async def ask(self, client: httpx.AsyncClient, query: str, session: str) -> tuple[int, Any]:
        """Ask for a comparison; return the status, and what came."""
        if self.way == "api":
            sent = {"data": [query, 10, *[""] * 5, "on", "", "", "base", "tuned"]}
            response = await client.post(f"{self.url}gradio_api/run/compare", json=sent)
            return response.status_code, response.json()["data"] if response.is_success else response.text
        data = ["", query, *self.data[2:]]
        sent = {"data": data, "fn_index": self.event, "session_hash": session, "trigger_id": None}
        joined = await client.post(f"{self.url}gradio_api/queue/join", json=sent)
        if not joined.is_success:
            return joined.status_code, joined.text
        return await self._listen(client, session)

    async def _listen(self, client: httpx.AsyncClient, session: str) -> tuple[int, Any]:
        address = f"{self.url}gradio_api/queue/data"
        async with client.stream("GET", address, params={"session_hash": session}) as stream:
            async for line in stream.aiter_lines():
                message = json.loads(line[5:]) if line.startswith("data:") else {}
                if message.get("msg") == "process_completed":
                    return (200 if message["success"] else 500), message["output"].get("data")
                if message.get("msg") == "unexpected_error":
                    break
        return 500, "the stream ended without an answer"


def find_target(url: str, way: Way) -> Target:
    """Find what is asked; the page's event by its button and its number of inputs."""
    if way == "api":
        return Target(url, way)
    config = httpx.get(f"{url}config", timeout=TIMEOUT).json()
    button = next(one["id"] for one in config["components"] if one["props"].get("elem_id") == "sl-go")
    event = next(one for one in config["dependencies"] if [button, "click"] in one["targets"])
    values = {one["id"]: one["props"].get("value") for one in config["components"]}
    return Target(url, way, event["id"], tuple(values[each] or "" for each in event["inputs"]))


def digest(answer: Any) -> str:
    """Return what tells two answers apart, but for how long each took."""
    text = SPEED.sub("", json.dumps(answer, sort_keys=True))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def draw_queries(dataset: str) -> Iterator[str]:
    """Yield the dataset's queries, then their pairs: each text once."""
    found = load_job_dataset(dataset)
    texts = list(dict.fromkeys(query.text for split in found.triplets for query in found.queries(split)))
    yield from texts
    yield from (f"{first}, {second}" for first, second in itertools.permutations(texts, 2))


async def visit(target: Target, queries: Iterator[str], deadline: float, tally: Tally, number: int) -> None:
    """Ask one query after another, as a visitor would who never reads."""
    async with httpx.AsyncClient(timeout=TIMEOUT) as client:
        while True:
            query, started = next(queries), time.monotonic()
            if started > deadline:
                return
            try:
                status, answer = await target.ask(client, query, f"visitor{number}")
            except (httpx.HTTPError, ValueError, KeyError) as error:
                tally.failures[f"{type(error).__name__}: {str(error)[:60]}"] += 1
                continue
            if status == 200:
                tally.seconds.append(time.monotonic() - started)
                tally.digests[query] = digest(answer)
            elif status in REFUSED:
                tally.refused += 1
                await asyncio.sleep(MAX_WAIT)
            else:
                tally.failures[f"{status}: {str(answer)[:60]}"] += 1


async def crowd(target: Target, queries: Iterator[str], clients: int, seconds: float) -> Tally:
    """Let many visitors ask at once."""
    tally, deadline = Tally(), time.monotonic() + seconds
    await asyncio.gather(*(visit(target, queries, deadline, tally, number) for number in range(clients)))
    return tally


async def crowd_and_memory(
    target: Target, queries: Iterator[str], clients: int, seconds: float, process: int
) -> tuple[Tally, float]:
    """Let many visitors ask at once; return what they got, and the app's resident memory halfway, in MB."""

    async def look() -> float:
        await asyncio.sleep(seconds / 2)
        return resident_mb(process)

    tally, halfway = await asyncio.gather(crowd(target, queries, clients, seconds), look())
    return tally, halfway


async def count_wrong(target: Target, tally: Tally) -> int:
    """Ask the crowd's first queries once more, one by one; return how many answers differ.

    Their answers are not in the app's memory any more where the crowd asked enough others.
    """
    wrong = 0
    async with httpx.AsyncClient(timeout=TIMEOUT) as client:
        for number, (query, known) in enumerate(list(tally.digests.items())[:CHECKED]):
            _, answer = await target.ask(client, query, f"single{number}")
            wrong += digest(answer) != known
    return wrong


def resident_mb(process: int) -> float:
    """Return a process's resident memory in MB; 0 where the system does not tell."""
    path = Path(f"/proc/{process}/status")
    lines = path.read_text().splitlines() if path.is_file() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


def busy_seconds(process: int) -> float:
    """Return how long a process's threads have been at work, in seconds; 0 where the system does not tell."""
    path = Path(f"/proc/{process}/stat")
    fields = path.read_text().rpartition(")")[2].split() if path.is_file() else ["0"] * 13
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def report(way: Way, clients: int, seconds: float, tally: Tally, *, busy: float, wrong: int) -> None:
    """Print one crowd's line; `busy` is the app's processor time in seconds."""
    times = sorted(tally.seconds) or [0.0]
    p95 = statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
    print(
        f"{way}: {clients} clients for {seconds:.0f} s: {len(tally.seconds) / seconds:.1f} answers a second, "
        f"{1000 * busy / max(1, len(times)):.0f} ms of a processor each, "
        f"p50 {statistics.median(times):.2f} s, p95 {p95:.2f} s, {tally.refused} refused, "
        f"{sum(tally.failures.values())} errors, {wrong} of {min(CHECKED, len(tally.digests))} unlike the single visitor's"
    )
    for what, count in tally.failures.most_common(3):
        print(f"  {count} times {what}")


def load(
    clients: int = 50, seconds: float = 60, dataset: str = "build/dataset", ways: tuple[Way, ...] = ("api", "page")
) -> None:
    """Load the app, by its API and by the page's event, and hold the answers against a single visitor's.

    Args:
        clients: visitors at once
        seconds: how long they ask
        dataset: a dataset folder
        ways: which way they ask
    """
    queries = draw_queries(dataset)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        options = ["--dataset", dataset, "--votes", str(folder / "votes")]
        with start_app(options, folder / "app.log") as (url, process):
            anyio.run(crowd, find_target(url, "api"), queries, 1, 3)
            for way in ways:
                before = resident_mb(process)
                target = find_target(url, way)
                started = busy_seconds(process)
                tally, halfway = anyio.run(crowd_and_memory, target, queries, clients, seconds, process)
                busy = busy_seconds(process) - started
                after = resident_mb(process)
                report(way, clients, seconds, tally, busy=busy, wrong=anyio.run(count_wrong, target, tally))
                print(
                    f"  resident memory over {len(tally.seconds):,} answers: {before:.0f} MB before, {halfway:.0f} MB "
                    f"halfway, {after:.0f} MB after"
                )
        print(f"lines of traceback in the log: {(folder / 'app.log').read_text().count('Traceback')}")


if __name__ == "__main__":
    sys.exit(run_command(load, prog="python -m bench.load"))
