"""Fusion of meaning and words, with scores that can be worked by eye."""

import numpy as np
import pytest

from search.hybrid import HybridSearcher, fuse, scale_rows
from search.lexical import LexicalSearcher
from tests.fakes import listing, searcher

CORPUS = [listing("a", "sql warehouse"), listing("b", "kitchen"), listing("c", "warehouse")]
INF = np.inf


def test_scale_rows_by_least_and_greatest():
    assert scale_rows(np.array([[2, 4, 3]], dtype=np.float32)).tolist() == [[0, 1, 0.5]]


def test_scale_rows_without_match_is_zero_and_the_least_match_is_not():
    """BM25 2 and 4 beside a listing without a common word: a half and 1, not 0 and 1."""
    assert scale_rows(np.array([[-INF, 2, 4]], dtype=np.float32)).tolist() == [[0, 0.5, 1]]
    assert scale_rows(np.array([[-INF, -INF]], dtype=np.float32)).tolist() == [[0, 0]]


def test_scale_rows_flat_row_is_zero():
    assert scale_rows(np.array([[3, 3]], dtype=np.float32)).tolist() == [[0, 0]]


def test_fuse_is_the_weighted_sum():
    dense = np.array([[0, 1]], dtype=np.float32)
    words = np.array([[4, -INF]], dtype=np.float32)
    assert fuse(dense, words, weight=0.75).tolist() == [[0.25, 0.75]]


def make(weight):
    return HybridSearcher(searcher(("sql",), CORPUS), LexicalSearcher(CORPUS), weight=weight)


@pytest.mark.parametrize(("weight", "order"), [(1.0, ["a", "b", "c"]), (0.0, ["c", "a", "b"])])
def test_search_weight_goes_from_words_to_meaning(weight, order):
    """Meaning knows sql only: b and c tie. Words: warehouse is in the shorter c, then in a."""
    query = "sql" if weight else "warehouse"
    assert list(make(weight).search(query, k=3).listing_ids) == order


def test_search_agrees_with_scores_and_tells_the_dense_passage():
    system = make(0.5)
    hits = system.search("sql warehouse", k=3).hits
    assert [hit.score for hit in hits] == sorted(system.scores(["sql warehouse"])[0].tolist(), reverse=True)
    assert hits[0].passage == (0, len("sql warehouse"))


def test_hybrid_of_two_corpora_or_a_weight_out_of_range_is_refused():
    with pytest.raises(ValueError, match="rank the same listings, got 3 and 2"):
        HybridSearcher(searcher(("sql",), CORPUS), LexicalSearcher(CORPUS[:2]))
    with pytest.raises(ValueError, match="expected a weight from 0"):
        make(1.5)
