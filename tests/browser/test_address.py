"""Addresses, filters and the listing's whole text, in headless Chromium over the real app."""

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.test_page import ask, ids, open_options

pytestmark = pytest.mark.browser


def parts(page):
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def wait_until(page, is_so):
    """Wait up to 30 s, while the page goes on."""
    for _ in range(300):
        if is_so():
            return
        page.wait_for_timeout(100)
    pytest.fail("not in 30 s")


def choose(page, name, value):
    """Choose in one of the filters; the level stands in the row."""
    page.locator(f"select[data-choose={name}]").select_option(value)


def test_address_follows_and_opens_the_same_lists_in_a_new_page(page, browser, url):
    ask(page, "sql, python 100%")
    expect(page.locator(".sl-card")).to_have_count(20)
    open_options(page)
    choose(page, "family", "Data Analyst")
    page.fill("#sl-without input, #sl-without textarea", "zebra, r")
    expect(page).to_have_url(re.compile("without=zebra%2C\\+r"))
    assert parts(page) == {"q": "sql, python 100%", "family": "Data Analyst", "without": "zebra, r"}
    other = browser.new_page()
    other.goto(page.url)
    expect(other.locator(".sl-filtered")).to_contain_text(
        re.compile(r"Data Analyst · without “zebra” \(\d+ left out\) · without “r” \(\d+ left out\)")
    )
    assert ids(other, "base") == ids(page, "base")
    assert ids(other, "tuned") == ids(page, "tuned")
    expect(other.locator("#sl-query textarea")).to_have_value("sql, python 100%")
    other.close()


def test_address_of_everything_is_kept_while_the_widgets_are_set(page, url):
    """The fields that are typed tell a change while the others still hold what was there before."""
    wanted = {
        "q": "python",
        "k": "6",
        "family": "Data Analyst",
        "mode": "hybrid",
        "location": "usa",
        "without": "zebra",
        "right": "bm25",
    }
    page.goto(f"{url}?{urlencode(wanted)}")
    expect(page.locator(".sl-tuned h2")).to_have_text("BM25")
    page.wait_for_timeout(1500)
    assert parts(page) == wanted
    expect(page.locator(".sl-filtered")).to_contain_text("Data Analyst · hybrid · in “usa” · without “zebra”")
    open_options(page)
    expect(page.get_by_label("System on the right")).to_have_value("bm25")
    expect(page.locator("select[data-choose=mode]")).to_have_value("hybrid")
    expect(page.get_by_role("checkbox", name="Remote")).not_to_be_checked()
    page.fill("#sl-without input, #sl-without textarea", "")
    expect(page).not_to_have_url(re.compile("without"))
    assert parts(page) == {name: value for name, value in wanted.items() if name != "without"}


def test_filters_keep_ten_results_and_let_only_fitting_ones_pass(page):
    ask(page, "python")
    page.get_by_role("button", name="Cards").click()
    open_options(page)
    choose(page, "family", "Data Engineer")
    expect(page.locator(".sl-filtered")).to_contain_text("Data Engineer")
    expect(page.locator(".sl-card")).to_have_count(20)
    tags = page.locator(".sl-card .sl-tags").all_inner_texts()
    assert all("Data Engineer" in tag for tag in tags)
    page.get_by_role("link", name="Clear filters").click()
    expect(page.locator(".sl-filtered")).to_have_count(0)
    assert parts(page) == {"q": "python", "view": "cards"}
    expect(page.locator("select[data-choose=family]")).to_have_value("")


def test_filter_stands_as_a_chip_whose_x_takes_it_back(page):
    ask(page, "python")
    page.fill("#sl-location input, #sl-location textarea", "o")
    choose(page, "seniority", "senior")
    expect(page.locator(".sl-filter span")).to_have_text(["senior", "in “o”"])
    page.get_by_role("link", name="remove the filter: in “o”").click()
    expect(page.locator(".sl-filter span")).to_have_text(["senior"])
    assert parts(page) == {"q": "python", "seniority": "senior"}
    expect(page.locator("#sl-location").locator("input, textarea")).to_have_value("")
    expect(page.locator("#sl-query textarea")).to_be_focused()


def test_what_is_chosen_before_an_answer_comes_is_not_lost_with_it(page):
    ask(page, "python")
    open_options(page)
    held = []
    page.route("**/queue/join*", lambda route: held.append(route))
    choose(page, "seniority", "senior")
    choose(page, "family", "Data Engineer")
    wait_until(page, lambda: held)
    # The first answer comes while the second question is still on its way.
    held.pop().continue_()
    expect(page).to_have_url(re.compile("seniority=senior"))
    wait_until(page, lambda: held)
    choose(page, "mode", "remote")
    held.pop().continue_()
    page.unroute("**/queue/join*")
    expect(page.locator(".sl-filter span")).to_have_text(["Data Engineer", "remote", "senior"])
    assert parts(page) == {"q": "python", "family": "Data Engineer", "seniority": "senior", "mode": "remote"}


# What the server sends takes half a second longer than what the page sends.
LATE = """() => {
    const send = window.fetch;
    const late = () => new TransformStream({
        async transform(part, out) {
            await new Promise((then) => setTimeout(then, 500));
            out.enqueue(part);
        },
    });
    window.fetch = async (...sent) => {
        const answer = await send(...sent);
        return answer.url.includes("/queue/data") ? new Response(answer.body.pipeThrough(late()), answer) : answer;
    };
}"""


def test_question_that_is_taken_while_the_answers_end_is_answered(browser, url):
    page = browser.new_page()
    page.add_init_script(f"({LATE})()")
    ended = []
    page.on("requestfinished", lambda sent: ended.append(sent.url) if "/queue/data" in sent.url else None)
    page.goto(url + "?q=python")
    expect(page.locator(".sl-row")).to_have_count(20)
    expect(page.locator("#sl-columns")).to_have_attribute("aria-busy", "false")
    before = len(ended)
    page.fill("#sl-location input, #sl-location textarea", "o")
    # The server has ended this question's answers, and the page does not know yet.
    wait_until(page, lambda: len(ended) > before)
    choose(page, "seniority", "senior")
    expect(page.locator(".sl-filter span")).to_have_text(["senior", "in “o”"])
    expect(page.locator("#sl-columns")).to_have_attribute("aria-busy", "false")
    page.close()


def test_row_to_ask_is_one_line_in_a_window_of_1280(page):
    boxes = [page.locator(one).bounding_box() for one in ("#sl-query", "#sl-location", "#sl-row", "#sl-go")]
    middles = [box["y"] + box["height"] / 2 for box in boxes]
    assert max(middles) - min(middles) < 12
    assert [box["x"] for box in boxes] == sorted(box["x"] for box in boxes)


def test_filters_that_leave_nothing_offer_a_way_out(page):
    ask(page, "python")
    page.fill("#sl-location input, #sl-location textarea", "Atlantis")
    expect(page.locator("#sl-summary")).to_contain_text("No listing passes these filters")
    page.get_by_role("link", name="Rank all listings instead").click()
    expect(page.locator(".sl-card")).to_have_count(20)


def test_back_and_forward_go_through_comparisons(page):
    ask(page, "sql dashboards")
    expect(page).to_have_url(re.compile("q=sql"))
    first = ids(page, "tuned")
    ask(page, "kafka streaming")
    expect(page).to_have_url(re.compile("q=kafka"))
    page.go_back()
    expect(page.locator("#sl-query textarea")).to_have_value("sql dashboards")
    expect(page.locator(f'.sl-tuned .sl-card[data-rank="1"][data-listing="{first[0]}"]')).to_be_visible()
    assert ids(page, "tuned") == first
    page.go_forward()
    expect(page.locator("#sl-query textarea")).to_have_value("kafka streaming")
    assert parts(page) == {"q": "kafka streaming"}


def test_hostile_address_is_put_right_and_runs_nothing(open_at):
    page = open_at("?q=%3Cimg+src%3Dx+onerror%3D%22window.hacked%3D1%22%3E&k=-1&family=%3Cscript%3E&third=$%7B1%7D")
    expect(page.locator(".sl-card")).to_have_count(20)
    expect(page.locator(".sl-notice").filter(has_text="There is no")).to_have_count(2)
    expect(page.locator(".sl-notice").filter(has_text="The number of results")).to_have_count(1)
    assert page.evaluate("window.hacked") is None
    assert parts(page) == {"q": '<img src=x onerror="window.hacked=1">'}


def test_copy_link_gives_the_address_of_the_comparison_only(open_at, url):
    page = open_at("?q=sql&__theme=dark")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator(".sl-copied")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == f"{url}?q=sql"


@pytest.mark.parametrize("way", ["click", "keyboard"])
def test_card_opens_the_whole_text_with_best_sentences_and_gives_focus_back(page, way):
    ask(page, "python and sql")
    card = page.locator(".sl-tuned .sl-card").first
    expect(card).to_be_visible()
    if way == "click":
        card.locator("h3").click()
    else:
        card.focus()
        page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(card.locator("h3").inner_text())
    expect(dialog.locator(".sl-key")).to_have_count(2)
    assert dialog.locator(".sl-parts tbody th").all_inner_texts() == ["python", "sql"]
    box = dialog.bounding_box()
    # In the middle, and whole inside the window of 1280 by 900.
    assert abs(box["x"] + box["width"] / 2 - 640) < 10
    assert 20 < box["y"] < 100
    assert box["y"] + box["height"] < 900
    assert dialog.locator(".sl-sentence-base").count() >= 1
    assert dialog.locator(".sl-sentence-tuned").count() >= 1
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    if way == "keyboard":
        expect(card).to_be_focused()
