"""The Map, in headless Chromium over the real app."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def open_map(page, url, query="sql dashboards"):
    page.goto(f"{url}?q={query}")
    page.wait_for_selector(".sl-tuned .sl-card")
    page.get_by_role("tab", name="Map").click()
    expect(page.locator(".sl-map svg")).to_have_count(2, timeout=60_000)


def test_map_marks_the_comparisons_query_and_its_best_in_both(page, url):
    open_map(page, url)
    expect(page.locator("#sl-map-query textarea")).to_have_value("sql dashboards")
    expect(page.locator(".sl-spot")).to_have_count(20)
    assert page.locator(".sl-cross").count() == 2
    for side in ("base", "tuned"):
        best = page.locator(f".sl-map svg[data-side={side}] .sl-spot text").all_text_contents()
        assert sorted(map(int, best)) == list(range(1, 11))
    page.fill("#sl-map-query textarea", "<img src=x onerror='window.hacked=1'> kafka")
    page.get_by_role("button", name="Mark").click()
    expect(page.locator(".sl-map-key")).to_contain_text("kafka")
    assert page.evaluate("window.hacked") is None


def test_pointing_at_a_dot_rings_it_in_both_and_tells_its_title(page, url):
    open_map(page, url)
    dots = page.evaluate("JSON.parse(document.querySelector('.sl-map').dataset.points)")
    title, company, x, y, other_x, other_y = dots[0]
    box = page.locator(".sl-map svg").first.bounding_box()
    page.mouse.move(box["x"] + (x + 3) / 106 * box["width"], box["y"] + (y + 3) / 106 * box["height"])
    expect(page.locator(".sl-map-tip")).to_be_visible()
    assert page.locator(".sl-map-tip").inner_text() == f"{title}, {company}"
    rings = page.locator(".sl-ring").all()
    assert [(float(r.get_attribute("cx")), float(r.get_attribute("cy"))) for r in rings] == [(x, y), (other_x, other_y)]
    page.mouse.move(box["x"] - 10, box["y"] - 30)
    expect(page.locator(".sl-map-tip")).to_be_hidden()


def test_pointing_at_a_spot_tells_its_own_title_though_another_dot_lies_nearer(page, url):
    open_map(page, url)
    spot = page.locator(".sl-map svg[data-side=base] .sl-spot").last
    # As in a sample that this listing is not in.
    page.evaluate(
        """said => { const map = document.querySelector(".sl-map");
        map.dots = JSON.parse(map.dataset.points).filter(([title, company]) => `${title}, ${company}` !== said); }""",
        spot.get_attribute("data-said"),
    )
    spot.hover(force=True)
    expect(page.locator(".sl-map-tip")).to_have_text(spot.get_attribute("data-said"))
    expect(page.locator(".sl-ring").first).to_have_attribute("visibility", "hidden")


def test_best_are_reached_and_read_by_keyboard_and_a_phone_shows_one_map_under_the_other(page, url):
    page.set_viewport_size({"width": 375, "height": 800})
    open_map(page, url)
    page.locator(".sl-spot").first.focus()
    expect(page.locator(".sl-map-tip")).to_be_visible()
    assert page.locator(".sl-map-tip").inner_text() in page.locator(".sl-spot").first.get_attribute("aria-label")
    page.keyboard.press("Escape")
    expect(page.locator(".sl-map-tip")).to_be_hidden()
    page.locator(".sl-spot").nth(1).focus()
    expect(page.locator(".sl-map-tip")).to_be_visible()
    page.locator("#sl-map-query textarea").focus()
    expect(page.locator(".sl-map-tip")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    first, second = (page.locator(".sl-map svg").nth(place).bounding_box() for place in (0, 1))
    assert first["y"] + first["height"] <= second["y"]
