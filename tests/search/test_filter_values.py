"""Filters' values: one choice for all spellings, places by any usual name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.filter_values import one_of_each, place_matcher, value_key


def test_one_of_each_takes_the_most_frequent_spelling():
    values = ["Mid-Senior level", "mid-senior level", "Mid-Senior level", "MID_SENIOR LEVEL", "Entry", None, "", "--"]
    assert one_of_each(values) == ["Entry", "Mid-Senior level"]


@given(st.text(max_size=20))
def test_value_key_is_idempotent(value):
    assert value_key(value_key(value)) == value_key(value)


@pytest.mark.parametrize(
    ("wanted", "location"),
    [
        ("zurich", "Zürich, Switzerland"), ("Zürich", "Zurich"), ("denver,co", "Denver, CO"), ("Denver , CO", "Denver, CO"),
        ("NYC", "New York, NY"), ("UK", "Leeds, United Kingdom"), ("uk", "Hull, England"), ("USA", "Denver, CO"),
        ("U.S.", "Austin, TX"), ("United States", "Denver, Colorado"), ("München", "Munich, Germany"), ("sao paulo", "São Paulo, Brazil"),
        ("Bay Area", "San Francisco, CA"), ("", "anywhere"), ("Leeds", "Greater Leeds Area"), ("germany", "Berlin"),
    ],
)  # fmt: skip
def test_place_is_found_by_any_usual_name(wanted, location):
    assert place_matcher(wanted)(location)


@pytest.mark.parametrize(
    ("wanted", "location"),
    [("UK", "Denver, CO"), ("NYC", "Newark, NJ"), ("Berlin", "Potsdam, Germany"), ("York", "New Yorkshire"), ("Zurich", ""), ("USA", "Toronto, Canada")],
)  # fmt: skip
def test_place_elsewhere_is_not_found(wanted, location):
    assert not place_matcher(wanted)(location)
