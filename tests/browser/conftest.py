"""The real app, served on loopback, and a real browser."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bench.browser import open_browser, serve_app
from search.record_files import checksum
from tests.conftest import HOSTILE_QUERY, Loop


def benchmark_with_a_loss(loop: Loop, folder: Path) -> Path:
    """Copy the report with a query of each kind of evidence made worse: so small a corpus may have none.

    The judged one is the hostile one.
    """
    report = json.loads(loop.benchmark.read_text())
    report["per_query"][0]["ranks"] |= {"base": 1, "tuned": 40}
    evil = next(row for row in report["judged"]["per_query"] if row["query"] == HOSTILE_QUERY)
    # Cleaning would have taken the tag, but a report is a file like others.
    evil["query"] += " <img src=x onerror=\"window.hacked='judged'\">"
    evil["ndcg@10"] |= {"base": 1, "base-tokens": 1, "tuned": 0}
    path = folder / "benchmark-with-a-loss.json"
    path.write_text(json.dumps(report | {"sha256": checksum(report)}))
    return path


@pytest.fixture(scope="session")
def url(loop: Loop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    # A folder of this worker's own.
    folder = tmp_path_factory.mktemp("app")
    options = {
        "--tuned": loop.model,
        "--dataset": loop.dataset,
        "--benchmark": benchmark_with_a_loss(loop, folder),
        "--cache": loop.cache,
        "--votes": folder / "votes",
    }
    with serve_app([str(part) for pair in options.items() for part in pair], folder / "app.log") as address:
        yield address


# A machine that does other work too may take this long until a page shows what is expected of it.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with open_browser() as started:
        yield started


@pytest.fixture
def problems() -> list[str]:
    """What went wrong in the page: errors of scripts, and requests that left this machine."""
    return []


@pytest.fixture
def open_at(browser: Browser, url: str, problems: list[str]) -> Iterator[Callable[..., Page]]:
    """Open an address of the app, in a browser of its own; each opening takes seconds."""
    opened = []

    def open_page(address: str = "", *, width: int = 1280, height: int = 900, **options: str) -> Page:
        page = browser.new_page(viewport={"width": width, "height": height}, **options)
        opened.append(page)
        page.on("pageerror", lambda error: problems.append(f"error: {error}"))
        page.on("request", lambda request: problems.append(f"left: {request.url}") if leaves(request.url) else None)
        page.goto(url + address)
        page.get_by_role("tab", selected=True).wait_for()
        return page

    yield open_page
    for page in opened:
        page.close()
    assert problems == []


@pytest.fixture
def page(open_at: Callable[..., Page]) -> Page:
    opened = open_at()
    opened.wait_for_selector("#sl-query textarea")
    return opened


def leaves(address: str) -> bool:
    return not address.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))


@dataclass(frozen=True)
class Served:
    """An app that takes files, and where it would put them."""

    url: str
    uploads: Path
    log: Path

    @property
    def files(self) -> list[Path]:
        return [one for one in self.uploads.rglob("*") if one.is_file()]


@pytest.fixture(scope="session")
def served(loop: Loop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    options = {"--tuned": loop.model, "--dataset": loop.dataset, "--benchmark": loop.benchmark, "--cache": loop.cache}
    words = [str(part) for pair in options.items() for part in pair]
    uploads, log = folder / "uploads", folder / "uploads.log"
    with ExitStack() as stack:
        # Only for this app: others start while it runs.
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("GRADIO_TEMP_DIR", str(uploads))
            patch.setenv("UPLOADS", "30")
            # Ones that nobody answers at, and one of a kind that its clients can't use: they are bypassed.
            patch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
            patch.setenv("http_proxy", "http://127.0.0.1:9")
            patch.delenv("no_proxy", raising=False)
            patch.delenv("NO_PROXY", raising=False)
            address = stack.enter_context(serve_app([*words, "--votes", str(folder / "votes")], log))
        yield Served(address, uploads, log)


@pytest.fixture
def visit(browser, served, problems):
    """Open pages of visitors, who share nothing."""
    opened = []

    def open_page(address: str = "", **size):
        page = browser.new_page(viewport=size or {"width": 1280, "height": 800})
        page.on("pageerror", lambda error: problems.append(f"error: {error}"))
        page.on("request", lambda request: problems.append(f"left: {request.url}") if leaves(request.url) else None)
        page.goto(served.url + address)
        expect(page.locator(".sl-row:visible").first).to_be_visible()
        opened.append(page)
        return page

    yield open_page
    for page in opened:
        page.close()
    assert problems == []


def drop(page, path):
    if not page.locator("#sl-own:popover-open").count():
        page.click(".sl-own-open")
    page.set_input_files("#sl-own input[type=file]", str(path))
