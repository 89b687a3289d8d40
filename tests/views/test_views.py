"""What the page shows: moves are told, the passage that won, the best sentences."""

import re

import pytest

from comparison.moves import Comparison
from comparison.query_parts import FactAnswer
from comparison.request import ComparisonRequest
from comparison.sentences import Sentence
from search.records import Hit, Ranking
from search.understanding.understanding import Statement, Understanding
from tests.fakes import listing
from views.cards import Head
from views.compare import render_columns, render_head
from views.detail import MAX_PARTS, Answers, render_detail
from views.templating import render


def ranking(*names):
    return Ranking(tuple(Hit(name, 0.5, rank) for rank, name in enumerate(names, start=1)), 0.012, 0.0004)


HEADS = {"base": Head("base", "Base", "base/id"), "tuned": Head("tuned", "Fine-tuned", "tuned/id")}
VIEWS = ("compact", "cards")


def columns(view, **fields):
    listings = {name: listing(name, "models", **fields) for name in ("a", "b", "c")}
    comparison = Comparison(ranking("a", "b"), ranking("b", "c"), k=2)
    return render_columns(comparison, listings, query="model", heads=HEADS, view=view)


@pytest.mark.parametrize("view", VIEWS)
def test_columns_hold_two_ordered_lists_with_names_and_joined_listings(view):
    html = columns(view, title="Analyst")
    assert html.count("<ol data-roving>") == 2
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
    html = render_columns(comparison, listings, query="model", heads=HEADS)
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
    html = render_columns(comparison, listings, query="model", heads=HEADS, view=view)
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
    assert "&lt;x&gt;" in render("about.html", names=names, fictional=False, scoring="max_passage", client="x")
    assert "fictional" in render("about.html", names=names, fictional=True, scoring="first", client="x")
    assert "fictional" not in render("about.html", names=names, fictional=False, scoring="late_interaction", client="x")


def test_card_shows_the_passage_that_won_not_the_first_match():
    """The word stands in both halves; the window that earned the score is the second."""
    one = listing("a", "model kitchens for hotels. We model credit risk.", title="Cook")
    ranking = Ranking((Hit("a", 0.5, 1, (27, len(one.text))),))
    comparison = Comparison(ranking, ranking, k=1)
    columns = render_columns(comparison, {"a": one}, query="model", heads=HEADS, view="cards")
    assert '<p class="sl-excerpt">… We <mark>model</mark> credit risk.</p>' in columns


def test_passage_that_cuts_words_is_shown_without_their_rests():
    text = "deadlines. We model credit risk. Nothing else matters"
    one = listing("a", text, title="Cook")
    ranking = Ranking((Hit("a", 0.5, 1, (4, text.index("else") + 2)),))
    comparison = Comparison(ranking, ranking, k=1)
    columns = render_columns(comparison, {"a": one}, query="model", heads=HEADS, view="cards")
    assert '<p class="sl-excerpt">… We <mark>model</mark> credit risk. Nothing …</p>' in columns


SENTENCE = Sentence((0, 22), 0.5)
WHOLE = {"base": SENTENCE, "tuned": SENTENCE}


def dialog(answers, query="sql"):
    one = listing("a", "You write <sql> daily. Nothing else.", title="Analyst & more")
    return render_detail(one, answers, {"base": 1, "tuned": None}, query=query)


def test_dialog_tells_what_answers_each_part_and_how_many_were_left_out():
    title = Sentence((0, 0), 0.75)
    parts = [(f"part {number}", {"base": title, "tuned": SENTENCE}) for number in range(MAX_PARTS + 2)]
    html = dialog(Answers([], WHOLE, parts))
    assert html.count('<th scope="row">') == MAX_PARTS
    assert "and 2 more parts" in html
    assert "You write &lt;sql&gt; daily.</span> <small>0.500" in html
    assert "Analyst &amp; more</span> <small>0.750" in html
    assert "sl-parts" not in dialog(Answers([], WHOLE, []))


def test_dialog_has_base_first_and_says_not_found_below_the_threshold():
    weak = Sentence((0, 22), 0.1, is_found=False)
    html = dialog(Answers([], WHOLE, [("part", {"base": weak, "tuned": SENTENCE})]))
    assert re.findall(r'<th scope="col">(.*?)</th>', html) == ["You asked for", "Base finds", "Fine-tuned finds"]
    cells = re.findall(r'<td data-says="(.*?): ">\s*<(\w+)', html)
    assert cells == [("Base", "em"), ("Fine-tuned", "span")]
    assert 'title="The nearest sentence has only 0.100">not found</em>' in html


def test_dialog_answers_facts_by_the_listings_own():
    level, place = (Statement(kind, (kind,), (0, 5), kind) for kind in ("level", "place"))
    refused = Statement("words", ("sales",), (0, 5), "sales", is_refused=True)
    stated = [FactAnswer(level, "junior", False), FactAnswer(place, "", None), FactAnswer(refused, "", True)]
    html = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", dialog(Answers(stated, WHOLE, []))))
    assert "level ✕ Does not fit: junior place not said no sales ✓ Fits: by its text" in html


def test_dialog_marks_in_an_answer_only_the_words_of_its_part():
    part = ("daily", {"base": SENTENCE, "tuned": SENTENCE})
    html = dialog(Answers([], WHOLE, [part]), query="sql daily")
    assert "<span>You write &lt;sql&gt; <mark>daily</mark>.</span>" in html
    assert "You write &lt;<mark>sql</mark>&gt; <mark>daily</mark>.</span>" in html


@pytest.mark.parametrize(("scores", "widths"), [((12.0, 3.0), ("100", "25")), ((0.08, 0.06), ("100", "75"))])
def test_bars_of_another_scale_are_told_by_its_best_and_the_others_by_one(scores, widths):
    listings = {name: listing(name, "models") for name in ("a", "b")}
    other = Ranking(
        tuple(Hit(name, score, rank) for rank, (name, score) in enumerate(zip("ab", scores, strict=True), 1))
    )
    comparison = Comparison(other, ranking("a", "b"), k=2, left="bm25")
    heads = HEADS | {"base": Head("bm25", "BM25", is_similarity=False)}
    html = render_columns(comparison, listings, query="model", heads=heads, view="cards")
    assert re.findall(r'<i style="width:(\d+)%">', html) == [*widths, "50", "50"]


def test_head_of_a_list_chooses_the_system():
    listings = {name: listing(name, "models") for name in ("a", "b")}
    comparison = Comparison(ranking("a", "b"), ranking("a", "b"), k=2)
    html = render_columns(comparison, listings, query="", heads=HEADS, systems={"base": "Base", "tuned": "Fine-tuned"})
    assert re.findall(r'aria-label="(System on the \w+)" data-choose="(\w+)"\s+data-chosen="(\w+)"', html) == [
        ("System on the left", "left", "base"),
        ("System on the right", "right", "tuned"),
    ]
    assert re.findall(r'<option value="(\w+)" selected>', html) == ["base", "tuned"]


def test_one_row_of_each_list_is_a_tab_stop():
    html = columns("compact", title="Analyst")
    assert re.findall(r'tabindex="(-?\d)"', html) == ["0", "-1", "0", "-1"]
