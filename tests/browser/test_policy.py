"""The page's Content-Security-Policy in a real browser: it lives with it, and what is slipped in does not run."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_page import ask

pytestmark = pytest.mark.browser
SLIPPED_IN = """
() => {
  document.body.insertAdjacentHTML("beforeend", '<img src="data:," onerror="window.hacked = 1"><a href="javascript:window.hacked = 2" id="evil">x</a>');
  const script = document.createElement("script");
  script.textContent = "window.hacked = 3";
  document.body.append(script);
  document.querySelector("#evil").click();
  return new Promise((done) => setTimeout(() => done(window.hacked ?? "nothing ran"), 300));
}
"""


def test_page_runs_in_all_tabs_without_a_breach_and_scripts_slipped_in_do_not(page, url):
    breaches = []
    page.on("console", lambda message: breaches.append(message.text) if "Security Policy" in message.text else None)
    page.goto(url)
    expect(page.locator(".sl-row").first).to_be_visible()
    for tab in ("Evidence", "Map", "Blind test", "About", "Compare"):
        page.get_by_role("tab", name=tab).click()
    page.locator(".sl-tuned .sl-row").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert breaches == []
    assert page.evaluate(SLIPPED_IN) == "nothing ran"
    assert len(breaches) >= 3


def test_what_was_typed_or_sent_is_in_no_log(visit, served):
    page = visit()
    ask(page, "quokkatyped kubernetes")
    page.locator(".sl-tuned .sl-row").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    for query, status in (("quokkasent", 200), ({"quokkawrong": 1}, 422)):
        answer = page.request.post(f"{served.url}gradio_api/run/search", data={"data": [query]})
        assert answer.status == status
    log = served.log.read_text()
    assert "Running on" in log
    assert "quokka" not in log
