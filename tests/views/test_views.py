"""What the page shows: hostile text stays text, words are marked, moves are told."""

import re

import pytest

from comparison.moves import Move, compare_rankings
from comparison.sentences import Sentence
from search.records import Hit, Ranking
from tests.fakes import listing
from views.cards import movement
from views.compare import render_columns, render_notices, render_summary
from views.detail import MOST_PARTS, BestSentences, render_detail
from views.escape import escape
from views.evidence import BENCHMARK_COMMAND, render_evidence
from views.page import EXAMPLES, PLACEHOLDER, render_about, render_header
from views.words import excerpt, mark_words, query_stems

HOSTILE = "<img src=x onerror=alert(1)> ${alert(2)} {{x}} `\"'\\"


def test_escape_leaves_no_character_that_html_or_a_template_could_read():
    assert not set(escape(HOSTILE)) & set("<>\"'`{}$\\")


def test_query_stems_leave_out_common_words_and_single_letters_but_r():
    assert query_stems("I want a job with R and C++ modelling") == {"r", "c++", "model"}


def test_mark_words_marks_stems_and_escapes_the_rest():
    assert (
        mark_words("Models & <b>more</b>", query_stems("modelling"))
        == "<mark>Models</mark> &amp; &lt;b&gt;more&lt;/b&gt;"
    )


def test_excerpt_starts_near_the_most_query_words():
    text = "intro " * 60 + "we do credit risk here" + " outro" * 60
    shown = excerpt(text, query_stems("credit risk"), characters=80)
    assert "credit risk" in shown
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert len(shown) <= 84


def test_excerpt_without_a_match_is_the_beginning():
    assert excerpt("one two three four", frozenset({"zzz"}), characters=9) == "one two …"
    assert excerpt("short", frozenset()) == "short"


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
    comparison = compare_rankings(ranking("a", "b"), ranking("b", "c"), k=2)
    return render_columns(comparison, listings, query="model", names={"base": "base/id", "tuned": "tuned/id"})


def test_columns_hold_two_ordered_lists_with_names_and_joined_listings():
    html = columns(title="Analyst")
    assert html.count("<ol>") == 2
    assert html.count('aria-labelledby="sl-') == 2
    assert html.count('data-listing="b"') == 2
    assert html.count('data-listing="a"') == html.count('data-listing="c"') == 1
    assert "encode 12 ms, search 0.4 ms" in html
    assert "<mark>models</mark>" in html


def test_columns_of_hostile_listings_hold_no_markup_of_theirs():
    html = columns(
        title=HOSTILE, company=HOSTILE, location=HOSTILE, work_mode=HOSTILE, seniority=HOSTILE, family=HOSTILE
    )
    assert "<img" not in html
    assert "${" not in html


def test_columns_without_a_title_say_so():
    assert "Untitled listing" in columns(title="")


def test_summary_counts_moves():
    """a, b against b, c: one of two common; b rose, c is new, a is gone."""
    html = render_summary(compare_rankings(ranking("a", "b"), ranking("b", "c"), k=2))
    assert "<dt>overlap@2</dt><dd>50%</dd>" in html
    assert "<dt>moved up</dt><dd>1</dd>" in html
    assert "<dt>moved down</dt><dd>0</dd>" in html


def test_notice_is_nothing_without_text():
    assert render_notices([]) == ""
    assert "role=" in render_notices(["cut"])


def interval(mean):
    return {"mean": mean, "low": mean - 0.1, "high": mean + 0.1}


def make_report(**changes):
    metrics = ("ndcg@10", "mrr@10", "recall@1", "recall@10", "triplet_accuracy", "query_ms")
    row = {name: interval(0.5) for name in metrics} | {"family_precision@10": None}
    comparison = {
        "a": "tuned",
        "b": "base",
        "metric": "ndcg@10",
        "difference": 0.2,
        "low": 0.1,
        "high": 0.3,
        "p_value": 0.001,
        "wins": 5,
        "ties": 3,
        "losses": 1,
        "verdict": "WIN",
    }
    report = {
        "n_queries": 9,
        "n_listings": 20,
        "split": "test",
        "fictional": False,
        "systems": {"base": row, "tuned": row | {"ndcg@10": interval(0.7), "reading": "tokens"}},
        "comparisons": [comparison],
    }
    return report | changes


def test_evidence_shows_intervals_verdict_and_what_was_not_measured():
    html = render_evidence(make_report())
    assert "<b>0.700</b> <small>[0.600, 0.800]</small>" in html
    assert ">WIN</span>" in html
    assert "5 / 3 / 1" in html
    assert "<td>not told</td><td>in windows and by token</td>" in html
    assert "not measured" in html
    assert "fictional" not in html
    assert "0.0001 is the least" in html


def test_evidence_on_the_bundled_corpus_says_that_it_is_fictional():
    assert "The corpus is fictional" in render_evidence(make_report(fictional=True))


def test_evidence_without_a_report_says_how_to_make_one():
    assert escape(BENCHMARK_COMMAND) in render_evidence(None)
    assert "other models" in render_evidence(None, problem="about other models")


def test_page_texts_name_what_is_shown():
    assert "1,234 job listings" in render_header(1234, fictional=False)
    assert "1,234 fictional data and AI job listings" in render_header(1234, fictional=True)
    assert "&lt;x&gt;" in render_about("<x>", "y", fictional=False, reading="windows")
    assert "fictional" in render_about("x", "y", fictional=True, reading="first")
    assert "fictional" not in render_about("x", "y", fictional=False, reading="tokens")
    assert EXAMPLES[0] == PLACEHOLDER == "data scientis 6 years expierience, LLMs, credit risk, content marketing"


def test_card_shows_the_passage_that_won_not_the_first_match():
    """The word stands in both halves; the window that earned the score is the second."""
    one = listing("a", "model kitchens for hotels. We model credit risk.", title="Cook")
    ranking = Ranking((Hit("a", 0.5, 1, (27, len(one.text))),))
    comparison = compare_rankings(ranking, ranking, k=1)
    columns = render_columns(comparison, {"a": one}, query="model", names={"base": "b", "tuned": "t"})
    assert '<p class="sl-excerpt">… We <mark>model</mark> credit risk.</p>' in columns


def test_evidence_shows_groups_and_worse_typed_queries_where_the_report_has_them():
    value = {"mean": 0.5, "low": 0.4, "high": 0.6}
    row = {"n": 7, "systems": {"tuned": {"ndcg@10": value}}}
    names = (
        "ndcg@10",
        "mrr@10",
        "recall@1",
        "recall@10",
        "family_precision@10",
        "role_precision@10",
        "triplet_accuracy",
    )
    report = {
        "n_queries": 7,
        "n_listings": 9,
        "split": "test",
        "systems": {"tuned": dict.fromkeys(names, value) | {"query_ms": value}},
        "comparisons": [],
        "styles": {"<wish>": row},
        "robustness": {"two typos": row},
    }
    shown = render_evidence(report)
    assert "&lt;wish&gt; <small>7 queries" in shown
    assert "worse typed</caption>" in shown
    assert "by family" not in shown


def test_dialog_tells_what_answers_each_part_and_how_many_were_left_out():
    one = listing("a", "You write <sql> daily. Nothing else.", title="Analyst & more")
    title, sentence = Sentence((0, 0), 0.75), Sentence((0, 22), 0.5)
    found = [(f"part {number}", {"base": title, "tuned": sentence}) for number in range(MOST_PARTS + 2)]
    whole = {"base": sentence, "tuned": sentence}
    html = render_detail(one, BestSentences(whole, found), {"base": 1, "tuned": None}, frozenset())
    assert html.count('<th scope="row">') == MOST_PARTS
    assert "and 2 more parts" in html
    assert "You write &lt;sql&gt; daily.</span> <small>0.500" in html
    assert "Analyst &amp; more</span> <small>0.750" in html
    assert "sl-parts" not in render_detail(
        one, BestSentences(whole, found[:1]), {"base": 1, "tuned": None}, frozenset()
    )


@pytest.mark.parametrize(("scores", "widths"), [((12.0, 3.0), ("100", "25")), ((0.08, 0.06), ("100", "75"))])
def test_third_lists_bars_are_told_by_its_best_and_the_others_by_one(scores, widths):
    listings = {name: listing(name, "models") for name in ("a", "b")}
    third = Ranking(
        tuple(Hit(name, score, rank) for rank, (name, score) in enumerate(zip("ab", scores, strict=True), 1))
    )
    comparison = compare_rankings(ranking("a", "b"), ranking("a", "b"), k=2, third=third)
    bars = [
        re.findall(r'<i style="width:(\d+)%">', render_columns(comparison, listings, query="model", names={side: "x"}))
        for side in ("tuned", "third")
    ]
    assert bars == [["50", "50"], list(widths)]
