"""The blind test, in headless Chromium over the real app."""

import json

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_vote_blind_then_see_names_tally_and_the_file_of_votes(page):
    page.get_by_role("tab", name="Blind test").click()
    left = page.get_by_role("button", name="Left is better")
    expect(left).to_be_disabled()
    page.get_by_role("button", name="Random query").click()
    expect(page.locator(".sl-plain")).to_have_count(10)
    shown = page.locator("#sl-blind-lists").inner_html()
    assert "Fine-tuned" not in shown
    assert page.locator("#sl-blind-lists h2").all_inner_texts() == ["Left list", "Right list"]
    query = page.locator("#sl-blind-query textarea").input_value()
    assert query
    expect(left).to_be_enabled()
    left.click()
    expect(page.locator(".sl-voted")).to_contain_text("You chose the")
    assert sorted(text.split(": ")[1] for text in page.locator("#sl-blind-lists h2").all_inner_texts()) == [
        "Base",
        "Fine-tuned",
    ]
    expect(page.locator(".sl-tally")).to_contain_text("on these two models")
    expect(left).to_be_disabled()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download all votes").click()
    votes = [json.loads(line) for line in download.value.path().read_text().splitlines()]
    assert votes[-1]["query"] == query
    assert votes[-1]["choice"] == "left"
    chosen = page.locator("#sl-blind-lists h2").first.inner_text().removeprefix("Left: ")
    assert {"Base": "base", "Fine-tuned": "tuned"}[chosen] == votes[-1]["left"]
    page.locator(".sl-voted a").click()
    expect(page.locator(".sl-card")).to_have_count(20)
    expect(page.locator("#sl-query textarea")).to_have_value(query)


def test_mark_listings_and_find_the_marks_in_the_file(page):
    page.get_by_role("tab", name="Blind test").click()
    page.fill("#sl-blind-query textarea", "sql dashboards for a museum")
    page.get_by_role("button", name="Show lists").click()
    expect(page.locator(".sl-plain")).to_have_count(10)
    cards = page.locator(".sl-blind section").first.locator(".sl-plain")
    fits, unfit = (cards.nth(place).get_attribute("data-listing") for place in (0, 1))
    cards.nth(0).get_by_role("button", name="Fits").click()
    cards.nth(1).get_by_role("button", name="Fits").click()
    cards.nth(1).get_by_role("button", name="Does not fit").focus()
    page.keyboard.press("Enter")
    for listing, pressed in ((fits, "Fits"), (unfit, "Does not fit")):
        same = page.locator(f'.sl-plain[data-listing="{listing}"] [aria-pressed=true]')
        assert set(same.all_inner_texts()) == {pressed}
        assert same.count() == page.locator(f'.sl-plain[data-listing="{listing}"]').count()
    page.get_by_role("button", name="Equally good").click()
    expect(page.locator(".sl-voted")).to_contain_text("Your 2 marks are kept")
    expect(page.locator(".sl-fit")).to_have_count(0)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download all votes").click()
    vote = json.loads(download.value.path().read_text().splitlines()[-1])
    assert (vote["fits"], vote["unfit"]) == ([fits], [unfit])


def test_typed_query_is_shown_and_hostile_text_runs_nothing(page):
    page.get_by_role("tab", name="Blind test").click()
    page.fill(
        "#sl-blind-query textarea",
        "<img src=x onerror='window.hacked=1'> sql dashboards, pricing and machine learning for patients",
    )
    page.get_by_role("button", name="Show lists").click()
    expect(page.locator(".sl-plain")).to_have_count(10)
    page.get_by_role("button", name="Both bad").click()
    expect(page.locator(".sl-voted")).to_contain_text("You found both bad")
    assert page.evaluate("window.hacked") is None


def test_blind_lists_on_a_phone_stand_side_by_side_without_sideways_scroll(page):
    page.set_viewport_size({"width": 375, "height": 800})
    page.get_by_role("tab", name="Blind test").click()
    page.get_by_role("button", name="Random query").click()
    expect(page.locator(".sl-plain")).to_have_count(10)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    first, second = (page.locator(".sl-blind section").nth(place).bounding_box() for place in (0, 1))
    assert first["x"] + first["width"] <= second["x"]
