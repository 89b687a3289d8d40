"""Locations as job boards write them: the place that they name, and plain words for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.understanding.locations import names_only_a_place, plain_place, resolve_location


@pytest.mark.parametrize(
    ("location", "plain"),
    [
        ("Denver, CO", "Denver, Colorado, United States"),
        ("Toronto, ON", "Toronto, Ontario, Canada"),
        ("Leeds, UK", "Leeds, England, United Kingdom"),
        ("Edinburgh, Scotland", "Edinburgh, Scotland, United Kingdom"),
        ("Bengaluru, India", "Bengaluru, India"),
        ("Zürich", "Zürich, Switzerland"),
        ("Singapore", "Singapore"),
        ("Greater Boston Area", "Boston, Massachusetts, United States"),
        ("Mountain View, CA 94041 (Hybrid)", "Mountain View, California, United States"),
        ("Remote, Canada", "Canada"),
        ("Tbilisi, Georgia", "Tbilisi, Georgia"),
        ("Atlanta, Georgia", "Atlanta, Georgia, United States"),
        ("Nowhere-on-Sea", "Nowhere-on-Sea"),
        ("", ""),
    ],
)
def test_location_in_plain_words(location, plain):
    assert plain_place(location) == plain


@pytest.mark.parametrize(
    ("wider", "inside", "held"),
    [
        ("Canada", "Toronto, ON", True),
        ("Canada", "Boston, MA", False),
        ("Texas, US", "Austin, TX", True),
        ("Texas, US", "Boston, MA", False),
        # Where the listing says its country only, nobody knows.
        ("Texas, US", "United States", None),
        ("Austin, TX", "United States", None),
        ("Boston, MA", "Cambridge, MA", True),
        ("Boston, MA", "New York, NY", False),
        ("Canada", "Nowhere-on-Sea", None),
    ],
)
def test_place_holds_what_lies_in_it(wider, inside, held):
    assert resolve_location(wider).holds(resolve_location(inside)) is held


@pytest.mark.parametrize("text", ["London", "Shanghai, China", "Denton, TX", "Brazil"])
def test_text_that_names_only_a_place(text):
    assert names_only_a_place(text)


@pytest.mark.parametrize("text", ["NLP", "Fleet", "Active TS/SCI", "London Stock Exchange", "Lenses, Los Angeles", ""])
def test_text_that_names_something_else(text):
    assert not names_only_a_place(text)


@given(st.text(max_size=60))
def test_any_location_can_be_resolved(location):
    place = resolve_location(location)
    assert place.country or plain_place(location) == location
