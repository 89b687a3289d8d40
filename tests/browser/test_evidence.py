"""Evidence in headless Chromium over the real app: one plot, rows that sort and filter, and the way to Compare and back."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_address import parts
from tests.browser.test_page import ids

pytestmark = pytest.mark.browser


def open_evidence(page):
    page.get_by_role("tab", name="Evidence").click()
    expect(page.locator(".sl-evidence")).to_be_visible()


def rows_of(page, title):
    return page.get_by_role("region", name=f"{title}: all queries").locator("tbody tr")


def test_evidence_opens_with_sentences_and_one_plot_judged_queries_first(page):
    page.set_viewport_size({"width": 1280, "height": 800})
    open_evidence(page)
    evidence = page.locator(".sl-evidence")
    expect(evidence.get_by_role("heading").first).to_have_text("What fine-tuning changed")
    assert 2 <= page.locator(".sl-opening > p:not(.sl-notice)").count() <= 3
    plot = page.locator(".sl-forest")
    expect(plot).to_have_count(1)
    groups = plot.locator("tbody th[scope=rowgroup]").all_inner_texts()
    assert [group.split(" (")[0] for group in groups] == ["Judged queries", "Known items"]
    names = ["Base (best passage)", "Base", "Fine-tuned", "BM25", "Hybrid"]
    shown = plot.locator("th[scope=row]").all_text_contents()
    assert [name.removesuffix(" too little judged") for name in shown] == [*names, *names]
    expect(evidence).to_contain_text("zebra auditing ${window.hacked='judged'} <img src=x")
    assert page.evaluate("window.hacked") is None
    assert not re.search(r"\bms\b", evidence.inner_text())


def test_rows_sort_by_a_heads_button_and_filter_by_word_and_kind(page):
    open_evidence(page)
    rows = rows_of(page, "Known items")
    total = rows.count()
    region = page.get_by_role("region", name="Known items: all queries")
    region.get_by_role("button", name="Base rank").click()
    ranks = [int(text) for text in rows.locator("td:nth-child(3)").all_inner_texts()]
    assert ranks == sorted(ranks, reverse=True)
    region.get_by_role("button", name="Base rank").click()
    ranks = [int(text) for text in rows.locator("td:nth-child(3)").all_inner_texts()]
    assert ranks == sorted(ranks)
    expect(region.locator("th[aria-sort]")).to_have_attribute("aria-sort", "ascending")
    page.get_by_label("Known items: which queries").select_option("worse")
    worse = rows.locator("visible=true").filter(has=page.locator(".sl-worse")).count()
    assert (
        0
        < worse
        == page.locator("tr[data-how=worse]:visible").count()
        - rows_of(page, "Judged queries").filter(has=page.locator(".sl-worse")).count()
    )
    page.get_by_label("Known items: which queries").select_option("")
    word = rows.first.locator("a").inner_text().split()[0]
    page.get_by_label("Known items: filter by a word").fill(word.upper())
    shown = [text.lower() for text in rows.locator("visible=true").locator("a").all_inner_texts()]
    assert 0 < len(shown) < total


def test_row_opens_its_comparison_at_the_top_with_its_listing_marked_and_back_returns(page):
    open_evidence(page)
    row = rows_of(page, "Known items").last
    row_id, query = row.get_attribute("data-row"), row.locator("a").inner_text()
    row.locator("a").click()
    expect(page.get_by_role("tab", name="Compare")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#sl-query textarea")).to_have_value(query)
    line = page.locator(".sl-wanted-line")
    expect(line).to_contain_text("Written for")
    assert re.search(r"Base: \d+\w\w, Fine-tuned: \d+\w\w of all", line.inner_text())
    assert page.evaluate("scrollY") == 0
    wanted = parts(page)["wanted"]
    assert parts(page) == {"q": query, "wanted": wanted}
    marked = page.locator(".sl-card.sl-wanted").evaluate_all("cards => cards.map(card => card.dataset.listing)")
    assert marked == [wanted] * (ids(page, "base") + ids(page, "tuned")).count(wanted)
    line.get_by_role("button", name="Whole text").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.go_back()
    expect(page.get_by_role("tab", name="Evidence")).to_have_attribute("aria-selected", "true")
    assert parts(page)["row"] == row_id
    here = page.locator(".sl-here")
    expect(here).to_have_attribute("data-row", row_id)
    expect(here).to_be_in_viewport()
    expect(here.locator("a")).to_be_focused()


def test_address_of_a_row_shows_it_and_the_wanted_listing_goes_with_its_query(page, url):
    open_evidence(page)
    row_id = rows_of(page, "Judged queries").last.get_attribute("data-row")
    page.goto(f"{url}?tab=evidence&row={row_id}")
    expect(page.locator(".sl-here")).to_have_attribute("data-row", row_id)
    expect(page.locator(".sl-here")).to_be_in_viewport()
    known = rows_of(page, "Known items").first.locator("a")
    known.click()
    expect(page.locator(".sl-wanted-line")).to_be_visible()
    page.fill("#sl-query textarea", "something else")
    page.click("#sl-go")
    expect(page).not_to_have_url(re.compile("wanted="))
    expect(page.locator(".sl-wanted-line")).to_be_hidden()
    expect(page.locator(".sl-card.sl-wanted")).to_have_count(0)
