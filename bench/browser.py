"""The app on loopback, and Chromium to look at it."""

import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parent.parent
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 180


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def start_app(options: Sequence[str], log: Path, *, root: Path = ROOT) -> Iterator[tuple[str, int]]:
    """Serve a tree's app.py for the block, and yield its address and its process's id."""
    port = free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 (ours)
            [sys.executable, "app.py", "--port", str(port), *options], cwd=root, stdout=output, stderr=output
        )
    try:
        address = f"http://127.0.0.1:{port}/"
        wait_until_served(address, process, log)
        yield address, process.pid
    finally:
        process.terminate()
        process.wait(timeout=20)


@contextmanager
def serve_app(options: Sequence[str], log: Path) -> Iterator[str]:
    """Serve app.py for the block, and yield its address."""
    with start_app(options, log) as (address, _):
        yield address


def wait_until_served(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait for the app; a TimeoutError tells its log's end."""
    deadline = time.monotonic() + START_SECONDS
    # By no proxy, as the app may be started where the environment names one.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with opener.open(address, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"expected the app at {address} within {START_SECONDS} s, got: {log.read_text()[-2000:]}")


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Yield headless Chromium, which must be installed."""
    if not Path(CHROMIUM).is_file():
        raise FileNotFoundError(f"expected Chromium at {CHROMIUM}, found none; install Debian's package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def browse_app(*options: str) -> Iterator[tuple[Browser, str]]:
    """Yield Chromium and the app's address; votes are not retained."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            serve_app([*options, "--votes", str(folder / "votes")], folder / "app.log") as address,
            open_browser() as browser,
        ):
            yield browser, address
