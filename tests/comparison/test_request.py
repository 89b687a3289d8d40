"""Comparisons in addresses: there and back, and what hostile addresses become."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparison.filters import Filters
from comparison.request import (
    MAX_ADDRESS_CHARACTERS,
    MAX_QUERY_CHARACTERS,
    ComparisonRequest,
    between_models,
    clean_query,
    read_address,
    read_request,
    without_filters,
)

CHOICES = {
    "family": ["Data Analyst", "Data Engineer"],
    "work_mode": ["Remote"],
    "seniority": ["Senior"],
    "system": ["base", "tuned", "bm25", "hybrid"],
}
WHOLE = ComparisonRequest(
    "sql & “python” 100 %+é",
    12,
    Filters("Data Analyst", "Remote", "Senior", "New York", "java, c++"),
    left="bm25",
    right="base",
)


def read(address):
    return read_address(address, choices=CHOICES)


def test_address_holds_the_whole_comparison():
    assert read("?" + WHOLE.to_address()) == (WHOLE, [])


def test_address_is_readable_and_without_defaults():
    assert ComparisonRequest("sql, python").to_address() == "q=sql%2C+python"
    assert ComparisonRequest().to_address() == ""
    assert WHOLE.to_address().endswith(
        "mode=Remote&seniority=Senior&location=New+York&without=java%2C+c%2B%2B&left=bm25&right=base"
    )


def test_address_holds_the_view_but_for_the_default():
    cards, compact = (read(f"q=x&view={view}")[0] for view in ("cards", "compact"))
    assert (cards.view, compact.view) == ("cards", "compact")
    assert (cards.to_address(), compact.to_address()) == ("q=x&view=cards", "q=x")
    assert without_filters(cards).view == "cards"
    # What is compared is the same.
    assert cards == compact


def test_address_holds_no_query_that_is_an_example():
    assert ComparisonRequest("sql", 7, is_example=True).to_address() == "k=7"


def test_empty_address_is_the_quiet_page():
    assert read("") == read("?") == (ComparisonRequest(), [])


def test_choices_are_taken_in_any_case():
    request, notices = read("q=x&family=data+engineer&left=Hybrid")
    assert request.filters.family == "Data Engineer"
    assert request.left == "hybrid"
    assert notices == []


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("q=x&family=Astronaut", "There is no job type “Astronaut” here"),
        ("q=x&view=list", "There is no view “list” here"),
        ("q=x&left=bm26", "There is no system “bm26” here"),
        ("q=x&right=bm26", "There is no system “bm26” here"),
        ("q=x&third=bm26", "There is no system “bm26” here"),
        ("q=x&third=bm25", "no third list any more: “bm25” stands on the left"),
        ("q=x&k=0", "goes from 5 to 25; 5 are shown"),
        ("q=x&k=9999999999999999999999", "10 are shown"),
        ("q=x&k=-3", "10 are shown"),
        ("q=x&k=NaN", "10 are shown"),
        ("q=x&k=%D9%A3", "10 are shown"),
        ("q=x&location=" + "a" * 300, "the first 200 characters were used"),
        ("q=" + "x" * 3000, "the first 2,000 were searched for"),
        ("q=" + "x" * MAX_ADDRESS_CHARACTERS, "too long to be a comparison"),
        ("&".join(f"a{number}=1" for number in range(99)), "too many parts"),
    ],
)
def test_bad_address_is_put_right_with_a_line(address, said):
    request, notices = read(address)
    assert len(notices) == 1
    assert said in notices[0]
    assert read(request.to_address()) == (request, [])


@given(st.text(max_size=300))
def test_any_address_becomes_a_comparison_that_its_own_address_gives_again(address):
    request, _ = read(address)
    assert read(request.to_address()) == (request, [])


def test_without_filters_keeps_the_rest():
    assert without_filters(WHOLE) == ComparisonRequest(WHOLE.query, 12, left="bm25", right="base")


def test_between_models_is_the_default_pair():
    paired = between_models(WHOLE)
    assert (paired.left, paired.right) == ("base", "tuned") != (WHOLE.left, WHOLE.right)
    assert between_models(WHOLE).filters == WHOLE.filters


def test_clean_query_folds_white_space():
    assert clean_query("  a\n\tb \x00 c ") == "a b c"
    assert read_request({"q": "a b"}, choices={}) == (ComparisonRequest("a b"), [])


def test_long_query_is_cut_with_a_notice():
    request, notices = read_request({"q": "x" * 50_000}, choices={})
    assert len(request.query) == MAX_QUERY_CHARACTERS
    assert notices == ["Your query has 50,000 characters; the first 2,000 were searched for."]
