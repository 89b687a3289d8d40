"""The blind test, in headless Chromium over the real app."""

import json
import struct

import pytest
from playwright.sync_api import expect

from tests.browser.test_page import ask

pytestmark = pytest.mark.browser


def test_vote_blind_then_see_names_tally_and_the_file_of_votes(page):
    page.get_by_role("tab", name="Blind test").click()
    left = page.get_by_role("button", name="Left is better")
    expect(left).to_be_disabled()
    page.get_by_role("button", name="Random query").click()
    expect(page.locator(".sl-plain")).to_have_count(10)
    shown = page.locator("#sl-blind-lists").inner_html()
    assert "Fine-tuned" not in shown
    query = page.locator("#sl-blind-query textarea").input_value()
    assert query
    heads = page.locator("#sl-blind-lists h2").all_inner_texts()
    assert heads == [f"Results for “{query}”", "Left list", "Right list"]
    expect(left).to_be_enabled()
    left.click()
    expect(page.locator(".sl-voted")).to_contain_text("You chose the")
    assert sorted(text.split(": ")[1] for text in page.locator(".sl-blind h2").all_inner_texts()) == [
        "Base",
        "Fine-tuned",
    ]
    expect(page.locator(".sl-tally").last).to_contain_text("on these two models")
    expect(left).to_be_disabled()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download all votes").click()
    votes = [json.loads(line) for line in download.value.path().read_text().splitlines()]
    assert votes[-1]["query"] == query
    assert votes[-1]["choice"] == "left"
    chosen = page.locator(".sl-blind h2").first.inner_text().removeprefix("Left: ")
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
    # The marks stay, and can't be changed any more.
    for listing, pressed in ((fits, "Fits"), (unfit, "Does not fit")):
        kept = page.locator(f'.sl-plain[data-listing="{listing}"] [aria-pressed=true]')
        assert set(kept.all_inner_texts()) == {pressed}
    expect(page.locator(".sl-fit:enabled")).to_have_count(0)
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


def show(page, query):
    page.get_by_role("tab", name="Blind test").click()
    page.fill("#sl-blind-query textarea", query)
    page.get_by_role("button", name="Show lists").click()
    expect(page.locator("#sl-blind-lists .sl-results")).to_contain_text(query)


def votes(page):
    with page.expect_download() as download:
        page.get_by_role("button", name="Download all votes").click()
    return [json.loads(line) for line in download.value.path().read_text().splitlines()]


def test_edited_query_can_not_be_voted_on_until_its_lists_are_shown(page):
    show(page, "sql dashboards for a museum")
    left = page.get_by_role("button", name="Left is better")
    expect(left).to_be_enabled()
    page.locator("#sl-blind-query textarea").press("End")
    page.keyboard.type(" x")
    expect(left).to_be_disabled()
    expect(page.locator("#sl-blind-said")).to_contain_text("You changed the query")
    before = len(votes(page))
    # Not by a key either; nor by a click that the page did not stop.
    page.locator(".sl-blind").click(position={"x": 1, "y": 1})
    page.keyboard.press("1")
    page.evaluate("document.querySelector('#sl-votes button').disabled = false")
    left.click()
    page.wait_for_timeout(500)
    assert len(votes(page)) == before
    show(page, "sql dashboards for a bank")
    expect(left).to_be_enabled()
    left.click()
    expect(page.locator(".sl-voted")).to_be_visible()
    assert votes(page)[-1]["query"] == "sql dashboards for a bank"


def test_keys_vote_but_not_while_somebody_types(page):
    show(page, "python for a museum")
    expect(page.get_by_role("button", name="Both bad")).to_be_enabled()
    page.focus("#sl-blind-query textarea")
    page.keyboard.press("Control+4")
    page.wait_for_timeout(300)
    expect(page.locator(".sl-voted")).to_have_count(0)
    page.locator(".sl-plain summary").first.focus()
    page.keyboard.press("4")
    expect(page.locator(".sl-voted")).to_contain_text("You found both bad")
    assert votes(page)[-1]["choice"] == "bad"


def test_digit_typed_into_the_query_is_text(page):
    show(page, "python for a museum")
    page.locator("#sl-blind-query textarea").press("End")
    page.keyboard.type(" 3")
    expect(page.locator("#sl-blind-query textarea")).to_have_value("python for a museum 3")
    expect(page.locator(".sl-voted")).to_have_count(0)


def test_query_of_compare_is_carried_until_somebody_types_here(page):
    ask(page, "kafka streaming")
    tab, field = page.get_by_role("tab", name="Blind test"), page.locator("#sl-blind-query textarea")
    tab.click()
    expect(field).to_have_value("kafka streaming")
    page.get_by_role("tab", name="Compare").click()
    ask(page, "sql dashboards")
    tab.click()
    expect(field).to_have_value("sql dashboards")
    page.fill("#sl-blind-query textarea", "my own words")
    page.get_by_role("tab", name="Compare").click()
    ask(page, "airflow")
    tab.click()
    page.wait_for_timeout(700)
    expect(field).to_have_value("my own words")


def test_query_of_lists_that_wait_for_a_vote_is_not_replaced(page):
    show(page, "sql dashboards for a zoo")
    page.get_by_role("tab", name="Compare").click()
    ask(page, "kafka streaming")
    page.get_by_role("tab", name="Blind test").click()
    expect(page.locator("#sl-blind-lists .sl-results")).to_be_visible()
    expect(page.locator("#sl-blind-query textarea")).to_have_value("sql dashboards for a zoo")


def test_vote_buttons_stay_in_view(page):
    show(page, "sql dashboards for a zoo")
    page.mouse.wheel(0, 900)
    page.wait_for_function("scrollY > 300")
    box = page.locator("#sl-votes").bounding_box()
    assert 0 <= box["y"] < 40


def test_tally_is_saved_as_a_picture(page):
    show(page, "sql dashboards for a zoo")
    page.get_by_role("button", name="Equally good").click()
    expect(page.locator(".sl-tally").first).to_contain_text("1 equal")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as picture").click()
    picture = download.value.path().read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert struct.unpack(">II", picture[16:24]) == (1200, 630)
    assert len(picture) > 5000
