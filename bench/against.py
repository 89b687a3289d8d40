"""The command `python -m bench.against CHECKOUT`: this app beside that of another commit, on one machine, in turns."""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated, get_args

import anyio
import httpx
import tyro

from bench.browser import ROOT, start_app
from bench.load import TIMEOUT, Target, Way, crowd, draw_queries, find_target
from search.cli import run_command

LONE_QUERIES = 30


@dataclass(frozen=True)
class AgainstConfig:
    """The options of `python -m bench.against`."""

    former: Annotated[Path, tyro.conf.Positional]  # a checkout of the other commit
    dataset: Path = Path("build/dataset")  # a dataset folder that both read
    model: Path = Path("build/model")  # a model folder that both read
    runs: int = 5  # starts of each app
    clients: int = 50  # visitors at once
    seconds: float = 60  # how long they ask
    loop: bool = False  # time dataset, training and benchmark too, in copies of both trees: 5 to 30 minutes


def compare_commits(config: AgainstConfig) -> None:
    """Print how long each tree takes, and ours as a share of the former's."""
    print("                         former     ours   ours/former")
    options = ["--dataset", str(config.dataset.resolve()), "--tuned", str(config.model.resolve())]
    trees = (config.former.resolve(), ROOT)
    with tempfile.TemporaryDirectory() as name:
        apps = [partial(_serve, tree, Path(name) / str(number), options) for number, tree in enumerate(trees)]
        for app in apps:
            # The first start makes vectors and converts models.
            _start(app)
        starts = [[_start(app) for app in apps] for _ in range(config.runs)]
        _report("start to answer, s", *map(statistics.median, zip(*starts, strict=True)))
        queries = draw_queries(str(config.dataset))
        _report("a query by HTTP, ms", *(_ask_alone(app, list(islice(queries, LONE_QUERIES))) for app in apps))
        for way in get_args(Way):
            _report(f"answers a second, {way}", *(_ask_at_once(app, way, queries, config) for app in apps))
    if config.loop:
        _report("dataset to benchmark, s", *map(_time_loop, trees))


App = Callable[[], AbstractContextManager[str]]


@contextmanager
def _serve(tree: Path, work: Path, options: Sequence[str]) -> Iterator[str]:
    work.mkdir(exist_ok=True)
    own = ["--cache", str(work / "index"), "--votes", str(work / "votes")]
    with start_app([*options, *own], work / "app.log", root=tree) as (url, _):
        yield url


def _start(app: App) -> float:
    """Return the seconds from an app's start to its first answer."""
    started = time.perf_counter()
    with app() as url:
        _ask(Target(url, "api"), "data analyst, SQL")
        return time.perf_counter() - started


def _ask(target: Target, query: str) -> None:
    async def ask() -> int:
        async with httpx.AsyncClient(timeout=TIMEOUT) as client:
            return (await target.ask(client, query, "single"))[0]

    if (status := anyio.run(ask)) != 200:
        raise ValueError(f"expected an answer of {target.url}, got status {status}")


def _ask_alone(app: App, queries: Sequence[str]) -> float:
    """Return the median milliseconds of a visitor's queries, one after the other."""
    with app() as url:
        target, taken = Target(url, "api"), []
        for query in queries:
            started = time.perf_counter()
            _ask(target, query)
            taken.append(1000 * (time.perf_counter() - started))
        return statistics.median(taken)


def _ask_at_once(app: App, way: Way, queries: Iterator[str], config: AgainstConfig) -> float:
    """Return a crowd's answers a second."""
    with app() as url:
        target = find_target(url, way)
        anyio.run(crowd, target, queries, 1, 3)
        tally = anyio.run(crowd, target, queries, config.clients, config.seconds)
        for what, count in tally.failures.most_common(1):
            print(f"  {count} times {what}")
        return len(tally.seconds) / config.seconds


def _time_loop(tree: Path) -> float:
    """Return the seconds of `make benchmark` in a copy of a tree, with this environment."""
    environment = Path(sys.prefix)
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / "tree"
        shutil.copytree(tree, copy, ignore=shutil.ignore_patterns("build", ".venv", ".git"))
        started = time.perf_counter()
        made = ["make", "-o", f"{environment}/.ready", "benchmark", f"VENV={environment}"]
        subprocess.run(made, cwd=copy, check=True, capture_output=True)  # noqa: S603 (ours)
        return time.perf_counter() - started


def _report(what: str, former: float, ours: float) -> None:
    print(f"{what:<24} {former:>7.1f}  {ours:>7.1f}   {ours / former:>11.2f}", flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    return run_command(compare_commits, argv, prog="python -m bench.against")


if __name__ == "__main__":
    sys.exit(main())
