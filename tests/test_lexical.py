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


def test_bounded_scores_are_the_share_of_what_the_words_can_give():
    """c has two words, a listing 4 on average: one of c's gives 1 / (1 + 1.5 (0.25 + 0.75 * 2 / 4)) of its idf."""
    bounded = LexicalSearcher(CORPUS).bounded_scores(["kitchen", "kitchen zzz", "zzz", "the", ""])
    share = 1 / 1.9375
    idf, unknown = np.log(1 + 2.5 / 1.5), np.log(1 + 3.5 / 0.5)
    assert bounded[:, 2] == pytest.approx([share, share * idf / (idf + unknown), 0, 0, 0])
    assert bounded[:, :2].tolist() == [[0, 0]] * 5


def test_bounded_scores_stay_below_one_and_do_not_grow_with_repeated_query_words():
    words = LexicalSearcher([listing("often", "credit " * 1000), *CORPUS])
    once, twice = words.bounded_scores(["credit", "credit credit"])
    assert 0.9 < once[0] < 1
    assert once == pytest.approx(twice)


def test_bounded_scores_of_a_word_said_once_in_a_listing_of_average_length_are_two_fifths():
    assert LexicalSearcher(CORPUS[:1]).bounded_scores(["demand"]).tolist() == [[pytest.approx(0.4)]]


def test_search_honours_the_filter():
    allowed = np.array([True, False, True])
    assert LexicalSearcher(CORPUS).search("models", k=5, allowed=allowed).listing_ids == ("a",)


def test_empty_corpus_is_refused():
    with pytest.raises(ValueError, match="at least one listing"):
        LexicalSearcher([])
