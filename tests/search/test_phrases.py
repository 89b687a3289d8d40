"""Excluded words and phrases, in texts as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.phrases import PhraseFinder, split_phrases
from tests.fakes import listing


@pytest.mark.parametrize(
    ("phrase", "found", "not_found"),
    [
        ("C++", ["modern C++17", "C/C++", "c++."], ["C and C#", "C+"]),
        ("C#", ["C#, Java", "(c#)"], ["C", "C++"]),
        ("C", ["C, Rust", "C/C++", "in C."], ["C++", "C#", "C-level", "D.C. area", "vitamin c", "Cobol"]),
        ("r", ["R, Python", "Python/R", "(R)"], ["R&D", "r", "RStudio", "R.E.M", "R-squared", "our"]),
        (".NET", [".NET Core", "ASP.NET", ".net"], ["network", "net"]),
        ("on-call", ["an on-call rota", "on call", "oncall"], ["on calls", "person-callable"]),
        ("start-up", ["a start-up", "startup", "Start up"], ["start-ups", "upstart"]),
        ("startup", ["a start-up", "startup"], ["startups"]),
        ("Excel", ["EXCEL", "excel,"], ["Excellent", "excels"]),
        ("manag*", ["management", "we manage"], ["micromanaging"]),
        ("people manag*", ["people management", "people-managers"], ["people who manage"]),
        ("java", ["java.", "Java-based"], ["JavaScript"]),
        ("node.js", ["Node.js"], ["nodexjs"]),
        ("machine learning", ["machine\nlearning", "machine-learning"], ["machine that is learning", "machine"]),
    ],
)
def test_phrase_is_found_as_people_write_it(phrase, found, not_found):
    finder = PhraseFinder([listing(str(number), text) for number, text in enumerate([*found, *not_found])])
    assert finder.holding(phrase).tolist() == [True] * len(found) + [False] * len(not_found)


def test_phrase_is_found_in_title_company_and_text():
    listings = [
        listing("a", "x", title="Banking Analyst"),
        listing("b", "x", company="Old Banking Ltd"),
        listing("c", "in banking"),
        listing("d", "x", location="Banking"),
    ]
    assert PhraseFinder(listings).holding("banking").tolist() == [True, True, True, False]


@given(st.text(max_size=60), st.text(max_size=80))
def test_any_text_can_be_excluded(phrase, text):
    """And a phrase that is a listing's whole text, but for what is between words, is found there."""
    for one in split_phrases(phrase):
        finder = PhraseFinder([listing("a", text), listing("b", f" {one} ")])
        assert finder.holding(one).shape == (2,)
        if one.isascii() and one.isalpha() and len(one) > 1:
            assert finder.holding(one)[1]


@pytest.mark.parametrize(
    ("refused", "text"),
    [
        ("consulting", "We are fourteen consultants."),
        ("agency", "Loring Crane is a staffing firm."),
        ("agencies", "A recruiter for banks."),
        ("recruiters", "Two recruiting firms."),
        ("outsourcing", "Outsourced teams."),
        ("manager", "You report to managers."),
    ],
)
def test_what_is_ruled_out_is_found_in_its_other_forms(refused, text):
    finder = PhraseFinder([listing("a", text), listing("b", "We bake bread.")])
    assert finder.asking(refused).tolist() == [True, False]
