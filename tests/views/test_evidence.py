"""The Evidence tab: judged queries first, known items second, each by its name; what fine-tuning changed most."""

import re

import pytest
from markupsafe import escape

from search.benchmark_report import JUDGED_METRICS, METRICS
from tests.fakes import listing
from tests.views.reports import compared, group_row, judged_part, judged_row, make_report, query_row, squeeze, words
from views.evidence import BENCHMARK_COMMAND, JUDGED_LABELS, METRIC_LABELS, render_evidence


def test_every_metric_has_a_label():
    assert tuple(METRIC_LABELS) == METRICS
    assert tuple(JUDGED_LABELS) == JUDGED_METRICS


def test_evidence_shows_intervals_verdict_and_what_was_not_measured():
    html = squeeze(render_evidence(make_report()))
    assert '<td class="sl-best"><b>0.700</b> <small>[0.600, 0.800]</small><small class="sl-lead">best</small>' in html
    assert ">WIN</span>" in html
    assert "5 / 3 / 1, p 0.0010" in html
    assert "<td>not told</td><td>MaxP + MaxSim</td>" in html
    assert "not measured" in html
    assert "fictional" not in html
    assert "0.0001 is the least" in words(html)


def test_evidence_of_an_older_report_leaves_out_metrics_that_it_lacks():
    system = make_report().systems["base"]
    metrics = {name: value for name, value in system.metrics.items() if name != "triplet_accuracy"}
    systems = {"base": system.model_copy(update={"metrics": metrics})}
    html = render_evidence(make_report(systems=systems, comparisons=[]))
    assert '<th scope="row">nDCG@10</th>' in html
    assert '<th scope="row">Triplet accuracy</th>' not in html


@pytest.mark.parametrize("judged", [None, judged_part()])
def test_evidence_on_the_bundled_corpus_says_once_that_it_is_fictional(judged):
    assert render_evidence(make_report(fictional=True, judged=judged)).count("The corpus is fictional") == 1


def test_evidence_without_a_report_says_how_to_make_one():
    assert escape(BENCHMARK_COMMAND) in render_evidence(None)
    assert "other models" in render_evidence(None, problem="about other models")


def test_evidence_without_judged_queries_says_how_to_make_some_and_shows_known_items():
    html = render_evidence(make_report())
    opening = html.split("<h2>Known items</h2>")[0]
    assert "Nobody graded how well the results fit" in opening
    assert "--judgments DIR" in opening
    assert escape(BENCHMARK_COMMAND) in opening
    assert "nDCG@10 went from 0.500 (Base) to 0.700 (Fine-tuned) for the 9 queries" in words(opening)
    assert "Judged queries (" not in html


def test_evidence_of_several_right_answers_says_how_they_count():
    html = render_evidence(make_report(several_answers=4, per_query=[query_row("q1", 9, 2) | {"answers": 3}]))
    assert "4 of them have several right answers, and all of these count" in words(html)
    assert "how high the listings stand that a query was given for" in words(html)
    assert "Finding the listings that were given as right, nDCG@10 went from 0.500" in words(html)
    assert "written for one listing" not in words(html)
    assert "written from" not in words(html)


def test_evidence_shows_judged_queries_first_and_every_table_names_its_kind():
    group = {"skills": group_row()}
    html = render_evidence(
        make_report(
            judged=judged_part(per_query=[judged_row("q", 0.1, 0.2), judged_row("r", 0.2, 0.1)]),
            styles=group,
            families=group,
            robustness=group,
            per_query=[query_row("q", 5, 1), query_row("r", 1, 5)],
        )
    )
    heads = re.findall("<h2>(.*?)</h2>", html)
    assert heads == [
        "What fine-tuning changed",
        "What each system listens to",
        "Judged queries: 1 got better, 1 got worse, 0 stayed",
        "Known items: 1 got better, 1 got worse, 0 stayed",
        "Judged queries",
        "Known items",
        "How to read both",
    ]
    judged, known = html.split("<h2>Judged queries</h2>")[1].split("<h2>Known items</h2>")
    captions = [re.findall("<caption>(.*)</caption>", part) for part in (judged, known)]
    assert [len(part) for part in captions] == [3, 5]
    assert all(caption.startswith("Judged queries") for caption in captions[0])
    assert all(caption.startswith("Known items") for caption in captions[1])


def test_plot_has_both_kinds_of_evidence_over_one_axis_judged_queries_first():
    """Judged from 0.365 to 0.647, known from 0.4 to 0.8: one axis from 0.3 to 0.8."""
    html = squeeze(render_evidence(make_report(judged=judged_part())))
    plots = re.findall(r'<div class="sl-scroll sl-forest".*?</div>', html)
    assert len(plots) == 1
    assert re.findall(r'<th scope="rowgroup" colspan="3">(.*?)</th>', plots[0]) == [
        "Judged queries (48)",
        "Known items (9)",
    ]
    axis = re.search(r'<span class="sl-axis".*?</span>', plots[0])[0]
    assert re.findall(r">([\d.]+)</i>", axis) == ["0.3", "0.4", "0.5", "0.6", "0.7", "0.8"]
    # From 0.365 to 0.565: 13 % and 40 % of the axis.
    assert '<i class="sl-range" style="left:13.0%;width:40.0%"></i>' in plots[0]


def test_plot_and_tables_mark_ties_as_ties_and_a_single_best_as_best():
    tie = compared("ndcg@10", difference=0.01, low=-0.1, high=0.1, verdict="NO DIFFERENCE")
    known = squeeze(render_evidence(make_report(comparisons=[tie])))
    assert known.count("tied for best</small>") == 4
    assert ">best</small>" not in known
    won = squeeze(render_evidence(make_report()))
    assert won.count(">best</small>") == 2
    assert "tied for best</small>" not in won


def test_no_table_tells_milliseconds():
    assert not re.search(r"\bms\b", words(render_evidence(make_report(judged=judged_part()))))


def test_evidence_shows_groups_and_queries_with_typing_errors_where_the_report_has_them():
    shown = render_evidence(make_report(styles={"<wish>": group_row()}, robustness={"two typos": group_row()}))
    assert "&lt;wish&gt; <small>7 queries" in shown
    assert "with typing errors</caption>" in shown
    assert "by family" not in shown


def test_all_changed_queries_are_rows_with_an_address_and_what_they_were_written_for():
    rows = [query_row("q", 5, 1, "<b>&x"), query_row("r/1", 5, 9), query_row("s", 7, 7)]
    html = render_evidence(make_report(per_query=rows), listings={"a": listing("a", "text", title="Chef & more")})
    assert "Known items: 1 got better, 1 got worse, 1 stayed" in html
    assert re.findall(r'data-row="(.*?)" data-how="(.*?)"', html) == [("q", "better"), ("r/1", "worse"), ("s", "same")]
    assert '<a class="sl-link" href="?q=%3Cb%3E%26x&amp;wanted=a">&lt;b&gt;&amp;x</a>' in html
    assert html.count("Chef &amp; more") == 3
    assert re.findall(r'<b class="sl-(\w+)">(.*?)</b>', html) == [
        ("better", "up 4"),
        ("worse", "down 4"),
        ("same", "same"),
    ]


def test_more_changed_queries_than_a_page_holds_are_cut_and_said():
    rows = [query_row(f"n{number}", 2 + number, 1) for number in range(1100)]
    html = render_evidence(make_report(per_query=rows))
    assert html.count("data-row=") == 1000
    assert "The 1,000 that changed most, of 1,100." in html


def test_changed_queries_need_both_systems():
    assert "sl-changed" in render_evidence(make_report(per_query=[query_row("q", 5, 1)]))
    assert "sl-changed" not in render_evidence(make_report(per_query=[query_row("q", 5, 1) | {"ranks": {"base": 1}}]))
    assert "sl-changed" not in render_evidence(make_report())
