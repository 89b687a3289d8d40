"""The listing that a query was written from, above its comparison."""

import re

import pytest

from pages.context import PageContext
from pages.evidence import read_wanted, show_wanted


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("?q=sql&wanted=a%2Fb", "a/b"),
        ("wanted=x", "x"),
        ("?q=sql", ""),
        ("", ""),
        (None, ""),
        ("wanted=" + "x" * 40_000, ""),
    ],
)
def test_wanted_listing_is_read_from_the_address(address, wanted):
    assert read_wanted(address) == wanted


def test_line_names_the_listing_and_its_ranks_in_all(stating):
    """Of "sql remote" the second listing is the remote one, the first contradicts it."""
    line = re.sub(r"\s+", " ", show_wanted(PageContext(stating), "?q=sql+remote&wanted=near&k=5"))
    assert 'data-wanted="near"' in line
    assert "Base: 2nd, Fine-tuned: 2nd of all." in line
    assert "in neither list" not in line


@pytest.mark.parametrize("address", ["?q=sql", "?q=sql&wanted=gone", "?wanted=near"])
def test_without_a_query_or_a_listing_there_is_no_line(stating, address):
    assert show_wanted(PageContext(stating), address) == ""
