"""The chips of what was understood, in headless Chromium over the real app."""

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from data.dataset import load_job_dataset
from tests.browser.test_address import parts
from tests.browser.test_page import ask, ids

pytestmark = pytest.mark.browser

QUERY = "data scientist, 6 years, remote or Berlin, no management"
LABELS = ["Data Scientist", "senior (6 years)", "remote", "Berlin", "not: management"]


def labels(page):
    return page.locator(".sl-statement").locator("span, s").all_inner_texts()


def test_chips_tell_what_was_understood_in_one_line(page):
    ask(page, QUERY)
    expect(page.get_by_role("group", name="Understood as").get_by_role("listitem")).to_have_count(5)
    assert labels(page) == LABELS
    assert page.locator(".sl-understood").bounding_box()["height"] <= 32
    ask(page, "sql dashboards")
    expect(page.locator(".sl-understood")).to_have_count(0)


def test_chip_is_taken_back_and_brought_back_by_keyboard_and_focus_stays(page):
    ask(page, QUERY)
    page.get_by_role("button", name="take back: senior (6 years)").focus()
    page.keyboard.press("Enter")
    back = page.get_by_role("button", name="bring back: senior (6 years)")
    expect(back).to_be_focused()
    assert parts(page) == {"q": QUERY, "ignore": "level:6 years"}
    assert labels(page) == LABELS
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="take back: senior (6 years)")).to_be_focused()
    assert parts(page) == {"q": QUERY}


def test_only_is_a_filter_of_the_address_and_clear_filters_drops_it(page, browser):
    ask(page, "data scientist, remote")
    page.get_by_role("button", name="only remote").click()
    expect(page.get_by_role("button", name="only remote")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".sl-filtered")).to_contain_text(re.compile(r"only remote: \d+ of \d+ listings"))
    assert parts(page) == {"q": "data scientist, remote", "must": "work_mode:remote"}
    facts = page.locator(".sl-card .sl-place").all_inner_texts()
    assert not [one for one in facts if "· on-site" in one or "· hybrid" in one]
    expect(page.locator(".sl-card .sl-fit-yes[title='Fits: remote']")).to_have_count(20)
    other = browser.new_page()
    other.goto(page.url)
    expect(other.get_by_role("button", name="only remote")).to_have_attribute("aria-pressed", "true")
    assert ids(other, "tuned") == ids(page, "tuned")
    other.close()
    page.get_by_role("link", name="Clear filters").click()
    expect(page.get_by_role("button", name="only remote")).to_have_attribute("aria-pressed", "false")


def test_switch_stays_off_for_the_next_query_and_another_query_drops_the_chips(open_at):
    page = open_at(f"?{urlencode({'q': QUERY, 'must': 'place:berlin', 'ignore': 'level:6 years'})}")
    expect(page.locator(".sl-required")).to_have_text(re.compile("Berlin"))
    page.get_by_role("switch", name="Listen to these").click()
    expect(page.locator(".sl-understood")).to_contain_text("Not listening: both systems rank the words alone.")
    assert parts(page)["understand"] == "off"
    ask(page, "sql, remote")
    expect(page).to_have_url(re.compile("q=sql"))
    assert parts(page) == {"q": "sql, remote", "understand": "off"}
    page.get_by_role("switch", name="Listen to these").click()
    expect(page.get_by_role("button", name="only remote")).to_be_visible()
    assert parts(page) == {"q": "sql, remote"}


def test_back_and_forward_go_through_clicks_on_chips_and_quick_ones_all_count(page):
    ask(page, QUERY)
    page.get_by_role("button", name="take back: Berlin").click()
    expect(page.locator(".sl-taken-back")).to_have_text(re.compile("Berlin"))
    # The second before the first is answered.
    page.evaluate(
        """names => names.forEach(name => document.querySelector(`[aria-label="${name}"]`).click())""",
        ["only remote", "must not: management"],
    )
    expect(page.locator(".sl-required")).to_have_count(2)
    assert parts(page) == {"q": QUERY, "ignore": "place:berlin", "must": "work_mode:remote;words:management"}
    page.go_back()
    expect(page.locator(".sl-required")).not_to_have_count(2)
    expect(page.locator(".sl-taken-back")).to_have_count(1)
    page.go_forward()
    expect(page.locator(".sl-required")).to_have_count(2)


def test_chips_of_a_hostile_query_wrap_on_a_phone_and_run_nothing(page):
    page.set_viewport_size({"width": 375, "height": 800})
    hostile = "<img/src=x/onerror=window.hacked=1>${window.hacked=2}" + "x" * 60
    ask(page, f"{QUERY}, not {hostile}")
    chip = page.locator(".sl-statement").last
    expect(chip).to_contain_text("window.hacked")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    chip.get_by_role("button").last.click()
    expect(page.locator(".sl-taken-back")).to_have_count(1)
    assert page.evaluate("window.hacked") is None


def listed(page, loop, query):
    """The tuned list's listings, in order."""
    listings = {one.listing_id: one for one in load_job_dataset(str(loop.dataset)).listings}
    ask(page, query)
    expect(page.locator(".sl-tuned .sl-card")).to_have_count(10)
    return [listings[name] for name in ids(page, "tuned")], listings.values()


def test_seeds_example_gives_no_junior_job_in_the_first_five(page, loop):
    found, _ = listed(page, loop, "data scientis 6 years expierience, LLMs, credit risk, content marketing")
    assert len(found) == 10
    assert [one.title for one in found[:5] if one.seniority in ("junior", "internship")] == []


def test_not_senior_gives_no_senior_job_in_the_ten(page, loop):
    found, _ = listed(page, loop, "data scientist, not senior")
    assert len(found) == 10
    assert [one.title for one in found if one.seniority == "senior" or "Senior" in one.title] == []


def test_remote_in_canada_without_on_call_gives_canada_first(page, loop):
    found, _ = listed(page, loop, "remote data engineer in Canada, no on-call")
    assert [one.location for one in found[:2]] == ["Toronto, ON"] * 2
