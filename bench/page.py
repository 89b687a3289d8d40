"""The page's time from Enter to lists: `python -m bench.page` after `make demo`."""

import statistics
import sys

from playwright.sync_api import Page

from bench.browser import browse_app
from data.dataset import load_job_dataset
from search.cli import run_command

WARM_UP = 3
# Both lists are there, and the frame that shows them is painted: the second of two frames begins after the first.
PAINTED = """
(before) => new Promise((done) => {
  const look = () =>
    document.querySelector(".sl-state")?.dataset.address !== before && document.querySelector(".sl-tuned .sl-card")
    ? requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())))
    : requestAnimationFrame(look);
  look();
})
"""


def time_query(page: Page, query: str) -> float:
    """Return the milliseconds from Enter until both lists are painted."""
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


def time_page(dataset: str = "build/dataset", count: int = 30) -> None:
    """Time the first queries of the test split.

    Args:
        dataset: a dataset folder
        count: queries to time
    """
    queries = [query.text for query in load_job_dataset(dataset).queries("test")][: count + WARM_UP]
    with browse_app("--dataset", dataset) as (browser, address):
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(address)
        page.wait_for_selector("#sl-query textarea")
        times = [time_query(page, query) for query in queries][WARM_UP:]
    print(
        f"{len(times)} queries, from Enter to both lists painted: median {statistics.median(times):.0f} ms, "
        f"90 % within {statistics.quantiles(times, n=10)[-1]:.0f} ms"
    )


if __name__ == "__main__":
    sys.exit(run_command(time_page, prog="python -m bench.page"))
