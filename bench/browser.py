"""The app served on loopback, and Chromium to look at it: for the browser tests, the screenshots and the timing."""

import socket
import subprocess
import sys
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
PATIENCE = 180


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serve_app(options: Sequence[str], log: Path) -> Iterator[str]:
    """Run app.py with these options and yield its address; it ends with the block.

    Raises:
        TimeoutError: it ended, or did not answer in time; the message has the end of its log.
    """
    port = free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 (ours)
            [sys.executable, "app.py", "--port", str(port), *options], cwd=ROOT, stdout=output, stderr=output
        )
    try:
        address = f"http://127.0.0.1:{port}/"
        wait_until_served(address, process, log)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_until_served(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the app answers.

    Raises:
        TimeoutError: as `serve_app`.
    """
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 (loopback)
                return
        except OSError:
            time.sleep(0.3)
    raise TimeoutError(f"expected the app at {address} within {PATIENCE} s, got: {log.read_text()[-2000:]}")


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Yield headless Chromium.

    Raises:
        FileNotFoundError: it is not installed.
    """
    if not Path(CHROMIUM).is_file():
        raise FileNotFoundError(f"expected Chromium at {CHROMIUM}, found none; install Debian's package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
