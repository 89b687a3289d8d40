"""Compare by keyboard alone: few stops, arrows inside a list, Enter, Space, Back."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_page import ask

pytestmark = pytest.mark.browser

STATING = "senior data scientist, pricing and A/B tests, remote or Berlin, no management"
IN_A_LIST = "document.activeElement.matches('.sl-row')"


def test_at_most_twelve_stops_lead_from_the_query_to_the_results(page):
    ask(page, STATING)
    page.focus("#sl-query textarea")
    stops = 0
    while not page.evaluate(IN_A_LIST):
        page.keyboard.press("Tab")
        stops += 1
        assert stops <= 12
    expect(page.locator(".sl-base .sl-row").first).to_be_focused()


def test_arrows_move_in_a_list_and_to_the_same_job_in_the_other(page):
    ask(page, "sql dashboards")
    rows = page.locator(".sl-base .sl-row")
    rows.first.focus()
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("End")
    expect(rows.last).to_be_focused()
    page.keyboard.press("Home")
    expect(rows.first).to_be_focused()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.closest('.sl-tuned') !== null")
    listing = rows.first.get_attribute("data-listing")
    twin = page.locator(f'.sl-tuned .sl-row[data-listing="{listing}"]')
    if twin.count():
        expect(twin).to_be_focused()
    assert page.locator(".sl-base .sl-row[tabindex='0']").count() == 1
    assert page.locator(".sl-tuned .sl-row[tabindex='0']").count() == 1


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_key_opens_a_listing_and_back_closes_it_first(page, key):
    ask(page, "sql dashboards")
    row = page.locator(".sl-tuned .sl-row").nth(2)
    row.focus()
    page.keyboard.press(key)
    expect(page.get_by_role("dialog")).to_be_visible()
    address = page.url
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.url == address
    expect(page.locator(".sl-row")).to_have_count(20)
    expect(row).to_be_focused()


def test_choosing_a_level_keeps_the_focus(page):
    ask(page, "sql dashboards")
    level = page.locator("#sl-row select")
    level.focus()
    level.select_option("senior")
    expect(page.locator(".sl-filtered")).to_contain_text("senior")
    expect(page.locator("#sl-row select")).to_be_focused()
    page.get_by_role("checkbox", name="Remote").check()
    expect(page.locator(".sl-filtered")).to_contain_text("remote · senior")
    expect(page.get_by_role("checkbox", name="Remote")).to_be_focused()


def test_chips_and_views_are_one_stop_each_with_arrows_inside(page):
    ask(page, STATING)
    for group in (".sl-understood", ".sl-view", ".sl-saving"):
        assert page.locator(f"{group} [tabindex='0']").count() == 1
    page.get_by_role("button", name="Copy link").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Picture")).to_be_focused()
