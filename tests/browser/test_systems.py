"""Any two systems, their ranks in each other's list, and what a dropdown leaves the focus on."""

import pytest
from gradio_client import Client
from playwright.sync_api import expect

from tests.browser.test_address import parts
from tests.browser.test_page import BADGE, ask, ids

pytestmark = pytest.mark.browser

QUERY = "sql dashboards, python"


def choose(page, side, label):
    page.get_by_label(f"System on the {side}").select_option(label=label)
    expect(page.locator(f".sl-{'base' if side == 'left' else 'tuned'} h2")).to_have_text(label)


@pytest.fixture(scope="module")
def client(url):
    return Client(url, verbose=False)


@pytest.mark.parametrize(
    ("left", "right", "labels"),
    [
        ("bm25", "hybrid", ("BM25", "Hybrid")),
        ("base-max_passage", "base", ("Base (best passage)", "Base")),
        ("tuned", "tuned-max_passage", ("Fine-tuned", "Fine-tuned (best passage)")),
    ],
)
def test_two_systems_stand_left_and_right_with_the_ranks_that_the_api_tells(page, client, left, right, labels):
    ask(page, QUERY)
    choose(page, "left", labels[0])
    choose(page, "right", labels[1])
    chosen = {name: value for name, value in (("left", left), ("right", right)) if value not in ("base", "tuned")}
    chosen |= {"left": "tuned"} if left == "tuned" else {}
    chosen |= {"right": "base"} if right == "base" else {}
    assert parts(page) == {"q": QUERY, **chosen}
    expect(page.locator(".sl-told")).to_contain_text(labels[1])
    answer = client.predict(query=QUERY, left=left, right=right, api_name="/compare")
    assert (answer["left"], answer["right"]) == (left, right)
    for side, other in (("base", "tuned_rank_in_all"), ("tuned", "base_rank_in_all")):
        assert ids(page, side) == [result["listing_id"] for result in answer[side]]
        told = page.eval_on_selector_all(f".sl-{side} .sl-row", "rows => rows.map(row => row.dataset.other)")
        assert told == [str(result[other] or "") for result in answer[side]]
    union = set(ids(page, "base")) | set(ids(page, "tuned"))
    expect(page.locator(".sl-lines path")).to_have_count(len(union))


def test_system_that_must_read_the_jobs_first_says_so_and_stands_there_later(open_at, url):
    """The page is never held up: the model of its side stands there meanwhile."""
    page = open_at(f"?q={QUERY}&right=tuned-first")
    expect(page.locator(".sl-notice")).to_contain_text("reads the jobs for the first time")
    expect(page.locator(".sl-tuned h2")).to_have_text("Fine-tuned")
    for _ in range(30):
        page.goto(f"{url}?q={QUERY}&right=tuned-first")
        expect(page.locator(".sl-row")).to_have_count(20)
        if page.locator(".sl-tuned h2").inner_text() == "Fine-tuned (first tokens)":
            break
        page.wait_for_timeout(1000)
    expect(page.locator(".sl-tuned h2")).to_have_text("Fine-tuned (first tokens)")


def test_badge_of_a_job_in_one_list_only_is_its_rank_in_the_other(page):
    ask(page, QUERY)
    choose(page, "left", "BM25")
    tuned = ids(page, "tuned")
    for listing, badge in zip(ids(page, "base"), page.locator(f".sl-base {BADGE}").all_inner_texts(), strict=True):
        assert badge.startswith(("up", "down", "same") if listing in tuned else "right ")


def test_choosing_a_system_keeps_the_focus_and_back_returns_to_the_other(page):
    ask(page, QUERY)
    control = page.get_by_label("System on the left")
    control.focus()
    control.select_option(label="BM25")
    expect(page.locator(".sl-base h2")).to_have_text("BM25")
    expect(page.get_by_label("System on the left")).to_be_focused()
    page.go_back()
    expect(page.locator(".sl-base h2")).to_have_text("Base")
    expect(page.get_by_label("System on the left")).to_have_value("base")


def test_unknown_system_in_the_address_gives_a_notice(open_at):
    page = open_at("?q=sql&left=bm26&third=%24%7B1%7D")
    expect(page.locator(".sl-notice")).to_have_count(2)
    expect(page.locator(".sl-base h2")).to_have_text("Base")
    assert parts(page) == {"q": "sql"}
