"""A comparison saved as CSV, JSON and picture, and read back."""

import csv
import io
import json
import struct

import pytest
from playwright.sync_api import expect

from tests.browser.test_page import ask, ids

pytestmark = pytest.mark.browser


def save(page, name):
    with page.expect_download() as started:
        page.get_by_role("button", name=name, exact=True).click()
    return started.value


def test_json_and_csv_hold_what_the_page_shows(page):
    ask(page, "sql, dashboards & more")
    download = save(page, "JSON")
    assert download.suggested_filename == "shortlist-sql-dashboards-more.json"
    saved = json.loads(download.path().read_text(encoding="utf-8"))
    assert saved["query"] == "sql, dashboards & more"
    for side in ("base", "tuned"):
        assert [result["listing_id"] for result in saved[side]] == ids(page, side)
    download = save(page, "CSV")
    assert download.suggested_filename == "shortlist-sql-dashboards-more.csv"
    rows = list(csv.DictReader(io.StringIO(download.path().read_text(encoding="utf-8-sig"), newline="")))
    shown = [("left", listing) for listing in ids(page, "base")] + [
        ("right", listing) for listing in ids(page, "tuned")
    ]
    assert [(row["list"], row["listing_id"]) for row in rows] == shown


@pytest.mark.parametrize("width", [1280, 375])
def test_picture_is_a_png_of_the_chart_in_any_window(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    ask(page, "sql dashboards")
    expect(page.locator(".sl-row")).to_have_count(20)
    download = save(page, "Picture")
    assert download.suggested_filename == "shortlist-sql-dashboards.png"
    data = download.path().read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    # Ten rows of 46 pixels, what stands above and below, twice as fine.
    assert struct.unpack(">II", data[16:24]) == (2400, 2 * (118 + 460 + 40))
    # Rows and lines, not an empty sheet.
    assert len(data) > 50_000
