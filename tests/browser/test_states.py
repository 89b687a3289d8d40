"""Busy, no close match, not English, nothing typed lost; the phone's first look."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_address import parts
from tests.browser.test_page import ask

pytestmark = pytest.mark.browser

PHONE = {"width": 375, "height": 800}


def test_old_lists_are_dimmed_at_once_and_until_the_answer(page):
    ask(page, "sql dashboards")
    columns = page.locator("#sl-columns")
    expect(columns).not_to_have_class("sl-busy")
    page.route("**/queue/join*", lambda route: (page.wait_for_timeout(700), route.continue_()))
    page.fill("#sl-query textarea", "kafka streaming")
    dimmed = page.evaluate(
        """() => { document.querySelector("#sl-go").click();
        return new Promise(done => setTimeout(() => done(document.querySelector("#sl-columns").className), 50)); }"""
    )
    assert "sl-busy" in dimmed
    expect(page.locator(".sl-state")).to_have_attribute("data-address", "q=kafka+streaming")
    expect(page.locator("#sl-columns[aria-busy=false]")).to_have_count(1)
    assert "sl-busy" not in page.locator("#sl-columns").get_attribute("class")


def test_lost_connection_loads_the_page_anew_and_what_was_typed_is_still_there(page):
    ask(page, "sql dashboards")
    page.route("**/queue/join*", lambda route: route.abort(), times=1)
    page.fill("#sl-query textarea", "kafka, never answered")
    with page.expect_navigation():
        page.click("#sl-go")
    expect(page.locator(".sl-row")).to_have_count(20)
    expect(page.locator("#sl-query textarea")).to_have_value("kafka, never answered")
    assert parts(page) == {"q": "sql dashboards"}
    ask(page, "kafka, answered")
    page.reload()
    expect(page.locator("#sl-query textarea")).to_have_value("kafka, answered")


@pytest.mark.parametrize(("status", "said"), [(503, "The server is busy"), (429, "One visitor may not ask so often")])
def test_refused_question_is_said_in_the_page_and_the_next_answer_takes_the_line_away(page, status, said):
    ask(page, "sql dashboards")
    answer = {"status": status, "headers": {"Retry-After": "7"}, "json": {"detail": "full"}}
    page.route("**/queue/join*", lambda route: route.fulfill(**answer), times=1)
    page.fill("#sl-query textarea", "kafka streaming")
    page.click("#sl-go")
    line = page.locator("#sl-refused")
    expect(line).to_contain_text(said)
    expect(line).to_contain_text("Ask again in 7 seconds")
    expect(page.locator("#sl-columns")).not_to_have_class("sl-busy")
    ask(page, "kafka streaming")
    expect(line).to_be_hidden()


@pytest.mark.parametrize("query", ["asdfgh qwerty", "12345 67890"])
def test_no_close_match_is_said_above_the_lists_which_stay(page, query):
    ask(page, query)
    expect(page.locator(".sl-notice").filter(has_text="No close match")).to_have_count(1)
    expect(page.locator(".sl-row")).to_have_count(20)
    ask(page, "data analyst, sql dashboards")
    expect(page.locator(".sl-notice")).to_have_count(0)


def test_query_that_is_not_english_is_told_so_and_ranked(page):
    ask(page, "ich suche eine Stelle als Datenanalyst in Berlin")
    expect(page.locator(".sl-notice")).to_contain_text("does not look like English")
    expect(page.locator(".sl-row")).to_have_count(20)


def test_phone_goes_to_the_results_after_a_question_and_for_a_shared_link(open_at, url):
    page = open_at(**PHONE)
    expect(page.locator(".sl-row")).to_have_count(20)
    assert page.evaluate("scrollY") == 0
    ask(page, "sql dashboards")
    told = page.locator("#sl-summary")
    page.wait_for_function("document.querySelector('#sl-summary').getBoundingClientRect().top < 20")
    assert told.bounding_box()["y"] > -20
    page.goto(f"{url}?q=sql+dashboards&k=6")
    expect(page.locator(".sl-row")).to_have_count(12)
    page.wait_for_function("document.querySelector('#sl-summary').getBoundingClientRect().top < 20")


def test_dialog_says_not_found_and_answers_the_work_mode_by_the_listings_facts(open_at):
    page = open_at("?q=python, alpine skiing instructor, remote&left=bm25")
    page.locator(".sl-tuned .sl-row").first.click()
    rows = page.get_by_role("dialog").locator(".sl-parts tbody tr")
    skiing = rows.filter(has_text="alpine skiing instructor")
    # Nowhere in the corpus, so BM25 finds no word of it; a model may find what is a little like it.
    expect(skiing.locator("td").first).to_have_text("not found")
    facts = page.get_by_role("dialog").locator("header .sl-place").inner_text().split(" · ")
    mode = rows.filter(has=page.get_by_role("rowheader", name="remote", exact=True)).locator("td")
    expect(mode).to_contain_text("remote" if "remote" in facts else facts[2])
    expect(mode).to_contain_text("✓" if "remote" in facts else "✕")
