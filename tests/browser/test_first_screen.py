"""The first screen in headless Chromium over the real app: the example at opening, the view, all lines at once."""

import re

import pytest
from playwright.sync_api import expect

from pages.compare import OPENING
from tests.browser.test_address import parts
from tests.browser.test_page import ask, ids

pytestmark = pytest.mark.browser

# Everything of the chart, in pixels of the window.
EDGES = """parts => parts.map(part => part.getBoundingClientRect())
    .reduce((all, box) => [Math.min(all[0], box.top), Math.max(all[1], box.bottom)], [Infinity, -Infinity])"""
STATING = "senior data scientist, pricing and A/B tests, remote or Berlin, no management"


@pytest.mark.parametrize("query", [OPENING, STATING])
def test_ten_rows_of_both_lists_and_all_lines_are_visible_at_once(page, query):
    page.set_viewport_size({"width": 1280, "height": 800})
    ask(page, query)
    expect(page.locator(".sl-row")).to_have_count(20)
    union = set(ids(page, "base")) | set(ids(page, "tuned"))
    expect(page.locator(".sl-lines path")).to_have_count(len(union))
    assert page.evaluate("scrollY") == 0
    for selector in (".sl-understood", ".sl-row", ".sl-lines path", ".sl-lines text"):
        top, bottom = page.eval_on_selector_all(selector, EDGES)
        assert top >= 0, selector
        assert bottom <= 800, selector
    heights = page.eval_on_selector_all(".sl-row", "rows => rows.map(row => row.getBoundingClientRect().height)")
    assert {round(height) for height in heights} == {42}


def test_lines_are_thicker_for_more_places_and_those_that_leave_end_below_the_list(page):
    ask(page, OPENING)
    rows = page.eval_on_selector_all(
        ".sl-row", "rows => rows.map(({ dataset }) => [dataset.listing, Number(dataset.places), dataset.other])"
    )
    places = {listing: moved for listing, moved, _ in rows}
    drawn = page.eval_on_selector_all(
        ".sl-lines path",
        "paths => paths.map(path => [path.dataset.listing, Number(path.getAttribute('stroke-width'))])",
    )
    widths = [width for _, width in sorted(drawn, key=lambda one: places[one[0]])]
    assert widths == sorted(widths)
    assert widths[0] < widths[-1]
    both = set(ids(page, "base")) & set(ids(page, "tuned"))
    told = page.eval_on_selector_all(
        ".sl-lines text", "texts => texts.map(text => [text.dataset.listing, text.textContent])"
    )
    assert sorted(told) == sorted([listing, other] for listing, _, other in rows if listing not in both)


def test_example_is_compared_at_opening_and_the_address_stays_clean_until_somebody_acts(page):
    expect(page.locator(".sl-row")).to_have_count(20)
    expect(page.locator("#sl-query textarea")).to_have_value(OPENING)
    assert parts(page) == {}
    page.locator(".sl-tuned h3").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("rank 1")
    page.keyboard.press("Escape")
    assert parts(page) == {}
    page.get_by_role("button", name="only Data Analyst").first.click()
    expect(page.locator(".sl-required")).to_have_count(1)
    assert parts(page)["q"] == OPENING
    assert "must" in parts(page)
    page.go_back()
    expect(page.locator(".sl-required")).to_have_count(0)
    assert parts(page) == {}
    expect(page.locator(".sl-row")).to_have_count(20)


def test_typing_at_once_replaces_the_example(page):
    expect(page.locator(".sl-row")).to_have_count(20)
    page.keyboard.type("kafka")
    expect(page.locator("#sl-query textarea")).to_have_value("kafka")


def test_view_is_switched_by_keyboard_and_stays_in_the_address(page, browser):
    ask(page, "sql dashboards")
    first = ids(page, "tuned")
    page.get_by_role("button", name="Cards").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".sl-excerpt")).to_have_count(20)
    expect(page.get_by_role("button", name="Cards")).to_be_focused()
    assert parts(page) == {"q": "sql dashboards", "view": "cards"}
    assert ids(page, "tuned") == first
    other = browser.new_page()
    other.goto(page.url)
    expect(other.locator(".sl-excerpt")).to_have_count(20)
    expect(other.get_by_role("button", name="Cards")).to_have_attribute("aria-pressed", "true")
    other.close()
    page.get_by_role("button", name="Compact").click()
    expect(page.locator(".sl-row")).to_have_count(20)
    assert parts(page) == {"q": "sql dashboards"}


def test_finding_stands_on_the_first_screen_and_leads_to_evidence(page):
    page.set_viewport_size({"width": 1280, "height": 800})
    proof = page.locator("#sl-proof p")
    expect(page.locator(".sl-row")).to_have_count(20)
    expect(proof).to_be_in_viewport(ratio=1)
    assert re.search(r"[+-]\d\.\d+ \[[+-]\d\.\d+, [+-]\d\.\d+\]", proof.inner_text())
    proof.get_by_role("link", name="See the evidence").click()
    expect(page.get_by_role("tab", name="Evidence")).to_have_attribute("aria-selected", "true")
    assert parts(page) == {"tab": "evidence"}
    page.go_back()
    expect(page.get_by_role("tab", name="Compare")).to_have_attribute("aria-selected", "true")


def test_page_is_sent_compressed(page, url):
    assert page.request.get(url).headers["content-encoding"] == "gzip"
