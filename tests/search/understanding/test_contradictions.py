"""What listings lose by contradicting what a query states."""

import pytest

from search.understanding.contradictions import Weights
from search.understanding.listening import Listener
from tests.fakes import listing

WEIGHTS = Weights(role=1, level=10, level_step=1, work_mode=100, place=1000, country=500, refused=10_000)


def losses(query: str, *listings) -> list[float]:
    listener = Listener(listings)
    return listener.facts.penalties(listener.read(query), WEIGHTS).tolist()


def job(text: str = "", **facts: str):
    return listing(f"{text}{facts}", text, **facts)


def test_levels_cost_more_the_farther_they_are():
    jobs = [job(seniority=level) for level in ("senior", "lead", "junior", "Mid-Senior level", "", "whatever")]
    assert losses("senior data engineer", *jobs) == [0, 10, 11, 0, 0, 0]
    assert losses("senior or lead data engineer", *jobs) == [0, 0, 11, 0, 0, 0]


def test_work_modes_and_what_is_not_known():
    jobs = [job(work_mode=mode) for mode in ("remote", "Hybrid", "On-site", "")]
    assert losses("python, remote", *jobs) == [0, 100, 100, 0]
    assert losses("python, remote or hybrid", *jobs) == [0, 0, 100, 0]


def test_places_cost_more_in_another_country():
    jobs = [job(location=place) for place in ("Berlin, Germany", "Munich, Germany", "Paris, France", "")]
    assert losses("sql, Berlin", *jobs) == [0, 1000, 1500, 0]
    assert losses("sql, Germany", *jobs) == [0, 0, 1500, 0]


def test_remote_in_place_of_the_place():
    jobs = [
        job(location="Berlin, Germany", work_mode="on-site"),
        job(location="Paris, France", work_mode="remote"),
        job(location="Paris, France", work_mode="on-site"),
    ]
    assert losses("sql, Berlin or remote", *jobs) == [0, 0, 1500]


@pytest.mark.parametrize(
    ("query", "refused"),
    [
        ("data scientist, not senior", [True, False, False]),
        ("data scientist, no banking", [False, True, False]),
        ("data scientist, not remote", [False, False, True]),
    ],
)
def test_refused_levels_words_and_work_modes(query, refused):
    jobs = [job(seniority="senior"), job("at a bank"), job("no banking here", work_mode="remote")]
    assert [loss > 0 for loss in losses(query, *jobs)] == refused


def test_statement_that_must_be_met_leaves_the_unknown():
    listener = Listener([job(seniority=level) for level in ("senior", "junior", "")])
    understood = listener.read("senior data engineer")
    level = [one for one in understood.statements if one.kind == "level"]
    assert listener.facts.contradicts(understood, level).tolist() == [False, True, False]


def test_query_without_statements_costs_nothing():
    assert losses("python and sql", job(seniority="senior"), job(work_mode="remote")) == [0, 0]
