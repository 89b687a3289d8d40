"""What all tests share. Sockets other than loopback are refused by pyproject's --allow-hosts."""

import os
import tempfile

# A cache of this run's own: one of before would answer for repositories of the same name.
os.environ["HF_HOME"] = tempfile.mkdtemp(prefix="hf-home-")
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_OFFLINE"] = "1"
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
if "PYTEST_XDIST_WORKER" in os.environ:
    # Before torch is imported: threads of two workers on two cores wait for each other.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import atexit
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
from filelock import FileLock
from hypothesis import settings

from data.build import build_dataset
from data.build_config import BuildConfig
from data.judgments.files import read_judgments, save_judgments
from data.judgments.records import JudgedQuery, Judgment
from data.sources.source import SAMPLE_PATH
from search.encoding.loading import DEFAULT_BASE
from tests.fakes import FakeEncoder
from tests.hub import LocalHub

atexit.register(shutil.rmtree, os.environ["HF_HOME"], ignore_errors=True)
# The same examples each time, and no folder of earlier ones: CI and laptops agree.
settings.register_profile("shortlist", deadline=None, derandomize=True, database=None)
settings.load_profile("shortlist")

ROOT = Path(__file__).parent.parent
TOKEN = "hf_planted_alice"  # noqa: S105 - no secret: the local Hub's own
FAMILY_TITLES = ("Data Scientist", "Data Engineer", "Data Analyst")


@pytest.fixture
def write_lines(tmp_path: Path) -> Callable[..., Path]:
    """Write objects to a JSON Lines file and return its path."""

    def write(*rows: object, name: str = "listings.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def sample_listings() -> list[dict[str, object]]:
    """The rows of the bundled sample."""
    return [json.loads(line) for line in SAMPLE_PATH.read_text(encoding="utf-8").splitlines()]


@contextmanager
def open_hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    """A local Hub that this Python's clients talk to, as alice."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    with LocalHub(tokens={TOKEN: "alice", "hf_bob": "bob"}, read_tokens={"hf_reader": "alice"}) as hub:
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", hub.endpoint)
        template = hub.endpoint + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        yield hub
        assert hub.unknown == []
    huggingface_hub.close_session()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    """A local Hub for one test."""
    with open_hub(monkeypatch) as hub:
        yield hub


def small_corpus(count: int) -> list[dict[str, object]]:
    """Listings with words of their own, so that none is a near-duplicate of another."""
    rows = []
    for number in range(count):
        words = " ".join(f"w{number}x{place}" for place in range(30))
        rows.append(
            {
                "listing_id": f"job-{number:03d}",
                "title": FAMILY_TITLES[number % 3],
                "company": f"Company {number}",
                "location": "Town",
                "description": f"We need skill{number} and tool{number}. {words}",
                "queries": [f"skill{number} please", f"years of tool{number}"],
            }
        )
    return rows


@pytest.fixture
def fake_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negatives by keyword vectors: the real encoder is tried in tests/test_loop.py."""
    monkeypatch.setattr(
        "data.build.load_encoder", lambda name, **options: FakeEncoder(("data", "scientist", "engineer", "analyst"))
    )


@pytest.fixture
def build(fake_model: None, tmp_path: Path, write_lines: Callable[..., Path]) -> Callable[..., dict[str, Any]]:
    def run(rows, **options):
        config = BuildConfig(source=str(write_lines(*rows)), out=tmp_path / "out", cache=tmp_path / "cache", **options)
        return build_dataset(config)

    return run


@dataclass(frozen=True)
class Loop:
    """What the real commands made of a small corpus, with real weights."""

    folder: Path
    dataset: Path
    model: Path
    benchmark: Path
    cache: Path


HOSTILE_LISTING = {
    "listing_id": "<b>evil</b>",
    "title": "Data Analyst <img src=x onerror=\"window.hacked='title'\">",
    "company": "${window.hacked='company'}",
    "location": "{{window.hacked}} `x`",
    "description": "zebra auditing for the people who count them, in a small team that likes stripes and does its work on foot ${window.hacked='text'} &lt;script&gt;window.hacked='script'&lt;/script&gt; \\' onmouseover=alert(1)",
    "queries": ["zebra auditing"],
}


def run_module(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run `python -m ...` from the repository, as a person would."""
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=cwd, capture_output=True, text=True, timeout=600, check=False
    )


HOSTILE_QUERY = "zebra auditing ${window.hacked='judged'}"


def save_judged_part(listing_ids: set[str], folder: Path) -> None:
    """Write the bundled judged queries, with the grades of some listings only, and a hostile one."""
    whole = read_judgments(SAMPLE_PATH.parent / "judged")
    evil = JudgedQuery("jq-evil", HOSTILE_QUERY, "test", "hostile")
    grades = [one for one in whole.grades if one.listing_id in listing_ids]
    grades.append(Judgment(evil.query_id, str(HOSTILE_LISTING["listing_id"]), 3, whole.grades[0].assessor))
    answered = {one.query_id for one in grades if one.grade}
    queries = tuple(query for query in (*whole.queries, evil) if query.query_id in answered)
    folder.mkdir()
    part = tuple(one for one in grades if one.query_id in answered)
    save_judgments(replace(whole, queries=queries, grades=part), folder)


@pytest.fixture(scope="session")
def loop(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Loop:
    """Build, train and benchmark on 70 of the bundled listings and a hostile one: once a run, for all workers."""
    base = tmp_path_factory.getbasetemp()
    # Each worker's folder lies in the run's.
    folder = (base if worker_id == "master" else base.parent) / "loop"
    made = Loop(folder, folder / "dataset", folder / "model", folder / "benchmark.json", folder / "index")
    finished = folder / "finished"
    with FileLock(folder.with_suffix(".lock")):
        if not finished.exists():
            run_loop(made)
            finished.touch()
    return made


def run_loop(made: Loop) -> None:
    """Run the commands, as a person would."""
    made.folder.mkdir()
    lines = SAMPLE_PATH.read_text(encoding="utf-8").splitlines()[:600:9]
    source, judged = made.folder / "listings.jsonl", made.folder / "judged"
    source.write_text("\n".join([*lines, json.dumps(HOSTILE_LISTING)]) + "\n", encoding="utf-8")
    save_judged_part({json.loads(line)["listing_id"] for line in lines}, judged)
    systems = [f"base={DEFAULT_BASE}", f"base-tokens=late_interaction:{DEFAULT_BASE}", f"tuned={made.model}", "bm25"]
    given, report = (
        ["--queries", "given", "--judgments", str(judged)],
        ["--card", "tuned", "--json", str(made.benchmark)],
    )
    commands = (
        ["data", "build", "--source", str(source), *given, "--out", str(made.dataset)],
        ["train", "--dataset", str(made.dataset), "--out", str(made.model), "--epochs", "1", "--batch", "8"],
        ["train.benchmark", "--dataset", str(made.dataset), *report, "--systems", *systems, "hybrid"],
    )
    for command in commands:
        done = run_module(*command, "--cache", str(made.cache))
        assert done.returncode == 0, done.stderr[-2000:]
        (made.folder / f"{command[0]}.log").write_text(done.stderr, encoding="utf-8")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order files for several workers, which take one after the other.

    The first makes the loop, while other workers have slow tests that do without; quick tests fill the end.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    with_loop = {item.path for item in items if "loop" in item.fixturenames}
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    first = next((item.path for item in items if item.path in with_loop), None)
    places = {**dict.fromkeys(slow, 1), **dict.fromkeys(with_loop, 2), first: 0}
    items.sort(key=lambda item: places.get(item.path, 3))
