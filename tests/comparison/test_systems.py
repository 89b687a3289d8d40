"""The systems that the page compares."""

import pytest

from comparison.request import ComparisonRequest
from comparison.systems import Systems
from search.hybrid import HybridSearcher
from search.index.vectors import build_indexes
from search.lexical import LexicalSearcher, stem_pairs
from search.scoring import SCORINGS
from search.searcher import DenseSearcher
from tests.comparison.counting import CountingEncoder
from tests.fakes import FakeEncoder, listing, searcher

CORPUS = [listing("a", "sql"), listing("b", "python")]
LISTINGS = {one.listing_id: one for one in CORPUS}


def make_systems():
    return Systems(searcher(("sql",), CORPUS), searcher(("python",), CORPUS), LISTINGS)


def test_compare_joins_both_rankings():
    """base knows sql only, so "sql python" is nearest a; tuned knows python only, so b."""
    comparison = make_systems().compare(ComparisonRequest("sql python", 2))
    assert comparison.base.listing_ids == ("a", "b")
    assert comparison.tuned.listing_ids == ("b", "a")
    assert comparison.rankings == {"base": comparison.base, "tuned": comparison.tuned}


def test_compare_empty_query_asks_for_one():
    with pytest.raises(ValueError, match="type your skills"):
        make_systems().compare(ComparisonRequest("", 2))


def test_compare_k_of_zero_is_refused():
    with pytest.raises(ValueError, match="got 0; set k to 10"):
        make_systems().compare(ComparisonRequest("sql", 0))


def test_compare_unknown_extra_list_is_refused():
    with pytest.raises(ValueError, match="expected an extra list of none, got 'BM25'"):
        make_systems().compare(ComparisonRequest("sql", 2, "BM25"))


def test_systems_over_different_corpora_are_refused():
    with pytest.raises(ValueError, match="rank the same listings"):
        Systems(searcher(("sql",), CORPUS), searcher(("sql",), CORPUS[:1]), {})


@pytest.mark.parametrize("scoring", SCORINGS)
def test_hybrid_as_extra_list_encodes_the_query_once_a_model(scoring):
    encoders = [CountingEncoder(FakeEncoder((word,), word)) for word in ("sql", "python")]
    base, tuned = (DenseSearcher(one, *build_indexes(one, CORPUS, scoring=scoring)) for one in encoders)
    hybrid = HybridSearcher(tuned, LexicalSearcher(CORPUS), LexicalSearcher(CORPUS, terms=stem_pairs))
    for encoder in encoders:
        encoder.calls.clear()
    comparison = Systems(base, tuned, LISTINGS, {"Hybrid": hybrid}).compare(ComparisonRequest("sql", 2, "Hybrid"))
    assert comparison.extra.listing_ids == ("a", "b")
    assert [len(encoder.calls) for encoder in encoders] == [1, 1]
