"""The order and the addresses of queries that fine-tuning changed."""

from search.benchmark_report import JudgedQueryRow, QueryRow
from tests.fakes import listing
from tests.views.reports import judged_row, query_row
from views.query_changes import judged_changes, known_changes

SIDES = {"base": "base", "tuned": "tuned"}


def known(*rows, sides=SIDES, listings=None):
    return known_changes([QueryRow.model_validate(row) for row in rows], sides, listings or {})


def judged(*rows):
    return judged_changes([JudgedQueryRow.model_validate(row) for row in rows], SIDES)


def test_known_items_are_ordered_by_how_far_up_the_change_is_and_equal_ones_by_id():
    rows = [("small", 400, 300), ("same", 3, 3), ("top", 2, 1), ("a", 11, 90), ("fall", 1, 2)]
    changes = known(*(query_row(*row) for row in rows))
    assert [one.query_id for one in changes] == ["fall", "top", "a", "small", "same"]
    assert [one.how for one in changes] == ["worse", "better", "worse", "better", "same"]


def test_known_item_names_its_listing_by_title_else_by_id():
    titled = {"a": listing("a", "text", title="Chef")}
    [named], [nameless], [unknown] = (
        known(query_row("q", 5, 1), listings=listings) for listings in (titled, {"a": listing("a", "text")}, {})
    )
    assert (named.title, nameless.title, unknown.title) == ("Chef", "a", "a")
    assert named.address == "q=python&wanted=a"


def test_changes_are_those_of_the_pages_two_models_whatever_the_report_calls_them():
    row = query_row("q", 9, 9) | {"ranks": {"base": 9, "windows": 5, "mine": 2}}
    [change] = known(row, sides={"base": "windows", "tuned": "mine"})
    assert (change.before, change.after) == (5, 2)
    assert known(row) == []


def test_judged_queries_tell_ndcg_and_wrong_results_and_want_no_listing():
    """Of the report's shares, 0.9 and 0.75 are wrong of ten."""
    [most, less] = judged(judged_row("less", 0.1, 0.25), judged_row("most", 0.9, 0.1))
    assert [most.query_id, less.query_id] == ["most", "less"]
    assert less.wrong == (9.0, 7.5)
    assert (less.address, less.note, less.how) == ("q=python", "skills", "better")
