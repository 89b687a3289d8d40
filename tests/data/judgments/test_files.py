"""Folders of judged queries and grades: read, saved, and one line for what is wrong in them."""

import json

import pytest

from data.judgments.files import read_judged_queries, read_judgments, save_judgments
from data.judgments.qrels import write_qrels
from data.judgments.records import StatedFacts
from data.judgments.rows import draw_splits
from search.benchmark_report import Agreement, Assessor
from search.records import text_id

QUERIES = [{"query_id": "q1", "query": "python jobs"}, {"query_id": "q2", "query": "no spark please"}]
GRADES = [{"query_id": "q1", "listing_id": "a", "grade": 3}, {"query_id": "q2", "listing_id": "b", "grade": 1}]
JUDGING = {
    "assessors": [{"name": "ann", "kind": "people"}, {"name": "m", "kind": "language model", "model": "some/llm"}],
    "agreement": [{"a": "ann", "b": "m", "n": 2, "same": 0.5, "kappa": 0.1, "weighted_kappa": 0.2}],
}


@pytest.fixture
def write(tmp_path):
    """Write a folder; a value is lines of JSON, one object, or a text."""

    def run(queries=QUERIES, grades=GRADES, judging=None, qrels=None):
        folder = tmp_path / "judged"
        folder.mkdir()
        for name, rows in (("queries.jsonl", queries), ("judgments.jsonl", grades)):
            if rows is not None:
                (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
        if judging:
            (folder / "judging.json").write_text(json.dumps(judging))
        if qrels is not None:
            (folder / "qrels.txt").write_text(qrels)
        return folder

    return run


def test_read_judgments_takes_queries_facts_and_grades(write):
    stated = {"family": None, "seniority": ["Senior", "Lead"], "place": ["Lisbon"], "not": ["spark "]}
    full = {"query_id": "q1", "query": "a", "kind": "level", "want": "Ideal: b", "split": "test", "stated": stated}
    judgments = read_judgments(write([full, {**QUERIES[1], "split": "development"}]))
    first, second = judgments.queries
    assert (first.text, first.kind, first.want, first.split) == ("a", "level", "Ideal: b", "test")
    assert first.stated == StatedFacts(level=("Senior", "Lead"), place=("Lisbon",), excluded=("spark",))
    assert (second.kind, second.want, second.split, second.stated) == ("", "", "development", StatedFacts())
    assert judgments.qrels == {"q1": {"a": 3}, "q2": {"b": 1}}


def test_read_judgments_without_names_has_an_unnamed_assessor_of_unknown_kind(write):
    judgments = read_judgments(write())
    assert judgments.record.assessors == [Assessor(name="unnamed", kind="unknown")]
    assert {one.assessor for one in judgments.grades} == {"unnamed"}


def test_read_judgments_names_assessors_as_the_grades_do(write):
    judgments = read_judgments(write(grades=[{**GRADES[0], "assessor": "bo"}, {**GRADES[1], "assessor": "ann"}]))
    assert [assessor.name for assessor in judgments.record.assessors] == ["bo", "ann"]


def test_read_judgments_gives_what_has_no_name_to_the_first_assessor(write):
    judgments = read_judgments(write(grades=[*GRADES, {**GRADES[0], "grade": 0, "assessor": "m"}], judging=JUDGING))
    assert [one.assessor for one in judgments.grades] == ["ann", "ann", "m"]
    assert judgments.qrels["q1"] == {"a": 3}
    assert judgments.record.agreement == [Agreement(a="ann", b="m", n=2, same=0.5, kappa=0.1, weighted_kappa=0.2)]


def test_read_judgments_takes_qrels_where_no_lines_are(write):
    folder = write(grades=None, qrels="q1 0 a 3\n\nq1\tQ0\tb 0 \nq2 0 b 1\n")
    assert read_judgments(folder).qrels == {"q1": {"a": 3, "b": 0}, "q2": {"b": 1}}


def test_read_judgments_prefers_lines_to_qrels(write):
    assert read_judgments(write(qrels="q1 0 other 1\n")).qrels == {"q1": {"a": 3}, "q2": {"b": 1}}


def test_read_judgments_masks_contacts_and_cleans_markup(write):
    row = {"query_id": "q1", "query": "ask <b>jane@example.com</b>\nfor work", "want": "call (415) 555-2671"}
    (query,) = read_judgments(write([row], [])).queries
    assert (query.text, query.want) == ("ask [email] for work", "call [phone]")


def test_read_judgments_takes_numbers_as_ids(write):
    judgments = read_judgments(write([{"query_id": 7, "query": "x"}], [{"query_id": 7, "listing_id": 12, "grade": 2}]))
    assert judgments.qrels == {"7": {"12": 2}}


def test_read_judgments_may_return_queries_without_a_grade(write):
    assert read_judgments(write(grades=[])).qrels == {"q1": {}, "q2": {}}


def test_saved_judgments_are_read_back_equal(write, tmp_path):
    stated = {"work_mode": ["remote"], "not": ["on-call", "Java"]}
    odd = {"query_id": "q3", "query": "* • <p>odd -&gt; ünï\u2028code", "kind": "a|b", "stated": stated}
    judgments = read_judgments(write([*QUERIES, odd], [*GRADES, {**GRADES[0], "assessor": "m"}], JUDGING))
    (tmp_path / "saved").mkdir()
    save_judgments(judgments, tmp_path / "saved")
    again = read_judgments(tmp_path / "saved")
    assert again == judgments
    assert again.hash == judgments.hash
    assert sorted(path.name for path in (tmp_path / "saved").iterdir()) == [
        "judging.json",
        "judgments.jsonl",
        "queries.jsonl",
    ]


def test_judged_queries_need_nothing_but_a_query(write_lines):
    """The id is made of the cleaned text, so that two files of the same queries agree."""
    one, two = read_judged_queries(write_lines({"query": "python  jobs"}, {"query": "sql"}))
    assert (one.text, one.query_id) == ("python jobs", f"q-{text_id('python jobs')}")
    assert (one.split, two.split) == ("", "")


def test_drawn_splits_are_each_querys_own_and_about_half_of_each_kind(write, write_lines):
    """A query that is added, or left out, moves no other."""
    rows = [{"query_id": f"{kind}{n}", "query": f"{kind} {n}", "kind": kind} for kind in "ab" for n in range(100)]
    queries = draw_splits(read_judged_queries(write_lines(*rows)))
    assert [query.query_id for query in queries] == [row["query_id"] for row in rows]
    for kind in "ab":
        assert 40 <= sum(query.split == "test" for query in queries if query.kind == kind) <= 60
    assert {query.split for query in queries} == {"development", "test"}
    for number in (0, 1, 150):
        assert draw_splits(read_judged_queries(write_lines(rows[number]))) == (queries[number],)
    assert read_judgments(write(rows[::-1], [])).queries == queries[::-1]


def test_draw_of_splits_leaves_those_that_are_there(write_lines):
    rows = [{"query_id": f"q{n}", "query": f"text {n}", "split": "test"} for n in range(20)]
    assert {query.split for query in draw_splits(read_judged_queries(write_lines(*rows)))} == {"test"}


@pytest.mark.parametrize(
    ("queries", "message"),
    [
        ([], r"at least one judged query in .*judged.*, found none"),
        ([{"query_id": "q1"}], r"expected a text in 'query', .*queries.jsonl:1 has None"),
        ([{"query": "x", "wnat": "y"}], r"expected the fields query_id, .*queries.jsonl:1 has 'wnat'; mend its name"),
        ([{"query": "x", "kind": 3}], r"expected a text in 'kind', .*queries.jsonl:1 has 3"),
        ([{"query": " <b></b> "}], r"expected a query, .*queries.jsonl:1 has none that is left after cleaning"),
        ([{"query": "x" * 4001}], r"at most 4000 characters in 'query', .*queries.jsonl:1 has 4001"),
        ([{"query": "x", "want": "y" * 4001}], r"at most 4000 characters in 'want', .*queries.jsonl:1 has 4001"),
        ([{"query": "\ud800"}], r"text that UTF-8 can hold in 'query', .*queries.jsonl:1"),
        ([QUERIES[0], {"query_id": "q1", "query": "b"}], r"each query once, .*:2 has the query_id 'q1' of .*:1;"),
        ([QUERIES[0], {"query": "PYTHON Jobs"}], r"each query once, .*:2 has the text 'python jobs' of .*:1; remove"),
        ([{"query": "x", "split": "train"}], r"`split` to be one of development, test, .*:1 has 'train'"),
        (
            [{"query": "x", "split": "test"}, {"query": "y"}],
            r"a `split` on all judged queries or on none, .*:2 has none and 1 have one",
        ),
        ([{"query": "x", "stated": ["remote"]}], r"`stated` to be an object with keys of .*:1 has \['remote'\]"),
        ([{"query": "x", "stated": {"level": ["Lead"]}}], r"keys of family, seniority, .*:1 has level; mend"),
        ([{"query": "x", "stated": {"place": "Lisbon"}}], r"a list of texts or null .*:1 has 'Lisbon' as 'place'"),
        ([{"query": "x", "stated": {"not": [" "]}}], r"a list of texts or null .*:1 has \[' '\] as 'not'"),
    ],
)
def test_unusable_query_is_one_line(write, queries, message):
    with pytest.raises(ValueError, match=message) as caught:
        read_judgments(write(queries, []))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"query_id": "q9"}, r"the query_id of a judged query, .*judgments.jsonl:1 has 'q9'"),
        ({"query_id": None}, r"the query_id of a judged query, .*judgments.jsonl:1 has ''"),
        ({"listing_id": " "}, r"expected a listing_id, .*judgments.jsonl:1 has none"),
        ({"grade": 7}, r"expected a grade of 0, 1, 2, 3, .*judgments.jsonl:1 has 7"),
        ({"grade": -1}, r"expected a grade of 0, 1, 2, 3, .* has -1"),
        ({"grade": True}, r"expected a grade of .* has True"),
        ({"grade": 2.5}, r"expected a grade of .* has 2.5"),
        ({"grade": "2"}, r"expected a grade of .* has '2'"),
        ({"grade": None}, r"expected a grade of .* has None"),
        ({"assessor": "bob"}, r"that judging.json names \(ann, m\), .*:1 is of 'bob'; add the assessor"),
        ({"assessor": 3.5}, r"that judging.json names .*:1 is of '3.5'"),
        (
            {"query_id": "q2", "listing_id": "b"},
            r"one grade of a result by an assessor, .*:2 grades 'b' for 'q2' again",
        ),
    ],
)
def test_unusable_judgment_is_one_line(write, change, message):
    with pytest.raises(ValueError, match=message) as caught:
        read_judgments(write(grades=[GRADES[0] | change, GRADES[1]], judging=JUDGING))
    assert "\n" not in str(caught.value)


def test_judging_json_that_names_nobody_or_one_twice_is_refused(write):
    folder = write(judging={"assessors": []})
    with pytest.raises(ValueError, match=r"that judging.json names \(it names none\), .*:1 is of 'unnamed'"):
        read_judgments(folder)
    (folder / "judging.json").write_text(json.dumps({"assessors": JUDGING["assessors"][:1] * 2}))
    with pytest.raises(ValueError, match=r"each assessor's name once in .*judged, got ann, ann"):
        read_judgments(folder)


@pytest.mark.parametrize("name", ["ann\n# Grades", "ann\r", "a\u2028b", "", " ", " ann"])
def test_assessor_whose_name_is_no_single_line_is_refused(write, name):
    folder = write(judging={"assessors": [{"name": name, "kind": "people"}]})
    with pytest.raises(ValueError, match=r"an assessor's name on one line, .*judging.json of .*judged has ") as caught:
        read_judgments(folder)
    assert "\n" not in str(caught.value)


def test_assessor_of_a_line_whose_name_has_a_break_is_refused(write):
    with pytest.raises(ValueError, match=r"an assessor's name on one line, .*judgments.jsonl:1 has 'a\\nb'; rename it"):
        read_judgments(write(grades=[GRADES[0] | {"assessor": "a\nb"}]))


def test_kind_with_a_line_break_becomes_one_line(write):
    (query,) = read_judgments(write([QUERIES[0] | {"kind": "a\n\n# b\u2028c"}], [])).queries
    assert query.kind == "a # b c"


def test_judging_json_that_is_none_names_the_field(write):
    with pytest.raises(ValueError, match=r"judging.json as its command wrote it, assessors.0.kind is not so"):
        read_judgments(write(judging={"assessors": [{"name": "x", "kind": "dog"}]}))


def test_missing_files_are_named(write, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"judgments.jsonl or qrels.txt, .*judged has no grades"):
        read_judgments(write(grades=None))
    (tmp_path / "judged" / "queries.jsonl").unlink()
    (tmp_path / "judged" / "judgments.jsonl").touch()
    with pytest.raises(FileNotFoundError, match=r"a JSON Lines file at .*queries.jsonl, there is none"):
        read_judgments(tmp_path / "judged")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("q1 0 a", r"`query_id 0 listing_id grade`, .*qrels.txt:2 has 3 fields"),
        ("q1 0 a b 2", r"`query_id 0 listing_id grade`, .*qrels.txt:2 has 5 fields"),
        ("q1 0 a 2.5", r"expected a grade of 0, 1, 2, 3, .*qrels.txt:2 has '2.5'"),
        ("q1 0 a -1", r"expected a grade of .*qrels.txt:2 has '-1'"),
        ("q9 0 a 1", r"the query_id of a judged query, .*qrels.txt:2 has 'q9'"),
        ("q2 0 b 1", r"one grade of a result by an assessor, .*qrels.txt:2 grades 'b' for 'q2' again after .*:1"),
    ],
)
def test_unusable_line_of_qrels_is_one_line(write, line, message):
    with pytest.raises(ValueError, match=message):
        read_judgments(write(grades=None, qrels=f"q2 0 b 1\n{line}\n"))


def test_qrels_are_written_as_trec_has_them_and_read_back(write, tmp_path):
    qrels = {"q1": {"a": 3, "ü#1": 0}, "q2": {"b": 1}}
    write_qrels(qrels, tmp_path / "out.txt")
    text = (tmp_path / "out.txt").read_text(encoding="utf-8")
    assert text == "q1 0 a 3\nq1 0 ü#1 0\nq2 0 b 1\n"
    assert read_judgments(write(grades=None, qrels=text)).qrels == qrels


@pytest.mark.parametrize("name", ["a b", "a\u00a0b", ""])
def test_qrels_of_ids_with_white_space_are_refused(tmp_path, name):
    with pytest.raises(ValueError, match="expected ids without white space for TREC qrels, got "):
        write_qrels({"q1": {name: 1}}, tmp_path / "out.txt")
    with pytest.raises(ValueError, match="expected ids without white space for TREC qrels, got "):
        write_qrels({name: {"a": 1}}, tmp_path / "out.txt")
    assert not list(tmp_path.iterdir())
