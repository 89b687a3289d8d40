"""Pictures of each tab, wide in light and dark and as on a phone: `python -m bench.screenshots --out docs`.

Shows what `make demo` made: the app is started on build/ for the length of the run.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Browser, Page

from bench.browser import open_browser, serve_app
from search.cli import run_command

QUERY = "dbt, airflow, kafka, snowflake cost control"
LOOKS = {"light": (1280, 900, "light"), "dark": (1280, 900, "dark"), "phone": (375, 812, "light")}
# What Chromium needs to come to rest after lists or maps appear.
REST_MS = 700


def show_compare(page: Page) -> None:
    """Wait for the lists of the address."""
    page.wait_for_selector(".sl-card")


def show_evidence(page: Page) -> None:
    """Open the tab."""
    page.get_by_role("tab", name="Evidence").click()
    page.locator(".sl-evidence table").first.wait_for()


def show_map(page: Page) -> None:
    """Open the tab and point at a listing."""
    page.get_by_role("tab", name="Map").click()
    # The last one lies above any other that is in its place.
    spot = page.locator(".sl-spot").last
    spot.wait_for(timeout=60_000)
    spot.hover()


def show_blind(page: Page) -> None:
    """Open the tab and ask for a query's lists."""
    page.get_by_role("tab", name="Blind test").click()
    page.fill("#sl-blind-query textarea", QUERY)
    page.get_by_role("button", name="Show lists").click()
    page.locator(".sl-plain").first.wait_for()


def show_about(page: Page) -> None:
    """Open the tab."""
    page.get_by_role("tab", name="About").click()
    page.locator(".sl-about").wait_for()


TABS: dict[str, Callable[[Page], None]] = {
    "compare": show_compare,
    "evidence": show_evidence,
    "map": show_map,
    "blind": show_blind,
    "about": show_about,
}


def take(browser: Browser, address: str, out: Path) -> None:
    """Take a picture of each tab in each look."""
    for look, (width, height, theme) in LOOKS.items():
        page = browser.new_page(viewport={"width": width, "height": height})
        page.goto(f"{address}?q={quote(QUERY)}&__theme={theme}")
        for name, show in TABS.items():
            show(page)
            page.wait_for_timeout(REST_MS)
            page.screenshot(path=out / f"{name}-{look}.png")
            print(out / f"{name}-{look}.png")
        page.close()


def run(out: Path) -> None:
    """Serve the app, take all pictures, and put them in the folder."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        log, votes = Path(folder) / "app.log", os.fspath(Path(folder) / "votes")
        with serve_app(["--votes", votes], log) as address, open_browser() as browser:
            take(browser, address, out)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.screenshots", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("docs"), help="folder of the pictures [%(default)s]")
    options = parser.parse_args(argv)
    return run_command(lambda: run(options.out), name="bench.screenshots")


if __name__ == "__main__":
    sys.exit(main())
