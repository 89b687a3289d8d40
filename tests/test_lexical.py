"""BM25 behind the searcher's interface."""

import numpy as np
import pytest

from search.lexical import LexicalSearcher
from tests.fakes import listing

CORPUS = [
    listing("a", "We forecast demand with models"),
    listing("b", "Credit risk models for banks, credit scoring"),
    listing("c", "Kitchen work"),
]


def test_search_matches_stems_and_leaves_out_listings_without_a_word():
    ranking = LexicalSearcher(CORPUS).search("modelling credit risks", k=10)
    assert ranking.listing_ids == ("b", "a")


def test_search_of_unknown_words_is_empty():
    assert LexicalSearcher(CORPUS).search("zzz qqq", k=10).hits == ()


def test_scores_are_a_row_a_query_and_minus_infinity_without_a_common_word():
    scores = LexicalSearcher(CORPUS).scores(["credit", "zzz"])
    assert scores.shape == (2, 3)
    assert scores[0].argmax() == 1
    assert np.isneginf(scores[1]).all()


def test_search_honours_the_filter():
    allowed = np.array([True, False, True])
    assert LexicalSearcher(CORPUS).search("models", k=5, allowed=allowed).listing_ids == ("a",)


def test_empty_corpus_is_refused():
    with pytest.raises(ValueError, match="at least one listing"):
        LexicalSearcher([])
