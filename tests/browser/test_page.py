"""The page in headless Chromium, over the real app with real weights."""

import re

import pytest
from playwright.sync_api import expect

from comparison.request import clean_query

pytestmark = pytest.mark.browser

# Another one is there for a phone, where one list stands alone.
BADGE = ".sl-move:not(.sl-alone)"
SEED_EXAMPLE = "data scientis 6 years expierience, LLMs, credit risk, content marketing"

SETTLING_MS = 500
# The lists are those of a query: others, such as the example's, stay until they come.
ANSWERED = """query => {
    const state = document.querySelector(".sl-state");
    return state && (new URLSearchParams(state.dataset.address).get("q") ?? "") === query;
}"""


def ask(page, text):
    page.fill("#sl-query textarea", text)
    page.click("#sl-go")
    page.wait_for_function(ANSWERED, arg=clean_query(text))


def open_options(page):
    page.get_by_role("button", name="Filters").click()
    expect(page.locator("#sl-k input[type=range]")).to_be_visible()


def ids(page, side):
    return page.eval_on_selector_all(f".sl-{side} .sl-card", "cards => cards.map(card => card.dataset.listing)")


def test_seed_example_shows_two_lists_of_ten_joined_by_listing(page):
    ask(page, SEED_EXAMPLE)
    expect(page.locator(".sl-card")).to_have_count(20)
    base, tuned = ids(page, "base"), ids(page, "tuned")
    assert len(set(base)) == len(set(tuned)) == 10
    common = set(base) & set(tuned)
    assert common
    expect(page.locator(".sl-numbers")).to_contain_text(f"{len(common)} of 10 jobs in both lists")
    badges = page.locator(f".sl-tuned {BADGE}").all_inner_texts()
    for rank, (listing, badge) in enumerate(zip(tuned, badges, strict=True), start=1):
        if listing in base:
            places = base.index(listing) + 1 - rank
            assert badge == ("same" if not places else f"{'up' if places > 0 else 'down'} {abs(places)}")
        else:
            # Beyond the base's ten, of the 71 listings.
            assert 10 < int(re.fullmatch(r"was (\d+)(?:st|nd|rd|th)", badge)[1]) <= 71


def test_lines_join_each_listing_of_either_list_once(page):
    ask(page, SEED_EXAMPLE)
    expect(page.locator(".sl-card")).to_have_count(20)
    union = set(ids(page, "base")) | set(ids(page, "tuned"))
    expect(page.locator(".sl-lines path")).to_have_count(len(union))
    drawn = page.eval_on_selector_all(".sl-lines path", "paths => paths.map(path => path.dataset.listing)")
    assert set(drawn) == union


@pytest.mark.parametrize("way", ["hover", "focus"])
def test_a_card_under_hover_or_focus_is_lit_in_both_lists(page, way):
    ask(page, SEED_EXAMPLE)
    expect(page.locator(".sl-card")).to_have_count(20)
    common = next(name for name in ids(page, "tuned") if name in ids(page, "base"))
    card = page.locator(f'.sl-tuned .sl-card[data-listing="{common}"]')
    getattr(card, way)()
    lit = page.locator(".sl-card.sl-lit")
    expect(lit).to_have_count(2)
    assert set(lit.evaluate_all("cards => cards.map(card => card.dataset.listing)")) == {common}


def test_enter_key_compares_too(page):
    page.fill("#sl-query textarea", "sql dashboards")
    page.press("#sl-query textarea", "Enter")
    page.wait_for_function(ANSWERED, arg="sql dashboards")
    expect(page.locator(".sl-card")).to_have_count(20)


def test_examples_are_shown_for_an_empty_box_fill_it_and_compare(page):
    chip = page.get_by_role("button", name="dbt, airflow, kafka")
    expect(chip).to_be_hidden()
    page.fill("#sl-query textarea", "")
    expect(page.get_by_role("button", name=f"{SEED_EXAMPLE} (with typos)")).to_be_visible()
    chip.click()
    query = "dbt, airflow, kafka, snowflake cost control"
    page.wait_for_function(ANSWERED, arg=query)
    expect(page.locator(".sl-card")).to_have_count(20)
    expect(page.locator("#sl-query textarea")).to_have_value(query)
    expect(chip).to_be_hidden()


def test_number_of_results_changes_by_keyboard(page):
    ask(page, SEED_EXAMPLE)
    expect(page.locator(".sl-card")).to_have_count(20)
    open_options(page)
    # The panel has come to rest: a key that meets it half open is lost.
    page.wait_for_timeout(SETTLING_MS)
    page.focus("#sl-k input[type=range]")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#sl-k input[type=number]")).to_have_value("11")
    expect(page.locator(".sl-card")).to_have_count(22)


def test_empty_query_asks_for_one(page):
    ask(page, "   ")
    expect(page.locator("#sl-summary")).to_contain_text("Type your skills")
    expect(page.locator(".sl-card")).to_have_count(0)


def test_long_query_is_cut_with_a_notice(page):
    ask(page, "sql " * 12_500)
    expect(page.locator(".sl-notice").first).to_contain_text("the first 2,000 were searched for")
    expect(page.locator(".sl-card")).to_have_count(20)


def test_hostile_listing_is_shown_as_text_and_runs_nothing(page):
    ask(page, "zebra auditing ${window.hacked='query'} <img src=x onerror=\"window.hacked='query'\">")
    card = page.locator(".sl-tuned .sl-card").first
    expect(card).to_contain_text("Data Analyst")
    expect(card).to_contain_text("${window.hacked='company'}")
    card.locator("h3").click()
    expect(page.locator("dialog[open] .sl-text")).to_contain_text("${window.hacked='text'}")
    assert page.evaluate("window.hacked") is None
    assert page.locator("#sl-columns img, #sl-columns script, #sl-detail img, #sl-detail script").count() == 0


def test_evidence_tab_shows_systems_intervals_and_verdicts(page):
    page.get_by_role("tab", name="Evidence").click()
    expect(page.get_by_role("region", name="Known items: each system")).to_contain_text("nDCG@10")
    pairs = page.get_by_role("region", name="Known items: against each other")
    # Five systems, so ten pairs.
    expect(pairs.locator("tbody tr")).to_have_count(10)
    expect(pairs).to_contain_text("Fine-tuned against Base")
    expect(page.get_by_role("region", name="with typing errors")).to_contain_text("upper case")
    # The best value of a row is coloured, and stands in line with the others.
    cells = page.get_by_role("region", name="Known items: each system").locator("tbody tr").first.locator("td")
    assert len(set(cells.evaluate_all("cells => cells.map(cell => getComputedStyle(cell).padding)"))) == 1


@pytest.mark.parametrize("view", ["compact", "cards"])
@pytest.mark.parametrize("width", [375, 768, 1280])
def test_page_never_scrolls_sideways(open_at, width, view):
    page = open_at(f"?q={SEED_EXAMPLE}&view={view}", width=width, height=800)
    expect(page.locator(".sl-card")).to_have_count(20)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    left = page.locator(".sl-base .sl-card").first
    right = page.locator(".sl-tuned .sl-card").first.bounding_box()
    if width < 700:
        expect(left).to_be_hidden()
        assert right["width"] > 0.85 * width
    else:
        box = left.bounding_box()
        assert box["x"] + box["width"] < right["x"]
        assert abs(box["y"] - right["y"]) < 2
    clipped = "cards => cards.filter(card => card.scrollWidth > card.clientWidth + 1).length"
    assert page.eval_on_selector_all(".sl-card", clipped) == 0


def test_phone_shows_one_list_and_the_switch_the_other(page):
    page.set_viewport_size({"width": 375, "height": 800})
    ask(page, SEED_EXAMPLE)
    expect(page.locator(".sl-card")).to_have_count(20)
    base, tuned = page.get_by_role("region", name="Base"), page.get_by_role("region", name="Fine-tuned")
    expect(tuned).to_be_visible()
    expect(base).to_be_hidden()
    shown = page.locator(".sl-move:visible").all_inner_texts()
    assert len(shown) == 10
    assert all(re.fullmatch(r"was \d+(st|nd|rd|th)|same", badge) for badge in shown)
    switch = page.get_by_role("group", name="List shown")
    switch.get_by_role("button", name="Base").click()
    expect(base).to_be_visible()
    expect(tuned).to_be_hidden()
    assert all(
        re.fullmatch(r"now \d+(st|nd|rd|th)|same", one) for one in page.locator(".sl-move:visible").all_inner_texts()
    )
    # The next query's list is the same model's.
    ask(page, "sql dashboards")
    expect(base).to_be_visible()
    expect(switch.get_by_role("button", name="Base")).to_have_attribute("aria-pressed", "true")
    page.locator(".sl-base h3").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert 280 < dialog.bounding_box()["width"] <= 375


def test_columns_are_named_ordered_lists(page):
    ask(page, SEED_EXAMPLE)
    expect(page.get_by_role("region", name="Base")).to_be_visible()
    expect(page.get_by_role("region", name="Fine-tuned")).to_be_visible()
    assert page.locator(".sl-column ol > li").count() == 20
