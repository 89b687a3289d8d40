"""The benchmark as tables, and the queries that fine-tuning helped and hurt most."""

from markupsafe import escape

from search.artifacts import METRICS, QueryRow
from tests.fakes import listing
from tests.views.reports import interval, make_report, query_row
from views.evidence import BENCHMARK_COMMAND, METRIC_LABELS, render_evidence, split_changed


def row(*values):
    return QueryRow.model_validate(query_row(*values))


def squeeze(html):
    """Return HTML without the white space between its lines."""
    return "".join(line.strip() for line in html.splitlines())


def test_every_metric_has_a_label():
    assert tuple(METRIC_LABELS) == METRICS


def test_evidence_shows_intervals_verdict_and_what_was_not_measured():
    html = squeeze(render_evidence(make_report()))
    assert '<td class="sl-best"><b>0.700</b> <small>[0.600, 0.800]</small>' in html
    assert ">WIN</span>" in html
    assert "5 / 3 / 1" in html
    assert "<td>not told</td><td>MaxP + MaxSim</td>" in html
    assert "not measured" in html
    assert "fictional" not in html
    assert "0.0001 is the least" in html


def test_evidence_of_an_older_report_leaves_out_metrics_that_it_lacks():
    system = make_report().systems["base"]
    metrics = {name: value for name, value in system.metrics.items() if name != "triplet_accuracy"}
    html = render_evidence(make_report(systems={"base": system.model_copy(update={"metrics": metrics})}))
    assert '<th scope="row">nDCG@10</th>' in html
    assert '<th scope="row">Triplet accuracy</th>' not in html


def test_evidence_on_the_bundled_corpus_says_that_it_is_fictional():
    assert "The corpus is fictional" in render_evidence(make_report(fictional=True))


def test_evidence_without_a_report_says_how_to_make_one():
    assert escape(BENCHMARK_COMMAND) in render_evidence(None)
    assert "other models" in render_evidence(None, problem="about other models")


def test_evidence_shows_groups_and_queries_with_typing_errors_where_the_report_has_them():
    group = {"n": 7, "systems": {name: {"ndcg@10": interval(0.5)} for name in ("base", "tuned")}}
    shown = render_evidence(make_report(styles={"<wish>": group}, robustness={"two typos": group}))
    assert "&lt;wish&gt; <small>7 queries" in shown
    assert "with typing errors</caption>" in shown
    assert "by family" not in shown


def test_split_changed_orders_by_how_far_up_the_change_is():
    rows = [row("small", 400, 300), row("same", 3, 3), row("top", 2, 1), row("fall", 1, 2), row("deep", 11, 90)]
    changed = split_changed(rows)
    assert [one.query_id for one in changed["gained"]] == ["top", "small"]
    assert [one.query_id for one in changed["lost"]] == ["fall", "deep"]


def test_twenty_queries_are_shown_of_each_kind_the_most_changed_first():
    rows = [query_row(f"up{n:02}", n + 2, 1, f"up{n:02}") for n in range(30)]
    rows += [query_row(f"down{n:02}", 1, n + 2) for n in range(30)]
    html = render_evidence(make_report(per_query=rows))
    gained, lost = html.split("<caption>Lost most: 30 of 60")
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


def test_changed_queries_need_both_systems():
    assert "sl-changed" in render_evidence(make_report(per_query=[query_row("q", 5, 1)]))
    assert "sl-changed" not in render_evidence(make_report(per_query=[query_row("q", 5, 1) | {"ranks": {"base": 1}}]))
    assert "sl-changed" not in render_evidence(make_report())
