"""Judged queries in the Evidence tab: who judged, what fine-tuning changed, lower bounds, facts, queries."""

import re

import pytest

from search.benchmark_report import ComparisonRow
from tests.views.reports import (
    agreement_of_marks,
    compared,
    interval,
    judged_part,
    judged_row,
    judged_system,
    make_report,
    query_row,
    squeeze,
    words,
)
from views.evidence import pair_up, render_evidence
from views.findings import find_change
from views.forest import Axis


def judged_html(**changes):
    return render_evidence(make_report(judged=judged_part(**changes)))


def test_judged_queries_tell_how_many_who_judged_and_how_far_another_agrees():
    shown = words(judged_html())
    assert "48 queries that nobody wrote from a listing" in shown
    assert "1,621 results were graded from 0 (wrong) to 3 (one would apply at once) by a language model." in shown
    assert "Another assessor gave the same grade to 88 % of the 349 results of both splits that both saw." in shown
    assert "Who judged: first, a language model (some-model): one by one." in shown
    assert "the same grade to 88 % of 349 results over both splits (Cohen's kappa, weighted: 0.93, plain: 0.82; 1" in (
        shown.replace("&#39;", "'")
    )
    assert "order 2 systems with a Kendall's tau of 0.90." in shown.replace("&#39;", "'")


@pytest.mark.parametrize("marks_first", [True, False])
def test_marks_of_the_blind_test_are_no_second_assessor(marks_first):
    rows = [*judged_part()["agreement"], agreement_of_marks()]
    shown = words(judged_html(agreement=rows[::-1] if marks_first else rows)).replace("&#39;", "'")
    assert shown.count("Another assessor gave the same grade") == 1
    assert "Another assessor gave the same grade to 88 %" in shown
    assert "first and second gave the same grade to 88 %" in shown
    assert (
        "first and the marks of the blind test, fit or not: the same for 75 % of 4 results over both splits (Cohen's "
        "kappa 0.52; 1 is full agreement)." in shown
    )
    assert "was not measured" not in shown


def test_marks_of_the_blind_test_alone_measure_no_assessor():
    shown = words(judged_html(agreement=[agreement_of_marks()]))
    assert "fit or not: the same for 75 %" in shown
    assert "Another assessor" not in shown
    assert "How far another assessor agrees was not measured." in shown


def test_judged_queries_of_several_assessors_name_all_and_say_whose_grade_counts():
    people = {"name": "Ann", "kind": "people"}
    shown = words(judged_html(assessors=[people, {"name": "x", "kind": "unknown", "note": "found"}], agreement=[]))
    assert "by people and somebody unknown." in shown
    assert "Who judged: Ann, people; x, somebody unknown: found." in shown
    assert "the grade of the one named first counts" in shown
    assert "How far another assessor agrees was not measured." in shown


def test_judged_queries_without_assessors_say_so():
    shown = words(judged_html(assessors=[]))
    assert "by somebody whom the report does not name." in shown
    assert "Who judged: the report does not say." in shown


@pytest.mark.parametrize(
    ("split", "said"),
    [
        ("test", "the test split, by which nothing was chosen"),
        ("development", "these numbers flatter what was chosen"),
        ("all", "(split all)"),
    ],
)
def test_judged_queries_say_what_their_split_is_for(split, said):
    assert said in words(judged_html(split=split))


def findings(**changes):
    sentences = re.findall(r"<p><b>.*?</p>", squeeze(judged_html(**changes).split("<h2>What each")[0]))
    return [words(sentence) for sentence in sentences]


def test_three_sentences_tell_judged_queries_wrong_results_and_known_items():
    wrong = compared("wrong@10", difference=-0.06, low=-0.1, high=-0.02)
    assert findings(comparisons=[compared(difference=0.082, low=0.03, high=0.134), wrong]) == [
        "Fine-tuning ranks better: on 48 judged queries, nDCG@10 went from 0.465 (Base) to 0.547 (Fine-tuned): "
        "+0.082 [+0.030, +0.134], a gain (too little judged: bounds).",
        "Of ten results, 4.7 are wrong before fine-tuning and at most 4.1 after: -0.60 [-1.00, -0.20], fewer.",
        "Finding one known listing, nDCG@10 went from 0.500 (Base) to 0.700 (Fine-tuned) for the 9 queries that were "
        "each written from one: +0.200 [+0.100, +0.300], a gain.",
    ]


@pytest.mark.parametrize(
    ("verdict", "lead", "end"),
    [
        ("WIN", "Fine-tuning ranks better:", ", a gain."),
        ("LOSS", "Fine-tuning ranks worse:", ", a loss."),
        (
            "NO DIFFERENCE",
            "Fine-tuning does not surely rank better or worse:",
            ", which so few queries can't tell from no change.",
        ),
    ],
)
def test_finding_says_its_verdict_in_words(verdict, lead, end):
    systems = {"base": judged_system(0.465, 0.47, 1), "tuned": judged_system(0.547, 0.41, 1)}
    found = findings(comparisons=[compared(verdict=verdict)], systems=systems)[0].replace("&#39;", "'")
    assert found.startswith(lead)
    assert found.endswith(end)


@pytest.mark.parametrize(
    ("base", "tuned", "wrong"),
    [
        (1, 1, "Of ten results, 4.7 are wrong before fine-tuning and 4.1 after"),
        (0.5, 1, "Of ten results, at most 4.7 are wrong before fine-tuning and 4.1 after"),
        (1, 0.5, "Of ten results, 4.7 are wrong before fine-tuning and at most 4.1 after"),
    ],
)
def test_finding_calls_the_wrong_results_of_a_system_too_little_judged_a_bound(base, tuned, wrong):
    """What nobody judged counts as wrong, so of that system's results at most so many are."""
    systems = {"base": judged_system(0.465, 0.47, base), "tuned": judged_system(0.547, 0.41, tuned)}
    assert findings(systems=systems, comparisons=[compared("wrong@10")])[0].startswith(wrong)


def test_findings_need_both_models_of_the_page_as_the_page_scores_them():
    report = make_report(judged=judged_part(per_query=[judged_row("q", 0.1, 0.2)]), per_query=[query_row("q", 5, 1)])
    for sides in ({"tuned": "tuned"}, {"base": "base"}, {}):
        html = render_evidence(report, sides=sides)
        assert "What fine-tuning changed is not told:" in html
        assert "sl-changed" not in html
    assert "is not told" not in render_evidence(report)


def test_finding_is_seen_from_the_tuned_model_whatever_its_name():
    """The report compares base with mine; +0.1 [+0.05, +0.2] for base is -0.1 [-0.2, -0.05] for mine."""
    row = compared(a="before", b="mine", difference=0.1, low=0.05, high=0.2)
    found = find_change([ComparisonRow.model_validate(row)], {"base": "before", "tuned": "mine"}, "ndcg@10")
    assert (found.a, found.b, found.verdict) == ("mine", "before", "LOSS")
    assert (found.difference, found.low, found.high) == (-0.1, -0.2, -0.05)
    assert (found.wins, found.ties, found.losses) == (1, 3, 5)


def test_bound_is_marked_only_where_too_little_was_judged_and_is_explained():
    """Of tuned's results 0.8 were judged: in plot, metrics, comparison and kinds, not where facts decide."""
    html = judged_html()
    assert re.findall(r"([\w-]+) <small class=\"sl-bound\">too little judged</small>", html) == ["Fine-tuned"] * 4
    shown = words(html)
    assert "fewer than 90 % of this system" in shown
    assert "its precision@5 is a strict lower bound and its wrong@10 a strict upper bound." in shown
    assert "nDCG@10 is a lower bound in practice only" in shown


@pytest.mark.parametrize(("judged", "marks"), [(0.85, 1), (0.899, 1), (0.9, 0), (0.95, 0)])
def test_bound_begins_below_nine_tenths_judged(judged, marks):
    """One system and no comparison: one mark in the plot, one in the table of metrics."""
    html = judged_html(systems={"one": judged_system(0.5, 0.4, judged)}, comparisons=[], kinds={}, facts={})
    assert html.count("sl-bound") == 2 * marks
    assert html.count("<b>Too little judged</b>") == marks
    assert html.count(" bound") == 3 * marks


def test_legends_say_what_empty_ranks_count_as():
    shown = words(judged_html())
    assert "Wrong@10: share of the ten of grade 0, not judged, or empty" in shown
    assert "the share of their ten results that meets it; an empty rank does not." in shown


def test_legend_says_which_queries_intervals_keep_together():
    assert "known items keep the queries of one listing together; judged queries count singly." in words(judged_html())


def test_axis_of_nothing_or_of_one_value_has_a_length():
    assert Axis.around([]) == Axis(0, 10)
    same = make_report(
        similarity={"base": {"n": 1, "spearman": 0, "in_order": interval(0.5) | {"low": 0.5, "high": 0.5}}}
    )
    assert Axis.around([same.similarity["base"].in_order]) == Axis(5, 6)


def test_facts_are_bars_of_each_system_with_chance_and_what_is_possible():
    html = squeeze(judged_html())
    assert "Level <small>21 queries</small>" in html
    assert '<i style="width:44.3%"></i><u style="left:26.2%"></u><u style="left:90.0%"></u>' in html
    assert 'title="95 % interval: 34 to 54 %"><b>44 %</b>' in html
    assert "Chance 26 %, possible 90 %" in html
    # The page's two models have the names of Compare.
    listens = html.split("sl-listens")[1].split("</section>")[0]
    assert re.findall(r'<th scope="row">(.*?)</th>', listens) == ["Base", "Fine-tuned"]


def test_judged_queries_that_changed_are_linked_escaped_and_ordered():
    rows = [judged_row("up", 0.1, 0.3, "<b>&x"), judged_row("most", 0.1, 0.9), judged_row("down", 0.5, 0.25)]
    html = judged_html(per_query=[*rows, judged_row("same", 0.5, 0.5)])
    assert "Judged queries: 2 got better, 1 got worse, 1 stayed" in html
    assert '<a class="sl-link" href="?q=%3Cb%3E%26x">&lt;b&gt;&amp;x</a>' in html
    assert re.findall(r'<b class="sl-\w+">(.*?)</b>', html) == ["+0.800", "-0.250", "+0.200", "same"]
    assert ">9 → 7</td>" in html


def test_comparisons_stand_in_a_row_for_each_pair_and_a_column_for_each_metric():
    rows = [compared(), compared("wrong@10", difference=-0.06, low=-0.1, high=-0.02), compared(b="bm25")]
    systems = judged_part()["systems"] | {"bm25": judged_system(0.4, 0.5, 1)}
    html = squeeze(judged_html(comparisons=rows, systems=systems, kinds={}))
    table = re.search(r"<caption>Judged queries: against each other.*?</table>", html)[0]
    assert table.count("<tr>") == 3
    assert "<b>-0.060</b> <small>[-0.100, -0.020]</small>" in table
    # precision@5 of both pairs, wrong@10 of one.
    assert table.count("not measured") == 3
    assert [(pair.a, pair.b) for pair in pair_up([ComparisonRow.model_validate(row) for row in rows])] == [
        ("tuned", "base"),
        ("tuned", "bm25"),
    ]
