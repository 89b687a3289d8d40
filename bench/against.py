"""The command `python -m bench.against CHECKOUT`: this app beside that of another commit, in turns."""

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

LONE_QUERIES, MAX_QUERIES = 40, 20_000
VISITED = ("a query by HTTP, ms", *(f"answers a second, {way}" for way in get_args(Way)))


@dataclass(frozen=True)
class AgainstConfig:
    """The options of `python -m bench.against`."""

    former: Annotated[Path, tyro.conf.Positional]  # a checkout of the other commit
    dataset: Path = Path("build/dataset")  # a dataset folder that both read
    model: Path = Path("build/model")  # a model folder that both read
    runs: int = 5  # starts of each app
    clients: int = 50  # visitors at once
    seconds: float = 30  # how long they ask by each way, twice
    loop: bool = False  # time dataset, training and benchmark too, in copies of both trees: 5 to 30 minutes


def compare_commits(config: AgainstConfig) -> None:
    """Print how long each tree takes, and ours as a share of the former's."""
    print("                         former     ours   ours/former")
    options = ["--dataset", str(config.dataset.resolve()), "--tuned", str(config.model.resolve())]
    trees = (config.former.resolve(), ROOT)
    queries = list(islice(draw_queries(str(config.dataset)), MAX_QUERIES))
    with tempfile.TemporaryDirectory() as name:
        apps = [partial(_serve, tree, Path(name) / str(number), options) for number, tree in enumerate(trees)]
        for app in apps:
            # The first start makes vectors and converts models.
            _start(app)
        starts = [[_start(app) for app in apps] for _ in range(config.runs)]
        _report("start to answer, s", *map(statistics.median, zip(*starts, strict=True)))
        # Former, ours, ours, former: what changes with time falls on both.
        visits = [[_visit(app, queries, config) for app in order] for order in (apps, apps[::-1])]
        for number, what in enumerate(VISITED):
            former, ours = ((visits[0][at][number] + visits[1][1 - at][number]) / 2 for at in (0, 1))
            _report(what, former, ours)
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
        anyio.run(_ask_in_a_row, Target(url, "api"), ["data analyst, SQL"])
        return time.perf_counter() - started


async def _ask_in_a_row(target: Target, queries: Sequence[str]) -> float:
    """Ask one query after another as one visitor; return the median milliseconds."""
    taken = []
    async with httpx.AsyncClient(timeout=TIMEOUT) as client:
        for query in queries:
            started = time.perf_counter()
            status, _ = await target.ask(client, query, "single")
            taken.append(1000 * (time.perf_counter() - started))
            if status != 200:
                raise ValueError(f"expected an answer of {target.url}, got status {status}; see that both trees run")
    return statistics.median(taken)


def _visit(app: App, queries: Sequence[str], config: AgainstConfig) -> list[float]:
    """Return a lone visitor's milliseconds, and a crowd's answers a second by each way."""
    with app() as url:
        # The connection is made with the first.
        taken = [anyio.run(_ask_in_a_row, Target(url, "api"), queries[: LONE_QUERIES + 1])]
        left = iter(queries[LONE_QUERIES + 1 :])
        for way in get_args(Way):
            tally = anyio.run(crowd, find_target(url, way), left, config.clients, config.seconds)
            for what, count in tally.failures.most_common(1):
                print(f"  {count} times {what}")
            taken.append(len(tally.seconds) / config.seconds)
        return taken


def _time_loop(tree: Path) -> float:
    """Return the seconds of `make benchmark` in a copy of a tree, with this environment."""
    environment = Path(sys.prefix)
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / "tree"
        shutil.copytree(tree, copy, ignore=shutil.ignore_patterns("build", ".venv", ".git"))
        started = time.perf_counter()
        made = ["make", "-o", f"{environment}/.ready", "benchmark", f"VENV={environment}"]
        if subprocess.run(made, cwd=copy, stdout=subprocess.DEVNULL).returncode:  # noqa: S603 (ours)
            raise ValueError(f"expected `make benchmark` of {tree} to end well, it did not; see above")
        return time.perf_counter() - started


def _report(what: str, former: float, ours: float) -> None:
    print(f"{what:<24} {former:>7.1f}  {ours:>7.1f}   {ours / former:>11.2f}", flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    return run_command(compare_commits, argv, prog="python -m bench.against")


if __name__ == "__main__":
    sys.exit(main())
