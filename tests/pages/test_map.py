"""The Map tab's handlers, without a server."""

import re

import numpy as np
import pytest

from comparison.projection import CorpusMap
from pages.context import PageContext
from pages.map import Maps, mark_typed, show_map


@pytest.fixture
def maps(stating, tmp_path):
    """Maps whose listings lie at two corners."""
    coordinates = np.array([[0, 0], [1, 1]], dtype=np.float32)
    made = Maps(PageContext(stating), tmp_path)
    made.__dict__["corpus_map"] = CorpusMap(np.arange(2), coordinates, coordinates, 1, 1)
    return made


def ranked(html):
    """The corners of the numbered listings of both maps, best first."""
    found = re.findall(r'data-at="(\d+) \d+"\s+data-said=".*?" aria-label="Rank (\d+): ', html)
    return [corner for corner, _ in sorted(found, key=lambda one: int(one[1]))]


def test_map_numbers_what_the_comparison_at_the_address_ranks(maps):
    typed, html = show_map(maps, "?q=sql+remote&third=bm25&k=5")
    assert typed == "sql remote"
    # The second listing's twice: the first is on site.
    assert ranked(html) == ["10000", "10000", "0", "0"]
    assert "filters" not in html
    only = show_map(maps, "?q=sql+remote&must=work_mode:remote")[1]
    assert ranked(only) == ["10000", "10000"]
    assert "its best that pass the comparison&#39;s filters" in only


def test_map_marks_a_typed_query_and_listens_as_the_address_says(maps):
    """Wanted is "sql", the first listing's text; the words alone hold "python", which leads to the second."""
    query, corner = "sql no python", re.compile(r'data-cross="(\d+) ')
    heard = mark_typed(maps, "", query)
    words = mark_typed(maps, "?understand=off", query)
    assert ranked(heard) != ranked(words)
    assert float(corner.findall(heard)[0]) < float(corner.findall(words)[0])


@pytest.mark.parametrize("address", ["", "?q=sql&location=nowhere"])
def test_map_without_a_query_or_a_listing_that_passes_marks_none(maps, address):
    html = show_map(maps, address)[1]
    assert ranked(html) == []
    assert len(re.findall(r'data-cross="\d', html)) == (2 if address else 0)
