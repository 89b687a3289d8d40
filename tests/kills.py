"""kill -9 at random moments of each command that writes: afterwards old or new is there, whole, and running again works.

`python -m tests.kills --kills 100` takes some minutes. Commands run in forks of this process, so that no time goes
into imports. Every second kill comes at a moment drawn from the command's time, every other one just before one of its
file operations, as the moments between these are short.
"""

import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

os.environ |= {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}

import pytest
import tyro

from data.__main__ import main as data_main
from data.dataset import load_job_dataset
from data.judgments.files import read_judgments
from data.manifest import BuildRecord
from data.votes import VoteLog, read_votes
from search.benchmark_report import BenchmarkReport
from search.encoding.loading import load_encoder
from search.index.storage import load_or_build_indexes
from search.leftovers import tell_copies
from tests.conftest import open_hub, small_corpus
from tests.data.test_votes import VOTE
from tests.search.encoding.models import save_tiny_model
from train.__main__ import main as train_main
from train.benchmark import main as benchmark_main
from train.publish import main as publish_main

# What tells of an operation on a file, of Python's audit events.
OPERATIONS = ("open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate", "os.chmod", "shutil.rmtree")
VOTES = 30


def run_fork(work: Callable[[], object], *, folder: Path, kill_at: int = 0, kill_after: float = 0) -> tuple[int, int]:
    """Run in a fork; kill it before its file operation of a number, or after seconds.

    Returns:
        The exit status, -9 for killed, and how many operations on files of the folder there were.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            watch_files(folder, writer, kill_at)
            status = int(work() or 0)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writer)
    if kill_after:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reader, "rb") as pipe:
        operations = len(pipe.read())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), operations


def watch_files(folder: Path, writer: int, kill_at: int) -> None:
    """Write a byte for each operation on the folder's files; end this process at the wanted one."""
    count = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal count
        if event in OPERATIONS and str(folder) in str(arguments[0]):
            count += 1
            os.write(writer, b".")
            if count == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


@dataclass
class Command:
    """What is killed, and what must hold after that, and after one more run."""

    name: str
    run: Callable[[], object]
    check: Callable[[], object]
    out: Path
    before: Callable[[], object] = lambda: None
    operations: int = 0
    seconds: float = 0.0
    told: Counter[str] = field(default_factory=Counter)

    def must(self, work: Callable[[], object], folder: Path) -> int:
        """Run in a fork what must end well; return the number of its file operations."""
        status, operations = run_fork(work, folder=folder)
        if status:
            raise SystemExit(f"{self.name}: ended with {status}, see above")
        return operations

    def prepare(self, folder: Path) -> None:
        """Run unbroken, to know its time and its file operations."""
        self.before()
        started = time.monotonic()
        self.operations = self.must(self.run, folder)
        self.seconds = time.monotonic() - started
        self.must(self.check, folder)

    def kill(self, folder: Path, rng: random.Random, *, by_time: bool) -> None:
        """Kill a run, see that what it left is whole, run again."""
        status = 0
        while status != -signal.SIGKILL:
            self.before()
            at = (
                {"kill_after": rng.uniform(0.01, self.seconds)}
                if by_time
                else {"kill_at": rng.randint(1, self.operations)}
            )
            status, _ = run_fork(self.run, folder=folder, **at)
            # A run that was over before its moment came is no kill; the next is struck at an operation.
            by_time = False
        self.told["killed"] += 1
        if self.out.exists():
            self.must(self.check, folder)
        elif not tell_copies(self.out):
            raise SystemExit(f"{self.name}: killed at {at}, and its output is gone")
        else:
            self.told["between two renames"] += 1
        self.must(self.run, folder)
        self.must(self.check, folder)


def read_all(log: Path, said: Path) -> None:
    """See that all votes that were confirmed are kept."""
    kept = {vote.assignment_seed for vote in read_votes(log.glob("*.jsonl"))}
    lost = set(said.read_text().split()) - kept if said.exists() else set()
    assert not lost, f"{len(lost)} confirmed votes are lost"


def cast(log: Path, said: Path) -> None:
    """Cast votes, and say which are confirmed."""
    from dataclasses import replace  # noqa: PLC0415

    votes = VoteLog(log)
    for _ in range(VOTES):
        seed = os.urandom(8).hex()
        votes.append(replace(VOTE, assignment_seed=seed))
        with said.open("a") as file:
            file.write(f"{seed}\n")


def check_dataset(folder: Path) -> None:
    assert BuildRecord.load(folder / "build.json").dataset_hash == load_job_dataset(str(folder)).dataset_hash


def check_published(hub, model: Path, before: dict[str, bytes]) -> None:
    """The last commit holds all of the model, of this turn or of the one before."""
    files = hub.repo("model", "alice/jobs-model").files
    if files == before:
        return
    for path in (path for path in model.rglob("*") if path.is_file() and path.name != "README.md"):
        assert files[path.relative_to(model).as_posix()] == path.read_bytes(), path


def fill_grades(pool: Path, grades: Path) -> None:
    rows = [json.loads(line) | {"grade": 2} for line in pool.read_text().splitlines()]
    grades.write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def make_commands(folder: Path, hub) -> list[Command]:
    """Return the seven commands, each over what the ones before it made."""
    base, source, cache = folder / "tiny" / "model", folder / "listings.jsonl", folder / "cache"
    dataset, model, report = folder / "dataset", folder / "model", folder / "benchmark.json"
    source.write_text("".join(f"{json.dumps(row)}\n" for row in small_corpus(40)))
    queries, pool, grades, judged = (folder / name for name in ("q.jsonl", "pool.jsonl", "grades.jsonl", "judged"))
    queries.write_text('{"query": "skill1 and tool2"}\n{"query": "skill3 in Town"}\n')
    given = ["--queries", "given", "--encoder", str(base), "--cache", str(cache)]
    judge = ["judge", "--dataset", str(dataset), "--systems", "bm25", "--queries", str(queries)]
    index, votes, said = folder / "index", folder / "votes", folder / "said.txt"

    def encode() -> None:
        load_or_build_indexes(load_encoder(str(base)), load_job_dataset(str(dataset)).listings, index)

    def grade() -> int:
        if not pool.exists():
            assert data_main([*judge, "--pool", str(pool)]) == 0
            fill_grades(pool, grades)
        return data_main([*judge, "--grades", str(grades), "--assessor", "Ann", "--out", str(judged), "--overwrite"])

    published: dict[str, bytes] = {}

    def touch() -> None:
        (model / "README.md").write_text(f"turn {time.monotonic()}")
        published.clear()
        if hub.has_repo("model", "alice/jobs-model"):
            published.update(hub.repo("model", "alice/jobs-model").files)

    train = ["--dataset", str(dataset), "--base", str(base), "--out", str(model), "--cache", str(cache)]
    publish = ["--dataset", str(dataset), "--model", str(model), "--space", "alice/jobs", "--only", "model"]
    systems = ["--systems", f"base={base}", f"tuned={model}", "bm25", "--json", str(report), "--brief"]
    return [
        Command("build", lambda: data_main(["build", "--source", str(source), "--out", str(dataset), *given, "--overwrite"]),
                partial(check_dataset, dataset), dataset),
        Command("train", lambda: train_main([*train, "--epochs", "3", "--batch", "8", "--patience", "9", "--overwrite", "--resume"]),
                lambda: load_encoder(str(model)) and None, model),
        Command("benchmark", lambda: benchmark_main(["--dataset", str(dataset), *systems, "--cache", str(cache)]),
                lambda: BenchmarkReport.load(report) and None, report),
        Command("index", encode, encode, index, before=lambda: shutil.rmtree(index, ignore_errors=True) or index.mkdir()),
        Command("judge", grade, lambda: read_judgments(judged) and None, judged),
        Command("publish", lambda: publish_main(publish), lambda: check_published(hub, model, published), model, before=touch),
        Command("vote", partial(cast, votes, said), partial(read_all, votes, said), votes),
    ]  # fmt: skip


def find_leftovers(folder: Path) -> list[str]:
    """Name what runs have left beside their outputs."""
    found = (path for path in folder.rglob("*") if ".partial" in path.name or ".former-" in path.name)
    return sorted(str(path.relative_to(folder)) for path in found)


def main(kills: int = 14, seed: int = 1, only: tuple[str, ...] = ()) -> None:
    """Kill commands so many times in all, all of them or some by name, and print what was met."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch, open_hub(patch) as hub:
        folder = Path(name).resolve()
        run_fork(lambda: save_tiny_model(folder / "tiny") and None, folder=folder)
        commands = [one for one in make_commands(folder, hub) if not only or one.name in only]
        for number in range(kills):
            command = commands[number % len(commands)]
            if not command.operations:
                command.prepare(folder)
            command.kill(folder, rng, by_time=number // len(commands) % 2 == 0)
        left = find_leftovers(folder)
        for command in commands[:kills]:
            print(f"{command.name:<10} {dict(command.told)}")
        assert not left, left
    print(f"{kills} kills, nothing lost, nothing half written, nothing left behind")


if __name__ == "__main__":
    tyro.cli(main)
