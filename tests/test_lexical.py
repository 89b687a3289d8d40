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


def test_coverage_is_the_share_of_what_the_words_can_give():
    """c has two words, a listing 4 on average: one of c's gives 1 / (1 + 1.5 (0.25 + 0.75 * 2 / 4)) of its idf."""
    covered = LexicalSearcher(CORPUS).coverage(["kitchen", "kitchen zzz", "zzz", "the"])
    share = 1 / 1.9375
    idf, unknown = np.log(1 + 2.5 / 1.5), np.log(1 + 3.5 / 0.5)
    assert covered[:, 2] == pytest.approx([share, share * idf / (idf + unknown), 0, 0])
    assert covered[:, :2].tolist() == [[0, 0]] * 4


def test_coverage_stays_below_one_and_orders_as_the_scores_do():
    words = LexicalSearcher([listing("a", "credit " * 1000), *CORPUS])
    covered = words.coverage(["credit", "credit credit"])
    assert covered.max() < 1
    assert covered[0] == pytest.approx(covered[1])
    assert covered[0].argsort().tolist() == np.maximum(words.scores(["credit"])[0], 0).argsort().tolist()


def test_search_honours_the_filter():
    allowed = np.array([True, False, True])
    assert LexicalSearcher(CORPUS).search("models", k=5, allowed=allowed).listing_ids == ("a",)


def test_empty_corpus_is_refused():
    with pytest.raises(ValueError, match="at least one listing"):
        LexicalSearcher([])
