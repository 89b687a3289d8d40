"""The terminal's table: judged queries first, known items second, each line by the name of its evidence."""

from tests.views.reports import compared, group_row, judged_part, make_report
from train.evaluation.rendering import lower_bounds, mark_bound, render_table


def test_table_leads_with_judged_queries_and_says_who_judged():
    table = render_table(make_report(judged=judged_part(), styles={"wish": group_row()}))
    assert table.index("Judged queries, split test: 48 queries") < table.index("Known items, split test: 9 queries")
    assert "1621 results graded 0 to 3\nJudged by first, a language model (some-model): one by one\n" in table
    assert "Agreement of first and second: the same grade for 88 % of 349 results, Cohen's kappa 0.93 weighted" in table
    assert "Kendall's tau of the order of 2 systems 0.90" in table


def test_table_names_the_evidence_of_every_comparison_and_group():
    table = render_table(make_report(judged=judged_part(), styles={"wish": group_row()}))
    lines = [line for line in table.splitlines() if "ndcg@10" in line]
    assert len(lines) == 6
    assert all("judged" in line for line in lines[:3])
    assert all("known-item" in line for line in lines[3:])


def test_table_marks_a_lower_bound_wherever_the_systems_judged_numbers_stand():
    """Of tuned's results 80 % were judged; known items and facts need no judgments."""
    judged, known = render_table(make_report(judged=judged_part())).split("Known items")
    marked = [line.split("  ")[0] for line in judged.splitlines() if "(lower bound)" in line]
    assert marked == ["tuned (lower bound)", "tuned (lower bound) - base", "judged ndcg@10 by kind"]
    assert "lower bound: fewer than 90 % of the ten results were judged" in judged
    assert "lower bound" not in known


def test_table_of_well_judged_systems_has_no_lower_bound():
    only = {"base": judged_part()["systems"]["base"]}
    table = render_table(make_report(judged=judged_part(systems=only, comparisons=[], kinds={}, facts={})))
    assert "lower bound" not in table


def test_table_shows_facts_between_chance_and_what_is_possible():
    table = " ".join(render_table(make_report(judged=judged_part())).split())
    assert "judged results that meet what is stated queries chance base tuned possible" in table
    assert "level 21 0.262 0.419 [0.319, 0.519] 0.443 [0.343, 0.543] 0.900" in table


def test_table_without_judged_queries_says_how_to_have_some():
    table = render_table(make_report())
    assert "No judged queries" in table
    assert "--judgments" in table
    assert "Judged queries, split" not in table


def test_table_notes_of_several_lines_stay_one_line():
    assessors = [{"name": "a", "kind": "people", "note": "one\n\n# two"}, {"name": "b", "kind": "unknown"}]
    table = render_table(make_report(judged=judged_part(assessors=assessors, agreement=[])))
    assert "Judged by a, people: one # two; b, somebody unknown (where several graded" in table


def test_comparison_row_seen_from_either_system():
    """The one row tells both sides: +0.2 [+0.1, +0.3] of a over b is -0.2 [-0.3, -0.1] of b over a."""
    row = make_report(comparisons=[compared()]).comparisons[0]
    assert row.seen_from("tuned") == row
    turned = row.seen_from("base")
    assert (turned.a, turned.b, turned.verdict) == ("base", "tuned", "LOSS")
    assert (turned.difference, turned.low, turned.high) == (-0.2, -0.3, -0.1)
    assert (turned.wins, turned.ties, turned.losses, turned.p_value) == (1, 3, 5, 0.001)
    assert turned.seen_from("tuned") == row


def test_mark_bound_marks_only_the_systems_named():
    judged = make_report(judged=judged_part()).judged
    assert lower_bounds(judged) == ["tuned"]
    assert [mark_bound(name, ["tuned"]) for name in ("base", "tuned")] == ["base", "tuned (lower bound)"]
