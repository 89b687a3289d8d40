"""The panel's texts: what is allowed, what was read, all of it escaped."""

from comparison.request import ComparisonRequest
from tests.fakes import listing
from views.own import render_panel, render_problem, render_read
from views.templating import render
from views.understood import render_understood

EVIL = "<img src=x onerror=alert(1)> ${evil} `x`"


def read(count=1, **values):
    fields = {"file": "jobs.csv (CSV)", "rows": 1200, "left_out": {}, "notes": []} | values
    corpus = [listing(str(number), "word " * 200, title=EVIL) for number in range(count)]
    return render_read(corpus, ComparisonRequest("sql", is_own=True), **fields)


def test_panel_says_what_is_allowed_in_numbers():
    said = render_panel(1_300, 20 << 20)
    assert "Up to 1,300 listings and 20 MB" in said
    assert "deleted" in said


def test_read_file_shows_counts_reasons_and_the_first_listings():
    html = read(5, left_out={"repeated": 2, "of fewer than 20 words": 1_000}, notes=["Columns: title=role."])
    assert "5 listings of 1,200 rows." in html
    assert " ".join(html.split()).count("Left out: 2 repeated, 1,000 of fewer than 20 words.") == 1
    assert html.count("<li>") == 3
    assert "Columns: title=role." in html
    assert 'href="?q=sql&amp;listings=own"' in html


def test_hostile_file_is_shown_as_text():
    html = read(2, file=EVIL, left_out={EVIL: 1}, notes=[EVIL]) + render_problem(EVIL)
    html += render_understood(ComparisonRequest("sql", is_own=True), [], own=EVIL)
    assert "<img" not in html
    assert not set("$`{}") & set(html)


def test_problem_about_options_tells_what_to_do_here():
    assert "rename the column" in render_problem("name it with --columns title=COLUMN")
    assert "rename the column" not in render_problem("no file")


def test_chip_of_own_listings_goes_back_to_the_apps():
    html = render_understood(ComparisonRequest("sql", is_own=True), [], own="jobs.csv, 312")
    assert "Your listings: jobs.csv, 312" in html
    assert 'data-toggle="listings" data-key="own"' in html


def test_header_offers_own_listings_only_where_they_are_taken():
    for uploads in (0, 300):
        html = render("header.html", count=9, fictional=False, space="", uploads=uploads)
        assert ("use your own" in html) == bool(uploads)
