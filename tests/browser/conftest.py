"""The real app, served on loopback, and a real browser."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import ROOT, Loop

CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_served(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()[-2000:]
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.3)
    raise AssertionError(f"not served within 120 s: {log.read_text()[-2000:]}")


def benchmark_with_a_loss(loop: Loop) -> Path:
    """Copy the report with its first query made worse: so small a corpus may have none that fine-tuning lost."""
    report = json.loads(loop.benchmark.read_text())
    report["per_query"][0]["ranks"] |= {"base": 1, "tuned": 40}
    path = loop.folder / "benchmark-with-a-loss.json"
    path.write_text(json.dumps(report))
    return path


@pytest.fixture(scope="session")
def url(loop: Loop) -> Iterator[str]:
    port = free_port()
    log = loop.folder / "app.log"
    command = [
        sys.executable,
        "app.py",
        "--tuned",
        str(loop.model),
        "--dataset",
        str(loop.dataset),
        "--port",
        str(port),
        "--benchmark",
        str(benchmark_with_a_loss(loop)),
        "--cache",
        str(loop.cache),
        "--votes",
        str(loop.folder / "votes"),
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output, env=os.environ)
    try:
        wait_until_served(f"http://127.0.0.1:{port}/", process, log)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    assert Path(CHROMIUM).is_file(), "install Debian's package chromium, or see .ci/run"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield started
        started.close()


@pytest.fixture
def problems() -> list[str]:
    """What went wrong in the page: errors of scripts, and requests that left this machine."""
    return []


@pytest.fixture
def page(browser: Browser, url: str, problems: list[str]) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    opened.on("pageerror", lambda error: problems.append(f"error: {error}"))
    opened.on("request", lambda request: problems.append(f"left: {request.url}") if leaves(request.url) else None)
    opened.goto(url)
    opened.wait_for_selector("#sl-query textarea")
    yield opened
    opened.close()
    assert problems == []


def leaves(address: str) -> bool:
    return not address.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))
