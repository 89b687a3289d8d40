"""`python -m data judge` by people: the pool as a file, and their grades back."""

import csv
import json

import pytest

from tests.chat_server import ChatServer
from tests.data.judging.conftest import Q1, Q2, grade_by_number, graded
from tests.fakes import FakeEncoder


def test_judge_empty_pool_is_refused(judge, tmp_path):
    with pytest.raises(ValueError, match="expected results to grade, there are none"):
        judge(out=None, pool=tmp_path / "pool.csv", queries=({"query": "zzzzqq"},))
    assert not (tmp_path / "pool.csv").exists()


def test_judge_pool_for_people_and_their_grades_back(judge, tmp_path, capsys):
    pool = tmp_path / "pool.csv"
    assert judge(out=None, pool=pool) is None
    assert "5 results to grade" in capsys.readouterr().out
    with pool.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["query_id"], row["want"]) for row in rows] == [("q1", "Any of them")] * 3 + [("q2", "Both")] * 2
    assert "bm25" not in pool.read_text(encoding="utf-8")
    with pytest.raises(ValueError, match=r"pool.csv is there already, perhaps with people's grades"):
        judge(out=None, pool=pool)
    with pool.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows({**row, "grade": grade} for row, grade in zip(rows, (0, 1, 2, 3, ""), strict=True))
    judgments = judge(grades=pool, assessor="Ann")
    asked = [(row["query_id"], row["listing_id"]) for row in rows]
    assert graded(judgments) == dict(zip(asked[:4], range(4), strict=True))
    assert [(one.name, one.kind) for one in judgments.record.assessors] == [("Ann", "people")]
    assert "4 graded, 0 refused, 1 unanswered" in capsys.readouterr().out
    with pytest.raises(ValueError, match=r"expected results that Ann has not graded, .* and 3 more"):
        judge(out="other", grades=pool, assessor="Ann", extend=tmp_path / "out")


def grade_file(path, *rows):
    """Write people's grades of (query_id, listing_id, grade)."""
    lines = (json.dumps(dict(zip(("query_id", "listing_id", "grade"), row, strict=True))) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def test_judge_grades_record_only_systems_whose_pool_is_graded(judge, tmp_path, caplog):
    """Of a pool of depth 3 the third results' cells stay empty, so that it is whole to depth 2 only."""
    judge(out=None, pool=tmp_path / "pool.jsonl", depth=2)
    rows = map(json.loads, (tmp_path / "pool.jsonl").read_text().splitlines())
    best = [(row["query_id"], row["listing_id"]) for row in rows]
    assert len(best) == 4
    grades = grade_file(tmp_path / "grades.jsonl", *((*pair, 1 if pair in best else "") for pair in (*Q1, *Q2)))
    shallow = judge(out="two", grades=grades, assessor="Ann", depth=2)
    assert (shallow.record.pooled, shallow.record.depth) == (["bm25"], 2)
    assert "not recorded" not in caplog.text
    deep = judge(out="three", grades=grades, assessor="Ann", depth=3)
    assert (deep.record.pooled, deep.record.depth) == ([], None)
    assert "bm25 not recorded: some of their 3 best results have no grade" in caplog.text
    assert "null" not in (tmp_path / "three" / "judging.json").read_text()


def test_judge_grades_that_do_not_cover_a_system_leave_the_earlier_record(judge, tmp_path, monkeypatch):
    """The model ranks by id, 0 to 9, and most of these have no grade; what bm25 found is graded since the first run."""
    monkeypatch.setattr("search.systems.load_encoder", lambda name, **options: FakeEncoder(("nothing",)))
    with ChatServer(grade_by_number) as server:
        first = judge(server, out="first", depth=4)
    grades = grade_file(tmp_path / "grades.jsonl", ("q1", "job-000", 0))
    options = {"grades": grades, "assessor": "Ann", "queries": None, "extend": tmp_path / "first"}
    both = judge(out="both", systems=("fake=first:fake", "bm25"), **options)
    assert (both.record.pooled, both.record.depth) == (["bm25"], 4) == (first.record.pooled, first.record.depth)
    assert len(both.grades) == len(first.grades) + 1
    alone = judge(out="alone", systems=("fake=first:fake",), depth=1, **options)
    assert (alone.record.pooled, alone.record.depth) == (["bm25"], 4)


def test_judge_grades_that_can_not_be_read_are_refused_before_systems_are_loaded(judge, tmp_path, no_systems):
    """Their shape before the dataset even; then ids, who graded before, and whose name it is."""
    path = tmp_path / "grades.jsonl"
    with ChatServer(grade_by_number) as server:
        judge(server, out="first")
    judge(out="second", grades=grade_file(path, (*Q1[0], 3)), assessor="Ann", extend=tmp_path / "first")
    cases = [
        (("q1", "job-001", 7), "Ann", {"dataset": "nowhere"}, "expected a grade from 0 to 3 or nothing"),
        (("q9", "job-001", 1), "Ann", {}, "expected a query_id of this run, .*grades.jsonl:1 has 'q9'"),
        (("q1", "gone", ""), "Ann", {}, "expected a listing_id of this run, .*grades.jsonl:1 has 'gone'"),
        ((*Q1[0], 3), "Ann", {"extend": tmp_path / "second"}, "expected results that Ann has not graded"),
        ((*Q1[0], 3), "m", {"extend": tmp_path / "second"}, "'m' of --extend is another kind, model or prompt"),
    ]
    for row, assessor, options, message in cases:
        with no_systems(), pytest.raises(ValueError, match=message):
            judge(out="none", grades=grade_file(path, row), assessor=assessor, **options)


def test_judge_person_of_a_language_models_name_is_refused(judge, tmp_path):
    """Also where nobody noted which model it was."""
    with ChatServer(grade_by_number) as server:
        judge(server, out="first", depth=1)
    path = tmp_path / "first" / "judging.json"
    path.write_text(json.dumps({"assessors": [{"name": "m", "kind": "language model"}]}))
    grades = grade_file(tmp_path / "grades.jsonl", (*Q1[2], 3))
    with pytest.raises(ValueError, match=r"'m' of --extend is another kind, model or prompt"):
        judge(grades=grades, assessor="m", extend=tmp_path / "first")


def test_judge_pool_of_an_overlap_is_what_the_named_person_has_not_graded(judge, tmp_path):
    grades = tmp_path / "grades.jsonl"
    rows = [{"query_id": name, "listing_id": found, "grade": 1} for name, found in (*Q1, *Q2)]
    grades.write_text("".join(json.dumps(row) + "\n" for row in rows))
    judge(out="first", grades=grades, assessor="Ann")
    again = {"out": None, "pool": tmp_path / "pool.jsonl", "extend": tmp_path / "first", "overlap": 4}
    with pytest.raises(ValueError, match="expected results to grade, there are none"):
        judge(**again, assessor="Ann")
    judge(**again, assessor="Bob")
    assert len((tmp_path / "pool.jsonl").read_text().splitlines()) == 4
