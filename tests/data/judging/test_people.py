"""The pool as a file for people: what they see, and what comes back."""

import csv
import json
from io import StringIO

import pytest

from data.judging.people import COLUMNS, check_pairs, read_grades, save_pool
from data.judging.pool import Pair
from data.judgments.records import JudgedQuery
from tests.fakes import listing

QUERIES = [JudgedQuery("q1", "=1+1", "test", want="-sql"), JudgedQuery("'q2", 'a, "b"\tc', "test")]
LISTINGS = [
    listing("=HYPERLINK(1)", "@text\nof; two lines", title="+Analyst", seniority="-", location="\tOslo"),
    listing("007", '\'tis; "quoted", é', title="\rEngineer", work_mode="Remote"),
]
PAIRS = [Pair(query, one) for query in QUERIES for one in LISTINGS]
KNOWN = {"query_ids": {"q1", "'q2"}, "listing_ids": {"=HYPERLINK(1)", "007"}}


def rows_of(path):
    return list(csv.DictReader(StringIO(path.read_bytes().decode("utf-8-sig"))))


def with_grades(path, *grades):
    """Fill the grades in, as a spreadsheet would save them."""
    if path.suffix == ".jsonl":
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        lines = [json.dumps({**row, "grade": grade}) for row, grade in zip(rows, grades, strict=True)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path
    file = StringIO()
    writer = csv.DictWriter(file, COLUMNS, delimiter=";")
    writer.writeheader()
    writer.writerows({**row, "grade": grade} for row, grade in zip(rows_of(path), grades, strict=True))
    path.write_bytes(file.getvalue().encode("utf-8-sig"))
    return path


@pytest.mark.parametrize("name", ["pool.csv", "pool.jsonl"])
def test_pool_round_trip_keeps_ids_and_counts_empty_cells(tmp_path, name):
    path = tmp_path / "new" / name
    save_pool(PAIRS, path)
    found = read_grades(with_grades(path, "3", "", "0.0", " 1 "))
    check_pairs(found, **KNOWN)
    assert found.grades == {("q1", "=HYPERLINK(1)"): 3, ("'q2", "=HYPERLINK(1)"): 0, ("'q2", "007"): 1}
    assert found.n_empty == 1
    assert [one.name for one in path.parent.iterdir()] == [name]


def test_pool_json_lines_take_numbers_and_null(tmp_path):
    path = tmp_path / "pool.jsonl"
    save_pool(PAIRS[:3], path)
    assert json.loads(path.read_text(encoding="utf-8").splitlines()[0])["query"] == "=1+1"
    found = read_grades(with_grades(path, 2, None, 1.0))
    assert (list(found.grades.values()), found.n_empty) == ([2, 1], 1)


def test_pool_csv_cells_that_a_spreadsheet_would_run_get_an_apostrophe(tmp_path):
    path = tmp_path / "pool.csv"
    save_pool(PAIRS, path)
    first, second = rows_of(path)[:2]
    assert list(first) == list(COLUMNS)
    assert list(first.values()) == [
        *("q1", "'=1+1", "'-sql", "'=HYPERLINK(1)"),
        *("'+Analyst", "'-", "", "'\tOslo", "'@text\nof; two lines", ""),
    ]
    assert (second["title"], second["text"]) == ("'\rEngineer", "''tis; \"quoted\", é")
    cells = (cell for row in rows_of(path) for cell in row.values())
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)


def test_pool_csv_cuts_what_no_cell_holds(tmp_path):
    path = tmp_path / "pool.csv"
    save_pool([Pair(QUERIES[0], listing("a", "x" * 40_000))], path)
    assert len(rows_of(path)[0]["text"]) == 32_000


def read(tmp_path, text, name="grades.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    found = read_grades(path)
    check_pairs(found, query_ids={"q1"}, listing_ids={"a", "b"})
    return found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "query_id,listing_id,grade\nq1,a,7\n",
            r"expected a grade from 0 to 3 or nothing, .*grades.csv:2 has '7' for 'a' of 'q1'",
        ),
        ("query_id,listing_id,grade\nq1,a,2.5\n", "grades.csv:2 has '2.5'"),
        ("query_id,listing_id,grade\nq1,a,good\n", "grades.csv:2 has 'good'"),
        ("query_id,listing_id,grade\nq9,a,1\n", "expected a query_id of this run, .*grades.csv:2 has 'q9'"),
        ("query_id,listing_id,grade\nq1,c,1\n", "expected a listing_id of this run, .*grades.csv:2 has 'c'"),
        ("query_id,listing_id,grade\nq1,,1\n", "grades.csv:2 has ''"),
        ("query_id,listing_id,grade\nq1,a,1\nq1,c,\n", "grades.csv:3 has 'c'"),
        ("query_id,listing_id,grade\nq1,a,1\nq1,b,\nq1,a,1\n", "grades.csv:4 has that of .*grades.csv:2 again"),
        ("query_id,listing_id\nq1,a\n", "grades.csv:2 has no 'grade'; take the file of --pool"),
        ("query_id,listing_id,grade\nq1,a\n", "expected 3 fields as in the header"),
    ],
)
def test_read_grades_unusable_row_is_one_line_with_its_place(tmp_path, text, message):
    with pytest.raises(ValueError, match=message) as caught:
        read(tmp_path, text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("grade", ["true", "4", '"3 of 3"', "[1]", "1.5"])
def test_read_grades_json_that_is_no_grade_is_refused(tmp_path, grade):
    with pytest.raises(ValueError, match=r"grades.jsonl:1 has"):
        read(tmp_path, f'{{"query_id": "q1", "listing_id": "a", "grade": {grade}}}\n', "grades.jsonl")
