"""The Evidence tab: judged queries first, known items second, each by its name; what fine-tuning changed most."""

import re

import pytest
from markupsafe import escape

from search.benchmark_report import JUDGED_METRICS, METRICS, QueryRow
from tests.fakes import listing
from tests.views.reports import group_row, judged_part, judged_row, make_report, query_row, squeeze, words
from views.evidence import (
    BENCHMARK_COMMAND,
    JUDGED_LABELS,
    METRIC_LABELS,
    SAME_NAMES,
    known_section,
    render_evidence,
    split_changed,
)


def test_every_metric_has_a_label():
    assert tuple(METRIC_LABELS) == METRICS
    assert tuple(JUDGED_LABELS) == JUDGED_METRICS


def test_evidence_shows_intervals_verdict_and_what_was_not_measured():
    html = squeeze(render_evidence(make_report()))
    assert '<td class="sl-best"><b>0.700</b> <small>[0.600, 0.800]</small>' in html
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
    missing, known = html.split("<h2>Known items</h2>")
    assert "nobody graded how well the results fit" in missing
    assert "--judgments DIR" in missing
    assert escape(BENCHMARK_COMMAND) in missing
    assert "Fine-tuning: known-item nDCG@10 0.500 → 0.700" in known


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
    assert html.index("<h2>Judged queries</h2>") < html.index("<h2>Known items</h2>")
    judged, known = html.split("<h2>Known items</h2>")
    captions = [re.findall("<caption>(.*)</caption>", part) for part in (judged, known)]
    assert [len(part) for part in captions] == [7, 7]
    assert all(caption.startswith("Judged queries") for caption in captions[0])
    assert all(caption.startswith("Known items") for caption in captions[1])


def test_evidence_shows_groups_and_queries_with_typing_errors_where_the_report_has_them():
    shown = render_evidence(make_report(styles={"<wish>": group_row()}, robustness={"two typos": group_row()}))
    assert "&lt;wish&gt; <small>7 queries" in shown
    assert "with typing errors</caption>" in shown
    assert "by family" not in shown


def test_split_changed_orders_by_how_far_up_the_change_is():
    rows = [("small", 400, 300), ("same", 3, 3), ("top", 2, 1), ("fall", 1, 2), ("deep", 11, 90)]
    section = known_section(make_report(per_query=[query_row(*row) for row in rows]), SAME_NAMES)
    assert [one.query_id for one in section.gained] == ["top", "small"]
    assert [one.query_id for one in section.lost] == ["fall", "deep"]
    assert section.n_queries == 5


def test_split_changed_equal_changes_are_ordered_by_id():
    rows = [QueryRow.model_validate(query_row(name, 2, 1)) for name in "ba"]
    gained, lost = split_changed(rows, lambda row: 1.0)
    assert ([row.query_id for row in gained], lost) == (["a", "b"], [])


def test_twenty_queries_are_shown_of_each_kind_the_most_changed_first():
    rows = [query_row(f"up{n:02}", n + 2, 1, f"up{n:02}") for n in range(30)]
    rows += [query_row(f"down{n:02}", 1, n + 2) for n in range(30)]
    html = render_evidence(make_report(per_query=rows))
    gained, lost = html.split("<caption>Known items lost most: 30 of 60")
    assert [part.count('class="sl-query"') for part in (gained, lost)] == [20, 20]
    assert gained.count(">up") == 20
    assert gained.index(">up29<") < gained.index(">up28<") < gained.index(">up10<")
    assert ">up09<" not in gained


def test_changed_queries_are_counted_over_all_and_linked_and_escaped():
    rows = [query_row("q", 5, 1, "<b>&x"), query_row("r", 5, 9), query_row("s", 7, 9)]
    html = render_evidence(make_report(per_query=rows), listings={"a": listing("a", "text", title="Chef & more")})
    assert "1 of 3 queries rank their listing higher" in html
    assert "2 of 3 rank it lower" in html
    assert '<a class="sl-link" href="?q=%3Cb%3E%26x">&lt;b&gt;&amp;x</a>' in html
    assert "Chef &amp; more" in html
    assert "<b>5 → 1</b>" in html


def test_changed_queries_name_a_listing_without_a_title_by_its_id():
    report = make_report(per_query=[query_row("q", 5, 1)])
    for listings in ({}, {"a": listing("a", "text")}):
        assert "<td>a</td>" in render_evidence(report, listings=listings)


def test_changed_queries_take_the_ranks_of_the_two_models_whatever_the_report_calls_them():
    row = query_row("q", 9, 9) | {"ranks": {"base": 9, "windows": 5, "mine": 2}}
    html = render_evidence(make_report(per_query=[row]), sides={"base": "windows", "tuned": "mine"})
    assert "<b>5 → 2</b>" in html


def test_changed_queries_need_both_systems():
    assert "sl-changed" in render_evidence(make_report(per_query=[query_row("q", 5, 1)]))
    assert "sl-changed" not in render_evidence(make_report(per_query=[query_row("q", 5, 1) | {"ranks": {"base": 1}}]))
    assert "sl-changed" not in render_evidence(make_report())
