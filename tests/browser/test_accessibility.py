"""axe-core on each tab, light and dark, and the way through the page by keyboard, in headless Chromium."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def open_compare(page):
    expect(page.locator(".sl-card")).to_have_count(20)


def open_cards(page):
    page.get_by_role("button", name="Cards").click()
    expect(page.locator(".sl-excerpt")).to_have_count(20)


def open_dialog(page):
    page.get_by_role("tab", name="Compare").click()
    page.locator(".sl-card").first.click()
    expect(page.locator(".sl-dialog")).to_be_visible()


def open_evidence(page):
    page.locator(".sl-close:visible").click()
    page.get_by_role("tab", name="Evidence").click()
    expect(page.locator(".sl-evidence table").first).to_be_visible()


def open_map(page):
    page.get_by_role("tab", name="Map").click()
    expect(page.locator(".sl-plane canvas")).to_have_count(2, timeout=60_000)


def open_blind(page):
    page.get_by_role("tab", name="Blind test").click()
    page.get_by_role("button", name="Random query").click()
    expect(page.locator(".sl-plain")).to_have_count(10)
    page.locator(".sl-fit").first.click()


def open_vote(page):
    page.get_by_role("button", name="Equally good").click()
    expect(page.locator(".sl-voted")).to_be_visible()


def open_about(page):
    page.get_by_role("tab", name="About").click()
    expect(page.locator(".sl-about")).to_be_visible()


# Gradio fades a part out while it waits for it and in again: colours in between are not the page's.
SETTLED = """() => !document.querySelector(".pending, .generating")
    && document.getAnimations().every(
        (one) => one.playState !== "running" || one.effect.getTiming().iterations === Infinity)"""

# A chip of each look: as it was understood, required, taken back.
STATING = "sql%20dashboards,%20analyst,%20remote,%20no%20sales&must=words:sales&ignore=work_mode:remote"
STATES = (open_compare, open_cards, open_dialog, open_evidence, open_map, open_blind, open_vote, open_about)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_any_state(open_at, theme):
    page = open_at(f"?q={STATING}&without=zebra&__theme={theme}")
    page.wait_for_selector(".sl-card")
    found = []
    for go in STATES:
        go(page)
        page.wait_for_function(SETTLED)
        violations = Axe().run(page).response["violations"]
        found += [
            f"{go.__name__}: {one['id']} ({one['impact']}): {node['html'][:200]} {node.get('failureSummary', '')[:200]}"
            for one in violations
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]
    assert found == []
