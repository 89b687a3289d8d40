"""A listing's facts: in plain words, and read from title and text where its source has none."""

import pytest

from search.records import Listing
from search.understanding.listing_facts import describe_facts, with_facts


def derived(title: str, text: str = "") -> tuple[str, str, str]:
    made = with_facts(Listing("a", title, text))
    return made.seniority, made.work_mode, made.location


def test_facts_in_plain_words():
    assert describe_facts("senior", "hybrid", "Denver, CO") == "senior level, hybrid, Denver, Colorado, United States"
    assert describe_facts("Mid-Senior level", "", "") == "Mid-Senior level"
    assert describe_facts("internship", "remote", "") == "internship, remote"
    assert describe_facts("", "", "") == ""


def test_systems_read_title_and_facts_before_the_text():
    made = with_facts(Listing("a", "Cook", "Soup.", seniority="senior", location="Berlin, Germany"))
    assert made.document == "Cook\nsenior level, Berlin, Germany\nSoup."
    assert made.derived == ""


@pytest.mark.parametrize(
    ("title", "text", "found"),
    [
        ("Senior Data Scientist (Remote)", "", ("senior", "remote", "")),
        ("Data Scientist - Shanghai, China", "", ("", "", "Shanghai, China")),
        ("Data Analyst", "You bring 3+ years of relevant experience with SQL.", ("mid", "", "")),
        ("Data Analyst", "Our firm is 30 years old. No experience needed.", ("", "", "")),
        ("Data Engineer", "This is a fully remote role.", ("", "remote", "")),
        ("Data Engineer", "Location: Lisbon, Portugal\nWe build.", ("", "", "Lisbon, Portugal")),
        # What the words could mean, but do not say plainly.
        ("Remote Sensing Analyst", "Satellite images of crops.", ("", "", "")),
        ("Machine Learning Engineer - NLP", "hybrid search and lead generation", ("", "", "")),
        ("Data Engineer", "Remote or on-site, as you like.", ("", "", "")),
    ],
)
def test_facts_are_derived_where_title_or_text_say_so_plainly(title, text, found):
    assert derived(title, text) == found


def test_derived_facts_are_marked_and_the_sources_own_stay():
    made = with_facts(Listing("a", "Senior Data Scientist (Remote)", "", seniority="mid"))
    assert (made.seniority, made.work_mode, made.derived) == ("mid", "remote", "work_mode")
    assert with_facts(made) == made
