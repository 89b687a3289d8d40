"""The pair of systems that the page compares, and the queries it accepts."""

import pytest

from comparison.systems import MAX_QUERY_CHARACTERS, Systems, clean_query
from tests.fakes import listing, searcher

CORPUS = [listing("a", "sql"), listing("b", "python")]


def make_systems():
    return Systems(
        base=searcher(("sql",), CORPUS),
        tuned=searcher(("python",), CORPUS),
        base_name="base",
        tuned_name="tuned",
        listings={one.listing_id: one for one in CORPUS},
    )


def test_compare_joins_both_rankings():
    """base knows sql only, so "sql python" is nearest a; tuned knows python only, so b."""
    comparison = make_systems().compare("sql python", k=2)
    assert comparison.base.listing_ids == ("a", "b")
    assert comparison.tuned.listing_ids == ("b", "a")


def test_compare_empty_query_asks_for_one():
    with pytest.raises(ValueError, match="type your skills"):
        make_systems().compare("", k=2)


def test_compare_k_of_zero_is_refused():
    with pytest.raises(ValueError, match="got 0; set k to 10"):
        make_systems().compare("sql", k=0)


def test_systems_over_different_corpora_are_refused():
    with pytest.raises(ValueError, match="rank the same listings"):
        Systems(searcher(("sql",), CORPUS), searcher(("sql",), CORPUS[:1]), "base", "tuned", {})


def test_clean_query_folds_white_space():
    assert clean_query("  a\n\tb \x00 c ").text == "a b c"
    assert clean_query("a b").notice == ""


def test_clean_query_cuts_a_long_query_with_a_notice():
    cleaned = clean_query("x" * 50_000)
    assert len(cleaned.text) == MAX_QUERY_CHARACTERS
    assert cleaned.notice == "Your query has 50,000 characters; the first 2,000 were searched for."
