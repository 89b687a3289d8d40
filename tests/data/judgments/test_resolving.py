"""Judgments fitted to a corpus."""

import pytest

from data.judgments.records import JudgedQuery, JudgingRecord, Judgment, Judgments, StatedFacts
from data.judgments.resolving import check_stated, check_unseen, resolve_judgments
from search.benchmark_report import Assessor
from tests.fakes import listing

# Of the listings a and b, which have reposts.
REPRESENTATIVE = {"a": "a", "a-again": "a", "a-third": "a", "b": "b", "b-again": "b"}


def judged(*grades, queries=("q1",)):
    """Judgments of (listing_id, grade, assessor), all for the first query."""
    return Judgments(
        "folder",
        tuple(JudgedQuery(name, f"text of {name}", "test") for name in queries),
        tuple(Judgment(queries[0], *grade) for grade in grades),
        JudgingRecord(assessors=[Assessor(name=name, kind="people") for name in ("ann", "bo")]),
    )


def test_resolve_gives_a_reposts_grade_to_the_listing_that_stands_for_it():
    resolved = resolve_judgments(judged(("a-again", 2, "ann"), ("b", 0, "ann")), REPRESENTATIVE)
    assert resolved.qrels == {"q1": {"a": 2, "b": 0}}


def test_resolve_prefers_the_grade_of_the_listing_itself():
    resolved = resolve_judgments(judged(("a-again", 3, "ann"), ("a", 1, "ann")), REPRESENTATIVE)
    assert [(one.listing_id, one.grade) for one in resolved.grades] == [("a", 1)]


def test_resolve_takes_the_first_of_two_reposts():
    resolved = resolve_judgments(judged(("a-third", 1, "ann"), ("a-again", 3, "ann")), REPRESENTATIVE)
    assert [(one.listing_id, one.grade) for one in resolved.grades] == [("a", 1)]


def test_resolve_keeps_the_grades_of_assessors_apart():
    """Ann graded the repost only, so her grade of it stands beside Bo's of the listing itself, and counts."""
    resolved = resolve_judgments(judged(("a", 1, "bo"), ("a-again", 3, "ann")), REPRESENTATIVE)
    assert {(one.listing_id, one.grade, one.assessor) for one in resolved.grades} == {("a", 1, "bo"), ("a", 3, "ann")}
    assert resolved.qrels == {"q1": {"a": 3}}


def test_resolve_without_the_listing_names_the_first_and_what_to_do():
    with pytest.raises(
        ValueError,
        match=r"folder has 2 judgment\(s\) of others, the first of 'x' for 'q1'; keep their listings with --titles",
    ):
        resolve_judgments(judged(("a", 1, "ann"), ("x", 0, "ann"), ("y", 1, "ann")), REPRESENTATIVE)


@pytest.mark.parametrize(
    ("grades", "queries", "message"),
    [
        ([("a", 0, "ann"), ("b", 0, "ann")], ("q1",), r"'q1' of folder has grades of 0 only; judge more"),
        ([("a", 3, "ann")], ("q1", "q2", "q3"), r"'q2' of folder has no judgment \(and 1 more\); judge more"),
        ([("a", 0, "ann"), ("a", 3, "bo")], ("q1",), r"'q1' of folder has grades of 0 only"),
    ],
)
def test_resolve_refuses_a_query_without_a_right_answer(grades, queries, message):
    """The last one's grade that counts is Ann's, the first assessor's."""
    with pytest.raises(ValueError, match=message):
        resolve_judgments(judged(*grades, queries=queries), REPRESENTATIVE)


def test_check_unseen_refuses_a_query_of_triplets():
    check_unseen(judged(), ["text of q2", "text"])
    with pytest.raises(ValueError, match=r"judged queries that no triplet has, 'q1' of folder is one of 1 that some"):
        check_unseen(judged(queries=("q1", "q2")), ["TEXT of q1"])


CORPUS = (
    listing("a", "sql", family="Nurse", seniority="Junior", work_mode="Remote", location="Oslo, Norway"),
    listing("b", "dbt", family="Data Analyst", seniority="Senior", work_mode="Hybrid", location="Rome, Italy"),
)


def stating(**facts):
    return [JudgedQuery("q0", "plain", "test"), JudgedQuery("q1", "text", "test", stated=StatedFacts(**facts))]


@pytest.mark.parametrize("family", ["nurse", "DATA analyst", "Deep Learning"])
def test_stated_family_of_the_listings_or_a_usual_one_is_known(family, caplog):
    """The usual ones are known also where no listing is of them, which brings the warning."""
    check_stated(stating(family=(family,)), CORPUS, "folder")
    assert ("family of 'q1'" in caplog.text) == (family == "Deep Learning")


def test_stated_family_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"`family` of Data Scientist, .*, Nurse, 'q1' of folder has 'Analyst'; mend"):
        check_stated(stating(family=("Nurse", "Analyst")), CORPUS, "folder")


@pytest.mark.parametrize(
    ("facts", "warned"),
    [
        ({"level": ("senior",), "work_mode": ("REMOTE",), "place": ("norway",)}, []),
        ({"level": ("Entry", "Junior")}, []),
        ({"level": ("Entry",)}, ["level of 'q1'"]),
        ({"work_mode": ("On site",), "place": ("Paris",)}, ["work mode of 'q1'", "place of 'q1'"]),
        ({"excluded": ("sql", "dbt", "ior")}, []),
    ],
)
def test_stated_fact_that_no_listing_meets_is_one_warning(facts, warned, caplog):
    """A listing for each fact is enough; it need not be the same one, and an exclusion is no fact of listings."""
    check_stated(stating(**facts), CORPUS, "folder")
    assert [record.getMessage() for record in caplog.records] == (
        [f"stated    no listing meets the {', '.join(warned)}; if one should, check how the listings write it"]
        if warned
        else []
    )


def test_stated_facts_beyond_the_first_five_are_counted(caplog):
    queries = [JudgedQuery(f"q{n}", f"text {n}", "test", stated=StatedFacts(level=("x",))) for n in range(7)]
    check_stated(queries, CORPUS, "folder")
    assert "level of 'q4' and 2 more; if one should" in caplog.text
    assert "'q5'" not in caplog.text


def test_resolve_checks_what_is_stated_where_it_gets_the_listings():
    whole = judged(("a", 1, "ann"))
    broken = Judgments(whole.name, tuple(stating(family=("x",))[1:]), whole.grades, whole.record)
    assert resolve_judgments(broken, REPRESENTATIVE).qrels == {"q1": {"a": 1}}
    with pytest.raises(ValueError, match=r"'q1' of folder has 'x'"):
        resolve_judgments(broken, REPRESENTATIVE, CORPUS)
