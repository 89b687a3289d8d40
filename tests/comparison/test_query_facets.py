"""The facets of a query."""

import pytest

from comparison.query_facets import split_query


@pytest.mark.parametrize(
    ("query", "facets"),
    [
        ("c++, node.js and 3.5 years in a bank", ["c++", "node.js", "3.5 years", "a bank"]),
        ("Data analyst. Remote; SQL!", ["Data analyst", "Remote", "SQL"]),
        ("in-house android training", ["in-house android training"]),
        ("R", ["R"]),
        (" , ; ", [" , ; "]),
        ("машинное обучение, банк", ["машинное обучение", "банк"]),
    ],
)
def test_split_query(query, facets):
    assert [query[start:end] for start, end in split_query(query)] == facets
