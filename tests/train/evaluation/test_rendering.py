"""The terminal's table: judged queries first, known items second, each line by the name of its evidence."""

import pytest

from tests.views.reports import agreement_of_marks, compared, group_row, judged_part, judged_system, make_report
from train.evaluation.rendering import escape_cell, mark_bound, render_table


def test_table_leads_with_judged_queries_and_says_who_judged():
    table = render_table(make_report(judged=judged_part(), styles={"wish": group_row()}))
    assert table.index("Judged queries, split test: 48 queries") < table.index("Known items, split test: 9 queries")
    assert "1621 results graded 0 to 3\nJudged by first, a language model (some-model): one by one\n" in table
    assert (
        "Agreement of first and second: the same grade for 88 % of 349 results over both splits, Cohen's kappa" in table
    )
    assert "kappa 0.93 weighted, 0.82 plain, Kendall's tau of the order of 2 systems 0.90" in table


def test_table_says_of_the_blind_tests_marks_fit_or_not_and_one_kappa():
    table = render_table(make_report(judged=judged_part(agreement=[agreement_of_marks()])))
    said = (
        "first and marks of the blind test: fit or not: the same for 75 % of 4 results over both splits, Cohen's kappa"
    )
    assert f"Agreement of {said} 0.52\n" in table
    assert "the same grade" not in table


def test_table_names_the_evidence_of_every_comparison_and_group():
    table = render_table(make_report(judged=judged_part(), styles={"wish": group_row()}))
    lines = [line for line in table.splitlines() if "ndcg@10" in line]
    assert len(lines) == 7
    assert all("judged" in line for line in lines[:4])
    assert all("known-item" in line for line in lines[4:])


def test_table_marks_a_bound_wherever_the_systems_judged_numbers_stand():
    """Of tuned's results 80 % were judged; known items and facts need no judgments."""
    judged, known = render_table(make_report(judged=judged_part())).split("Known items")
    marked = [line.split("  ")[0] for line in judged.splitlines() if "(too little judged)" in line]
    assert marked == ["tuned (too little judged)", "tuned (too little judged) - base", "judged ndcg@10 by kind"]
    assert "too little judged: fewer than 90 % of the ten results were judged;" in judged
    assert "precision@5 is then a strict lower bound, wrong@10 a strict upper bound, ndcg@10 a lower" in judged
    assert "too little" not in known


@pytest.mark.parametrize(("judged", "marks"), [(0.85, 2), (0.9, 0)])
def test_table_marks_bounds_below_nine_tenths_judged(judged, marks):
    only = {"one": judged_system(0.5, 0.4, judged)}
    table = render_table(make_report(judged=judged_part(systems=only, comparisons=[], kinds={}, facts={})))
    assert table.count("too little judged") == marks
    assert table.count("upper bound") == marks / 2


def test_table_says_what_empty_ranks_count_as():
    table = render_table(make_report(judged=judged_part()))
    assert "wrong@10: less is better; of grade 0, not judged, or empty\n" in table
    assert "of ten ranks; an empty one does not meet it\n" in table


def test_table_shows_facts_between_chance_and_what_is_possible():
    table = " ".join(render_table(make_report(judged=judged_part())).split())
    assert "judged results that meet what is stated queries chance base tuned possible" in table
    assert "level 21 0.262 0.419 [0.319, 0.519] 0.443 [0.343, 0.543] 0.900" in table


def test_table_without_judged_queries_says_how_to_have_some():
    table = render_table(make_report())
    assert "No judged queries" in table
    assert "--judgments" in table
    assert "Judged queries, split" not in table


def test_table_keeps_who_judged_on_one_line():
    """Names, models and notes come out of files."""
    assessors = [
        {"name": "a\n# x", "kind": "people", "note": "one\n\n# two"},
        {"name": "b", "kind": "language model", "model": "m\n- y"},
    ]
    agreement = judged_part()["agreement"][0] | {"a": "a\n# x", "b": "b\n# z"}
    table = render_table(make_report(judged=judged_part(assessors=assessors, agreement=[agreement])))
    assert "Judged by a # x, people: one # two; b, a language model (m - y) (where several graded" in table
    assert "Agreement of a # x and b # z: the same grade" in table


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
    assert make_report(judged=judged_part()).judged.bounds == ["tuned"]
    assert [mark_bound(name, ["tuned"]) for name in ("base", "tuned")] == ["base", "tuned (too little judged)"]


def test_escape_cell_leaves_no_bar_and_no_line_break():
    """A backslash before a bar is doubled, or it would undo the bar's own."""
    assert escape_cell("a|b\n c\\|") == r"a\|b c\\\|"
