"""The parts of a query that a listing's text answers, and its facts."""

import pytest

from comparison.query_parts import fact_of, text_parts
from search.understanding.listening import Listener
from search.understanding.understanding import Statement
from tests.fakes import listing

CORPUS = [listing("a", "", location="Berlin, Germany", family="Data Scientist"), listing("b", "", location="Leeds, UK")]
LISTENER = Listener(CORPUS)


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ("python, sql", ["python", "sql"]),
        ("senior data scientist, pricing, remote or Berlin", ["pricing"]),
        ("remote python jobs", ["python jobs"]),
        ("data scientist with 6 years experience, c++", ["c++"]),
        ("junior, Berlin", []),
        ("work from home in Berlin near kafka", ["near kafka"]),
    ],
)
def test_parts_are_what_no_fact_answers(query, parts):
    spans = [one.span for one in LISTENER.read(query).statements]
    assert [query[start:end] for start, end in text_parts(query, spans)] == parts


def test_part_is_cut_where_a_statement_stands_in_it():
    query = "kafka (remote) streaming"
    assert [query[slice(*span)] for span in text_parts(query, [(7, 13)])] == ["kafka", "streaming"]


@pytest.mark.parametrize(
    ("kind", "fact"),
    [("role", "Data Scientist"), ("level", "senior"), ("work_mode", "remote"), ("place", "Berlin"), ("words", "")],
)
def test_fact_is_the_listings_own(kind, fact):
    one = listing("a", "", family="Data Scientist", seniority="senior", work_mode="remote", location="Berlin")
    assert fact_of(one, Statement(kind, ("x",), (0, 1), "x")) == fact
