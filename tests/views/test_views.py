"""What the page shows: moves are told, the passage that won, the best sentences."""

import re

import pytest

from comparison.moves import Comparison
from comparison.request import ComparisonRequest
from comparison.sentences import Sentence
from search.records import Hit, Ranking
from search.understanding.understanding import Statement, Understanding
from tests.fakes import listing
from views.compare import render_columns, render_head
from views.detail import MAX_FACETS, BestSentences, render_detail
from views.templating import render


def ranking(*names):
    return Ranking(tuple(Hit(name, 0.5, rank) for rank, name in enumerate(names, start=1)), 0.012, 0.0004)


NAMES = {"base": "base/id", "tuned": "tuned/id"}
VIEWS = ("compact", "cards")


def columns(view, **fields):
    listings = {name: listing(name, "models", **fields) for name in ("a", "b", "c")}
    comparison = Comparison(ranking("a", "b"), ranking("b", "c"), k=2)
    return render_columns(comparison, listings, query="model", names=NAMES, view=view)


@pytest.mark.parametrize("view", VIEWS)
def test_columns_hold_two_ordered_lists_with_names_and_joined_listings(view):
    html = columns(view, title="Analyst")
    assert html.count("<ol>") == 2
    assert html.count('aria-labelledby="sl-') == 2
    assert html.count('data-listing="b"') == 2
    assert html.count('data-listing="a"') == html.count('data-listing="c"') == 1
    assert [int(rank) for rank in re.findall(r'data-rank="(\d+)"', html)] == [1, 2, 1, 2]
    assert "encode 12 ms, search 0.4 ms" in html
    assert ("<mark>models</mark>" in html) == (view == "cards")


@pytest.mark.parametrize("view", VIEWS)
def test_columns_without_a_title_say_so(view):
    assert columns(view, title="").count("Rank 1: Untitled listing, ") == 2


def test_row_shows_the_listings_facts_and_its_rank_in_all_of_the_other_list():
    facts = {"company": "Larkspur", "location": "Berlin", "work_mode": "remote", "seniority": "senior"}
    listings = {name: listing(name, "models", title="Analyst", **facts) for name in "abc"}
    in_all = {"base": {"a": 1, "b": 2, "c": 40}, "tuned": {"a": 34, "b": 1, "c": 2}}
    comparison = Comparison(ranking("a", "b"), ranking("b", "c"), k=2, ranks_in_all=in_all)
    html = render_columns(comparison, listings, query="model", names=NAMES)
    assert html.count('<p class="sl-place">Larkspur · Berlin · remote · senior</p>') == 4
    badges = re.findall(r'<span class="sl-move" title=".*?">(.*?)</span>', html)
    assert badges == ["now 34th", "up 1", "up 1", "was 40th"]
    assert re.findall(r'data-other="(\d+)" data-places="(\d+)"', html) == [
        ("34", "33"),
        ("1", "1"),
        ("2", "1"),
        ("40", "38"),
    ]


@pytest.mark.parametrize("view", VIEWS)
def test_listing_has_a_tick_or_a_cross_for_what_is_known_in_the_slot_of_the_statement(view):
    level = Statement("level", ("senior",), (0, 6), "senior")
    refused = Statement("words", ("sales",), (11, 16), "sales", is_refused=True)
    comparison = Comparison(
        ranking("a"),
        ranking("b"),
        k=2,
        understanding=Understanding("senior, no sales", (level, refused)),
        checks={"a": (True, False), "b": (None, True)},
    )
    listings = {name: listing(name, "models", title="Analyst") for name in "ab"}
    html = render_columns(comparison, listings, query="model", names=NAMES, view=view)
    found = re.findall(r'<li class="sl-fit-(yes|no)" title="(.*?)"\s+style="grid-area: 1 / (\d)">', html)
    assert found == [
        ("yes", "Fits: senior", "1"),
        ("no", "Does not fit: no sales", "2"),
        ("yes", "Fits: no sales", "2"),
    ]
    assert "; Fits: senior; Does not fit: no sales" in html
    assert html.count('<span class="sl-said">Fits: no sales</span>') == 1


def test_head_tells_the_verdict_the_numbers_and_the_view():
    """a, b against b, c: one of two common; b rose."""
    listings = {name: listing(name, "", title=f"Job {name}") for name in "abc"}
    comparison = Comparison(ranking("a", "b"), ranking("b", "c"), k=2)
    html = {view: render_head(ComparisonRequest("q", view=view), [], comparison, listings=listings) for view in VIEWS}
    for one in html.values():
        assert "<p>Fine-tuning replaced 1 of 2. Biggest rise: Job b (2nd to 1st).</p>" in one
        assert ">1 of 2 jobs in both lists: 1 up</p>" in one
        assert 'title="Rank-biased overlap 0.' in one
    pressed = r'<button type="button" aria-pressed="true" data-key="cards"\s+>(\w+)</button>'
    assert [re.findall(pressed, html[view]) for view in VIEWS] == [["Compact"], ["Cards"]]


def test_notice_is_nothing_without_text():
    assert "sl-notice" not in render_head(ComparisonRequest(), [], None, listings={})
    assert '<p class="sl-notice" role="status">cut</p>' in render_head(ComparisonRequest(), ["cut"], None, listings={})


def test_page_texts_name_what_is_shown():
    assert "1,234 job listings" in render("header.html", count=1234, fictional=False, space="")
    assert "1,234 fictional data and AI job listings" in render("header.html", count=1234, fictional=True, space="")
    names = {"base": "<x>", "tuned": "y"}
    assert "&lt;x&gt;" in render("about.html", names=names, fictional=False, scoring="max_passage")
    assert "fictional" in render("about.html", names=names, fictional=True, scoring="first")
    assert "fictional" not in render("about.html", names=names, fictional=False, scoring="late_interaction")


def test_card_shows_the_passage_that_won_not_the_first_match():
    """The word stands in both halves; the window that earned the score is the second."""
    one = listing("a", "model kitchens for hotels. We model credit risk.", title="Cook")
    ranking = Ranking((Hit("a", 0.5, 1, (27, len(one.text))),))
    comparison = Comparison(ranking, ranking, k=1)
    columns = render_columns(comparison, {"a": one}, query="model", names=NAMES, view="cards")
    assert '<p class="sl-excerpt">… We <mark>model</mark> credit risk.</p>' in columns


def test_dialog_tells_what_answers_each_part_and_how_many_were_left_out():
    one = listing("a", "You write <sql> daily. Nothing else.", title="Analyst & more")
    title, sentence = Sentence((0, 0), 0.75), Sentence((0, 22), 0.5)
    found = [(f"part {number}", {"base": title, "tuned": sentence}) for number in range(MAX_FACETS + 2)]
    whole = {"base": sentence, "tuned": sentence}
    html = render_detail(one, BestSentences(whole, found), {"base": 1, "tuned": None}, frozenset())
    assert html.count('<th scope="row">') == MAX_FACETS
    assert "and 2 more parts" in html
    assert "You write &lt;sql&gt; daily.</span> <small>0.500" in html
    assert "Analyst &amp; more</span> <small>0.750" in html
    assert "sl-parts" not in render_detail(
        one, BestSentences(whole, found[:1]), {"base": 1, "tuned": None}, frozenset()
    )


@pytest.mark.parametrize(("scores", "widths"), [((12.0, 3.0), ("100", "25")), ((0.08, 0.06), ("100", "75"))])
def test_extra_lists_bars_are_told_by_its_best_and_the_others_by_one(scores, widths):
    listings = {name: listing(name, "models") for name in ("a", "b")}
    extra = Ranking(
        tuple(Hit(name, score, rank) for rank, (name, score) in enumerate(zip("ab", scores, strict=True), 1))
    )
    comparison = Comparison(ranking("a", "b"), ranking("a", "b"), k=2, extra=extra)
    html = [
        render_columns(comparison, listings, query="model", names={side: "x"}, view="cards")
        for side in ("tuned", "extra")
    ]
    bars = [re.findall(r'<i style="width:(\d+)%">', one) for one in html]
    assert bars == [["50", "50"], list(widths)]
