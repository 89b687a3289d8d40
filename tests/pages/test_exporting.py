"""A comparison as a file: what is read back is what the API answers."""

import csv
import io
import json

from comparison.systems import Systems
from pages.api import build_endpoint, compare
from pages.compare import OPENING, with_example
from pages.context import PageContext
from pages.exporting import export
from tests.fakes import listing, searcher


def test_json_is_what_the_api_answers(systems):
    context = PageContext(systems)
    saved = json.loads(export(context, with_example, "?q=sql+python&left=tuned&right=base", "json"))
    assert saved == build_endpoint(context, compare)("sql python", left="tuned", right="base")


def test_csv_has_a_line_for_each_result_of_both_lists(systems):
    saved = export(PageContext(systems), with_example, "?q=sql+python", "csv")
    assert saved.startswith("\ufefflist,system,rank,")
    rows = list(csv.DictReader(io.StringIO(saved.removeprefix("\ufeff"))))
    assert [(row["list"], row["system"], row["rank"], row["listing_id"], row["other_rank"]) for row in rows] == [
        ("left", "base", "1", "a", "2"),
        ("left", "base", "2", "b", "1"),
        ("right", "tuned", "1", "b", "2"),
        ("right", "tuned", "2", "a", "1"),
    ]


def test_csv_holds_no_formula_and_keeps_quotes_and_line_breaks():
    title = '=HYPERLINK("http://x")'
    corpus = [listing("a", "sql", title=title, company='Larks, \n"and" more', location="-1")]
    systems = Systems(*[searcher(("sql",), corpus)] * 2, {"a": corpus[0]})
    saved = export(PageContext(systems), with_example, "?q=sql", "csv")
    row = next(csv.DictReader(io.StringIO(saved.removeprefix("\ufeff"), newline="")))
    assert (row["title"], row["company"], row["location"]) == (f"'{title}", 'Larks, \n"and" more', "'-1")


def test_address_without_a_query_saves_the_example(systems):
    assert json.loads(export(PageContext(systems), with_example, "", "json"))["query"] == OPENING
