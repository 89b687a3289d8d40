"""Pictures of each tab of what `make demo` made: `python -m bench.screenshots`."""

import sys
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Page

from bench.browser import browse_app
from search.cli import run_command

QUERY = "dbt, airflow, kafka, snowflake cost control"
# Wide in light and dark, and as on a phone.
LOOKS = {"light": (1280, 900, "light"), "dark": (1280, 900, "dark"), "phone": (375, 812, "light")}
# Tab -> what it shows once it is ready.
TABS = {
    "Compare": ".sl-tuned .sl-card",
    "Evidence": ".sl-evidence table",
    "Map": ".sl-no:visible",
    "Blind test": ".sl-plain",
    "About": ".sl-about",
}
# What Chromium needs to come to rest after lists or maps appear.
REST_MS = 700


def show_tab(page: Page, tab: str) -> None:
    """Open a tab, and wait for what it shows."""
    page.get_by_role("tab", name=tab).click()
    if tab == "Blind test":
        page.fill("#sl-blind-query textarea", QUERY)
        page.get_by_role("button", name="Show lists").click()
    page.locator(TABS[tab]).first.wait_for(timeout=60_000)
    if tab == "Map":
        # Its listing's title stands beside it.
        page.locator(TABS[tab]).first.hover()
    page.wait_for_timeout(REST_MS)


def take_pictures(out: Path = Path("docs")) -> None:
    """Take a picture of each tab in each look.

    Args:
        out: folder of the pictures
    """
    out.mkdir(parents=True, exist_ok=True)
    with browse_app() as (browser, address):
        for look, (width, height, theme) in LOOKS.items():
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(f"{address}?q={quote(QUERY)}&__theme={theme}")
            for tab in TABS:
                show_tab(page, tab)
                picture = out / f"{tab.split()[0].lower()}-{look}.png"
                page.screenshot(path=picture)
                print(picture)
            page.close()


if __name__ == "__main__":
    sys.exit(run_command(take_pictures, prog="python -m bench.screenshots"))
