"""The page's own styles and scripts as they are sent."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from pages.assets import (
    FIRST_SCRIPT,
    FIRST_STYLE,
    LATE_SCRIPTS,
    SCRIPTS,
    STATIC,
    STYLES,
    late_routes,
    read_first,
    read_script,
    read_scripts,
    read_styles,
)


def test_page_begins_with_less_than_62_kb_of_our_own():
    sent = read_first() + read_scripts() + read_styles()
    assert 30_000 < len(sent.encode()) < 62_000


def test_every_file_is_sent():
    assert {path.name for path in STATIC.iterdir()} == {
        FIRST_SCRIPT,
        FIRST_STYLE,
        *SCRIPTS,
        *STYLES,
        *LATE_SCRIPTS,
    }


def test_comments_are_left_out_and_the_rest_stays():
    assert "// " not in read_script("theme.js")
    assert "/*" not in read_styles()
    assert '`shortlist-${name || "comparison"}.${kind}`' in read_script("save.js")
    assert "@media (max-width:700px)" in read_styles()


@pytest.mark.parametrize("name", LATE_SCRIPTS)
def test_late_scripts_are_served_by_name_only(name):
    client = TestClient(Starlette(routes=late_routes()))
    answer = client.get(f"/script/{name}")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.text.startswith("(()=>{")
    assert client.get("/script/page.css").status_code == 404
