"""From Enter to both lists painted, in Chromium: `python -m bench.page` on what `make demo` made."""

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Page

from bench.browser import open_browser, serve_app
from data.dataset import load_job_dataset
from search.cli import run_command

WARM_UP = 3
# Both lists are there, and the frame that shows them has been painted: the second of two frames begins after the first.
PAINTED = """
(before) => new Promise((done) => {
  const look = () => document.querySelector(".sl-state")?.dataset.address !== before && document.querySelector(".sl-tuned .sl-card")
    ? requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())))
    : requestAnimationFrame(look);
  look();
})
"""


def time_query(page: Page, query: str) -> float:
    """Type a query, press Enter, and return the milliseconds until both lists are painted."""
    page.fill("#sl-query textarea", query)
    before = page.evaluate("document.querySelector('.sl-state')?.dataset.address ?? ''")
    page.evaluate(
        "addEventListener('keydown', (key) => { if (key.key === 'Enter') window.pressed = performance.now(); }, "
        "{ once: true, capture: true })"
    )
    page.press("#sl-query textarea", "Enter")
    painted: float = page.evaluate(PAINTED, before)
    pressed: float = page.evaluate("window.pressed")
    return painted - pressed


def run(dataset: str, count: int) -> None:
    """Time the first queries of the test split and print the median and the 90th percentile."""
    queries = [query.text for query in load_job_dataset(dataset).queries("test")][: count + WARM_UP]
    with tempfile.TemporaryDirectory() as folder:
        options = ["--dataset", dataset, "--votes", os.fspath(Path(folder) / "votes")]
        with serve_app(options, Path(folder) / "app.log") as address, open_browser() as browser:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(address)
            page.wait_for_selector("#sl-query textarea")
            times = [time_query(page, query) for query in queries][WARM_UP:]
    print(
        f"{len(times)} queries, from Enter to both lists painted: median {statistics.median(times):.0f} ms, "
        f"90 % within {statistics.quantiles(times, n=10)[-1]:.0f} ms"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.page", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--dataset", default="build/dataset", help="a dataset folder [%(default)s]")
    parser.add_argument("--count", type=int, default=30, help="queries [%(default)s]")
    options = parser.parse_args(argv)
    return run_command(lambda: run(options.dataset, options.count), name="bench.page")


if __name__ == "__main__":
    sys.exit(main())
