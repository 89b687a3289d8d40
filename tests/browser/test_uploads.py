"""A visitor's own listings in headless Chromium: hostile files, two visitors, and the end of a visit."""

import csv
import json
import time
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from gradio_client import Client
from playwright.sync_api import expect

from tests.browser.conftest import Served, drop
from tests.browser.test_accessibility import SETTLED
from tests.browser.test_address import parts
from tests.browser.test_first_screen import EDGES
from tests.browser.test_page import ask, ids, open_options

pytestmark = pytest.mark.browser

READ_MS = 180_000
HOSTILE = {
    "Job Title": "<script>window.hacked='title'</script> Zebra Auditor <img src=x onerror=\"window.hacked='image'\">",
    "Company": "${window.hacked='company'}",
    "Location": "{{window.hacked='place'}} `x` <svg onload=window.hacked='svg'>",
    "Job Description": "Zebra auditing for the people who count stripes on foot, in a team that likes its work and does it "
    "slowly. &lt;script&gt;window.hacked='script'&lt;/script&gt; <a href=\"javascript:window.hacked='link'\">x</a> "
    "${window.hacked='text'} \\' onmouseover=alert(1)",
    '<b onclick="window.hacked=1">column</b>': "=cmd()",
}


def write_jobs(path: Path, name: str, *rows: dict[str, str]) -> Path:
    """Write a table of twelve listings with a word of their own, and some more."""
    made = [
        {
            "Job Title": f"{name} keeper {number}",
            "Company": f"{name} park",
            "Location": "Leeds, UK",
            "Job Description": f"You feed the {name} and write SQL about it. "
            + " ".join(f"{name}{number}x{place}" for place in range(25)),
        }
        for number in range(12)
    ]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(key for row in [*made, *rows] for key in row)))
        writer.writeheader()
        writer.writerows([*made, *rows])
    return path


def drop_and_wait(page, path):
    """Drop a file until the turn is free, and wait for what is said of it; return that."""
    said = page.locator("#sl-own-said")
    for _ in range(60):
        drop(page, path)
        page.wait_for_timeout(700)
        expect(said.locator(".progress-text")).to_have_count(0, timeout=READ_MS)
        if "being read right now" not in said.inner_text():
            break
        page.wait_for_timeout(1000)
    return said


def bring(page, path):
    """Drop a file, and compare over it once it is read."""
    drop_and_wait(page, path)
    page.click(".sl-own-go")
    expect(page.locator(".sl-own-chip")).to_contain_text(f"Your listings: {path.name}")


def test_hostile_file_is_read_compared_and_shown_as_text(visit, served, tmp_path):
    page = visit()
    bring(page, write_jobs(tmp_path / "jobs.csv", "zebra", HOSTILE, {"Job Title": "Empty"}))
    assert page.locator("#sl-own:popover-open").count() == 0
    ask(page, "zebra auditing, count stripes")
    page.get_by_role("button", name="Cards").click()
    expect(page.locator(".sl-excerpt").first).to_be_visible()
    first = page.locator(".sl-tuned .sl-card").first
    expect(first).to_contain_text("Zebra Auditor")
    first.click()
    expect(page.get_by_role("dialog").last).to_contain_text("onmouseover=alert(1)")
    page.keyboard.press("Escape")
    page.click(".sl-own-open")
    told = page.locator(".sl-own-read")
    expect(told).to_contain_text("13 listings of 14 rows. Left out: 1 without a title or a text.")
    expect(told).to_contain_text("title=Job Title, description=Job Description, company=Company, location=Location")
    expect(told).to_contain_text('not read: <b onclick="window.hacked=1">column</b>')
    assert page.evaluate("window.hacked") is None
    assert page.locator("#sl-own-said :is(script, img, svg, b[onclick])").count() == 0
    assert served.files == []


def test_own_listings_are_filtered_by_their_own_values_and_ranked_by_four_systems(visit, tmp_path):
    page = visit("?q=sql&family=Data+Analyst")
    bring(page, write_jobs(tmp_path / "okapi.csv", "okapi", {**HOSTILE, "Job Title": "Data Engineer"}))
    assert parts(page) == {"q": "sql", "listings": "own"}
    choices = page.locator(".sl-base select option")
    assert choices.evaluate_all("all => all.map(one => one.value)") == ["base", "tuned", "bm25", "hybrid"]
    open_options(page)
    assert page.locator("select[data-choose=family] option").all_inner_texts() == ["Any", "Data Engineer"]
    page.get_by_label("System on the right").select_option("bm25")
    expect(page.locator(".sl-tuned h2")).to_have_text("BM25")
    assert all("okapi" in title or "Engineer" in title for title in page.locator(".sl-row h3").all_inner_texts())
    for tab in ("Evidence", "Map", "Blind test"):
        page.get_by_role("tab", name=tab).click()
        expect(page.locator(".sl-own-note:visible")).to_have_text("This is about the app's listings, not about yours.")
    page.get_by_role("tab", name="Compare").click()
    page.get_by_role("button", name="go back to the app's listings").click()
    expect(page.locator(".sl-own-chip")).to_have_count(0)
    assert "okapi" not in page.locator("#sl-columns").inner_text()
    page.go_back()
    expect(page.locator(".sl-own-chip")).to_have_count(1)
    assert "okapi" in page.locator("#sl-columns").inner_text()


def test_first_screen_holds_all_rows_with_and_without_own_listings(visit, tmp_path):
    page = visit()
    expect(page.locator(".sl-row")).to_have_count(20)
    assert page.eval_on_selector_all(".sl-row", EDGES)[1] <= 800
    bring(page, write_jobs(tmp_path / "a-long-name-of-a-file-of-listings-of-2026.csv", "yak"))
    expect(page.locator(".sl-row")).to_have_count(20)
    assert page.eval_on_selector_all(".sl-row", EDGES)[1] <= 800
    assert page.evaluate("scrollY") == 0


def test_link_says_that_it_holds_no_listings_and_who_opens_it_is_told(visit, tmp_path):
    page = visit()
    bring(page, write_jobs(tmp_path / "emu.csv", "emu"))
    page.get_by_role("button", name="Copy link").click()
    said = page.locator(".sl-copied")
    expect(said).to_contain_text("your listings are not in it") if not said.locator("input").count() else None
    other = visit("?" + page.url.partition("?")[2])
    expect(other.locator(".sl-notice")).to_contain_text("over somebody's own listings")
    assert "emu" not in other.locator("#sl-columns").inner_text()
    assert "listings" not in parts(other)
    page.reload()
    expect(page.locator(".sl-notice")).to_contain_text("over somebody's own listings")


def test_two_visitors_at_once_never_see_each_others_listings(visit, served, tmp_path):
    anna, ben = visit(), visit()
    drop(anna, write_jobs(tmp_path / "lynx.csv", "lynx"))
    expect(anna.locator("#sl-own-said .progress-text")).to_be_visible()
    drop(ben, write_jobs(tmp_path / "puma.csv", "puma"))
    expect(ben.locator("#sl-own .sl-notice")).to_contain_text("being read right now")
    anna.locator(".sl-own-go").wait_for(timeout=READ_MS)
    anna.click(".sl-own-go")
    expect(anna.locator(".sl-own-chip")).to_have_count(1)
    bring(ben, tmp_path / "puma.csv")
    for page, own, other in ((anna, "lynx", "puma"), (ben, "puma", "lynx")):
        ask(page, f"{other} keeper, {own}")
        expect(page.locator(".sl-row").first).to_be_visible()
        for section in ("#sl-columns", "#sl-own-said"):
            text = page.locator(section).text_content()
            assert own in text, section
            assert other not in text, section
    client = Client(served.url, verbose=False)
    for name in ("lynx", "puma"):
        answer = client.predict(query=f"{name} keeper", k=25, api_name="/compare")
        assert f"{name} keeper" not in json.dumps([answer["base"], answer["tuned"]])
    assert served.files == []


def asked_by(page):
    """Compare once more; return what the page sent, and its answer as anybody would get it who sends the same."""
    with page.expect_request("**/queue/join*") as sent:
        ask(page, "sql please")
    return sent.value.post_data_json


def replay(served: Served, body: dict) -> str:
    """Send an event as a program would; return all that comes back."""
    api = served.url + "gradio_api/queue/"
    assert httpx.post(api + "join", json=body).status_code == 200
    with httpx.stream("GET", api + "data", params={"session_hash": body["session_hash"]}, timeout=60) as answer:
        found = ""
        for line in answer.iter_lines():
            found += line
            if "process_completed" in line:
                return found
    return found


def test_listings_are_gone_when_the_visit_ends_and_only_its_session_had_them(visit, served, tmp_path):
    page = visit()
    bring(page, write_jobs(tmp_path / "ibex.csv", "ibex"))
    body = asked_by(page)
    expect(page.locator(".sl-row").first).to_contain_text("ibex")
    stranger = replay(served, {**body, "session_hash": "stranger"})
    assert "ibex" not in stranger
    assert "own listings" in stranger
    page.close()
    deadline = time.monotonic() + 30
    while "ibex" in (answer := replay(served, body)) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert "ibex" not in answer
    assert "own listings" in answer
    assert served.files == []


def test_visit_that_ends_while_its_file_is_read_frees_the_turn(visit, served, tmp_path):
    page = visit()
    drop(page, write_jobs(tmp_path / "kudu.csv", "kudu"))
    expect(page.locator("#sl-own-said .progress-text")).to_be_visible()
    page.close()
    other = visit()
    drop_and_wait(other, write_jobs(tmp_path / "gnu.csv", "gnu"))
    expect(other.locator(".sl-own-go")).to_have_count(1)
    assert served.files == []


def test_bad_file_is_told_in_the_panel_and_the_next_one_is_taken(visit, tmp_path):
    page = visit()
    bad = tmp_path / "bad.csv"
    bad.write_text("colour,size\nred,3\n")
    said = drop_and_wait(page, bad).locator(".sl-notice")
    expect(said).to_contain_text("expected a column for title and description in bad.csv, it has colour, size")
    bring(page, write_jobs(tmp_path / "vole.csv", "vole"))
    expect(said).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_panel_passes_axe_by_keyboard_and_on_a_phone(visit, tmp_path, theme):
    page = visit(f"?__theme={theme}", width=375, height=760)
    page.locator(".sl-own-open").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Your own listings")).to_be_visible()
    drop_and_wait(page, write_jobs(tmp_path / "stoat.csv", "stoat"))
    page.wait_for_function(SETTLED)
    found = Axe().run(page, "#sl-own").response["violations"]
    assert [(one["id"], [node["html"][:90] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.locator(".sl-own-go").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".sl-own-chip")).to_contain_text("stoat.csv")
    assert ids(page, "tuned")


def test_uploads_leave_no_error_in_the_log(served):
    assert "Traceback" not in served.log.read_text()
