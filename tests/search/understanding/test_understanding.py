"""What queries state, wording by wording: what is understood, what must not be, and what is wanted."""

import pytest

from search.understanding.locations import resolve_location
from search.understanding.understanding import ROLE, QueryReader, Understanding
from tests.search.understanding.wordings import MUST_NOT, REFUSED, UNDERSTOOD

LOCATIONS = (
    "Berlin, Germany",
    "Austin, TX",
    "New York, NY",
    "Toronto, ON",
    "London, UK",
    "Dublin, Ireland",
    "Denver, CO",
)
FAMILIES = {"Data Scientist", "Data Engineer", "Data Analyst", "Machine Learning Engineer", "AI Engineer"}
READER = QueryReader(map(resolve_location, LOCATIONS), FAMILIES)


def said(understood: Understanding) -> list[str]:
    """Return the statements but for the families, in order: `level junior`, `not place London`."""
    return [
        f"{'not ' * one.is_refused}{one.kind} {' or '.join(one.values)}"
        for one in understood.statements
        if one.kind != ROLE
    ]


@pytest.mark.parametrize(("query", "expected"), UNDERSTOOD)
def test_wish_is_understood_and_stays_wanted(query, expected):
    understood = READER.read(query)
    assert sorted(said(understood)) == sorted(expected)
    if not query.endswith("no commute"):
        assert understood.wanted == query


@pytest.mark.parametrize("query", MUST_NOT)
def test_query_that_states_nothing_is_left_alone(query):
    understood = READER.read(query)
    assert said(understood) == []
    assert understood.wanted == query


@pytest.mark.parametrize(("query", "expected", "wanted"), REFUSED)
def test_refusal_is_understood_and_not_wanted(query, expected, wanted):
    understood = READER.read(query)
    assert sorted(said(understood)) == sorted(expected)
    assert understood.wanted == wanted


CV = "Data analyst, 4 years. I {}. Stats degree. Looking for a post in Berlin{}."


@pytest.mark.parametrize(
    ("story", "wish", "expected"),
    [
        ("write short notes rather than decks", "", []),
        ("explain charts without jargon, never late", "", []),
        ("cut reports nobody read, no findings in any audit", ", no travel", ["not words travel"]),
        ("report to a board", ". No insurance", ["not words insurance"]),
    ],
)
def test_story_of_a_cv_refuses_nothing(story, wish, expected):
    understood = READER.read(CV.format(story, wish))
    assert sorted(said(understood)) == sorted(["level mid", "place Berlin", *expected])
    assert story in understood.wanted


@pytest.mark.parametrize(
    ("query", "families"),
    [
        ("data scientst for churn", ["Data Scientist"]),
        ("ml eng or data engineering", ["Machine Learning Engineer", "Data Engineer"]),
        ("MSc in data science, wants to be an ai engineer", ["AI Engineer"]),
        ("former data engineer moving into data analyst work", ["Data Engineer", "Data Analyst"]),
        ("deep learning engineer", []),
        ("customer analysis", []),
    ],
)
def test_family_is_understood_where_the_corpus_has_it(query, families):
    found = [value for one in READER.read(query).statements if one.kind == ROLE for value in one.values]
    assert found == families


@pytest.mark.parametrize(
    ("query", "expected"),
    [("Austin or remote", True), ("remote / Austin", True), ("remote, Austin", False), ("Austin or hybrid", False)],
)
def test_remote_work_may_stand_in_for_a_place(query, expected):
    assert READER.read(query).place_or_remote is expected


@pytest.mark.parametrize(
    ("query", "ignored", "expected", "wanted"),
    [
        ("senior analyst, no banking", "words:banking", ["level senior"], "senior analyst, no banking"),
        ("senior analyst, no banking", "level:senior", ["not words banking"], "senior analyst"),
        ("sql, no banking or tax", "words:banking", ["not words tax"], "sql, banking"),
        ("sql, no banking or tax", "words:tax", ["not words banking"], "sql, tax"),
        ("data  analyst,\nno  office", "work_mode:office", [], "data analyst, no office"),
    ],
)
def test_ignored_statement_is_gone_and_its_words_are_wanted(query, ignored, expected, wanted):
    understood = READER.read(query, ignored={ignored})
    assert said(understood) == expected
    assert understood.wanted == wanted


def test_key_of_a_statement_holds_no_semicolon():
    (one,) = READER.read("2 days in the office; rest from home").statements
    assert one.key == "work_mode:2 days in the office rest from home"


def test_label_says_what_it_stands_on():
    labels = [one.label for one in READER.read("Senior, hybrid, Berlin, no management").statements]
    assert labels == ["senior", "hybrid", "Berlin", "not: management"]
    assert [one.label for one in READER.read("6 years of SQL").statements] == ["senior (6 years)"]


def test_empty_query_states_and_wants_nothing():
    for query in ("", " \n "):
        assert READER.read(query) == Understanding(query)


def test_name_of_a_family_is_read_whole():
    assert [one.text for one in READER.read("junior data analyst, sql").statements] == ["junior", "data analyst"]
