"""Tabs in the address, Back and Forward, and the dark switch, in headless Chromium over the real app."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_address import parts
from tests.browser.test_page import ask

pytestmark = pytest.mark.browser

TABS = {"Evidence": "evidence", "Map": "map", "Blind test": "blind", "About": "about"}


def tab(page, name):
    return page.get_by_role("tab", name=name)


def expect_tab(page, name):
    expect(tab(page, name)).to_have_attribute("aria-selected", "true")


def test_each_tab_has_an_address_that_opens_it_and_compare_has_none(page, url):
    ask(page, "sql dashboards")
    for name, address in TABS.items():
        tab(page, name).click()
        expect(page).to_have_url(re.compile(f"tab={address}"))
        assert parts(page) == {"q": "sql dashboards", "tab": address}
    page.reload()
    expect_tab(page, "About")
    expect(page.locator(".sl-about")).to_be_visible()
    tab(page, "Compare").click()
    expect(page).not_to_have_url(re.compile("tab="))
    assert parts(page) == {"q": "sql dashboards"}
    page.goto(f"{url}?tab=map")
    expect(page.locator(".sl-plane")).to_have_count(2, timeout=60_000)
    page.goto(f"{url}?tab=nonsense")
    expect_tab(page, "Compare")


def test_back_and_forward_move_between_tabs_and_keep_the_comparison(page):
    ask(page, "sql dashboards")
    tab(page, "Evidence").click()
    expect(page).to_have_url(re.compile("tab=evidence"))
    tab(page, "About").click()
    expect(page).to_have_url(re.compile("tab=about"))
    page.evaluate("window.shown = document.querySelector('.sl-state')")
    page.go_back()
    expect_tab(page, "Evidence")
    page.go_back()
    expect_tab(page, "Compare")
    page.go_forward()
    expect_tab(page, "Evidence")
    page.go_back()
    expect(page.locator(".sl-card").first).to_be_visible()
    # It was not asked for again.
    assert page.evaluate("window.shown === document.querySelector('.sl-state')")


def test_link_to_a_comparison_leaves_the_tab_and_back_returns_to_it(page):
    tab(page, "Evidence").click()
    page.locator(".sl-evidence a.sl-link").first.click()
    expect_tab(page, "Compare")
    expect(page).not_to_have_url(re.compile("tab="))
    page.go_back()
    expect_tab(page, "Evidence")


def test_back_closes_a_dialog_first(page):
    ask(page, "sql dashboards")
    address = page.url
    card = page.locator(".sl-card:visible").first
    card.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.url == address
    # The same one again; closed otherwise, it leaves no step behind.
    card.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.locator(".sl-close:visible").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.wait_for_function("history.state === null")
    assert page.url == address
    page.go_back()
    expect(page).not_to_have_url(address)


def is_dark(page):
    return page.evaluate("document.body.classList.contains('dark')")


def test_dark_switch_is_kept_and_the_page_is_never_painted_light(page, url):
    assert not is_dark(page)
    page.get_by_role("button", name="Dark").click()
    assert is_dark(page)
    # From the first frame on: what the page's background is before Gradio has started.
    page.add_init_script(
        """window.frames_ = []; const look = () => { if (document.body)
        window.frames_.push(getComputedStyle(document.body).backgroundColor);
        if (window.frames_.length < 200) requestAnimationFrame(look); }; requestAnimationFrame(look);"""
    )
    page.goto(url)
    page.wait_for_selector(".sl-card")
    assert is_dark(page)
    lightness = [max(map(float, re.findall(r"[\d.]+", colour)[:3])) for colour in set(page.evaluate("frames_"))]
    assert max(lightness) < 60
    page.get_by_role("button", name="Light").click()
    page.reload()
    page.wait_for_selector(".sl-card")
    assert not is_dark(page)


def test_theme_in_the_address_wins_and_the_switch_changes_it(page, url):
    page.get_by_role("button", name="Dark").click()
    page.goto(f"{url}?__theme=light")
    page.wait_for_selector(".sl-card")
    assert not is_dark(page)
    page.get_by_role("button", name="Dark").click()
    assert is_dark(page)
    assert parts(page) == {"__theme": "dark"}
    page.goto(f"{url}?__theme=system")
    page.wait_for_selector(".sl-card")
    assert is_dark(page)


def test_dark_system_can_be_light_here(open_at):
    page = open_at(color_scheme="dark")
    page.wait_for_selector(".sl-card")
    assert is_dark(page)
    page.get_by_role("button", name="Light").click()
    assert not is_dark(page)
    page.reload()
    page.wait_for_selector(".sl-card")
    assert not is_dark(page)
