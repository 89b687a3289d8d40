"""What the page shows: moves are told, the passage that won, the best sentences."""

import re

import pytest

from comparison.moves import Comparison, Move
from comparison.request import ComparisonRequest
from comparison.sentences import Sentence
from search.records import Hit, Ranking
from tests.fakes import listing
from views.cards import movement
from views.compare import render_columns, render_head
from views.detail import MAX_FACETS, BestSentences, render_detail
from views.templating import render


@pytest.mark.parametrize(
    ("move", "side", "badge"),
    [
        (Move("a", 4, 1), "tuned", "▲ 3"),
        (Move("a", 4, 1), "base", "▲ 3"),
        (Move("a", 1, 2), "base", "▼ 1"),
        (Move("a", 2, 2), "base", "="),
        (Move("a", None, 2), "tuned", "new"),
        (Move("a", 2, None), "base", "gone"),
    ],
)
def test_movement_badge(move, side, badge):
    assert movement(move, side)[0] == badge


def test_movement_is_told_with_the_rank_in_the_other_list():
    assert movement(Move("a", 4, 1), "base")[1] == "up 3 places by fine-tuning; rank 1 in the fine-tuned list"


def ranking(*names):
    return Ranking(tuple(Hit(name, 0.5, rank) for rank, name in enumerate(names, start=1)), 0.012, 0.0004)


def columns(**fields):
    listings = {name: listing(name, "models", **fields) for name in ("a", "b", "c")}
    comparison = Comparison(ranking("a", "b"), ranking("b", "c"), k=2)
    return render_columns(comparison, listings, query="model", names={"base": "base/id", "tuned": "tuned/id"})


def test_columns_hold_two_ordered_lists_with_names_and_joined_listings():
    html = columns(title="Analyst")
    assert html.count("<ol>") == 2
    assert html.count('aria-labelledby="sl-') == 2
    assert html.count('data-listing="b"') == 2
    assert html.count('data-listing="a"') == html.count('data-listing="c"') == 1
    assert "encode 12 ms, search 0.4 ms" in html
    assert "<mark>models</mark>" in html


def test_columns_without_a_title_say_so():
    assert "Untitled listing" in columns(title="")


def test_summary_counts_moves():
    """a, b against b, c: one of two common; b rose, c is new, a is gone."""
    html = render("summary.html", comparison=Comparison(ranking("a", "b"), ranking("b", "c"), k=2))
    assert "<dt>overlap@2</dt><dd>50%</dd>" in html
    assert "<dt>moved up</dt><dd>1</dd>" in html
    assert "<dt>moved down</dt><dd>0</dd>" in html


def test_notice_is_nothing_without_text():
    assert "sl-notice" not in render_head(ComparisonRequest(), [], None, total=9)
    assert '<p class="sl-notice" role="status">cut</p>' in render_head(ComparisonRequest(), ["cut"], None, total=9)


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
    columns = render_columns(comparison, {"a": one}, query="model", names={"base": "b", "tuned": "t"})
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
    bars = [
        re.findall(r'<i style="width:(\d+)%">', render_columns(comparison, listings, query="model", names={side: "x"}))
        for side in ("tuned", "extra")
    ]
    assert bars == [["50", "50"], list(widths)]
