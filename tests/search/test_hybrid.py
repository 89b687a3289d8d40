"""Fusion of meaning and words, with scores that can be worked by eye."""

import numpy as np
import pytest

from search.hybrid import PAIR_SHARE, HybridSearcher, fuse, lexical_share
from search.lexical import LexicalSearcher, stem_pairs
from tests.fakes import listing, searcher

CORPUS = [listing("a", "sql warehouse"), listing("b", "kitchen"), listing("c", "warehouse")]


def test_fuse_weighs_cosine_and_squared_words():
    dense = np.array([[-1, 0.5]], dtype=np.float32)
    words = np.array([[0.5, 0]], dtype=np.float32)
    assert fuse(dense, words, weight=0.75).tolist() == [[-0.6875, 0.375]]


@pytest.mark.parametrize(("words", "first"), [(0.2, 0), (0.4, 1)])
def test_fuse_follows_words_only_where_enough_are_there(words, first):
    """Half of cosines 0.5 and 0.4; 0.2 of the words adds 0.02 to the second, too little, 0.4 adds 0.08."""
    scores = fuse(np.float32([[0.5, 0.4]]), np.float32([[0, words]]), weight=0.5)
    assert scores[0].argmax() == first


def words_and_pairs(corpus):
    return LexicalSearcher(corpus), LexicalSearcher(corpus, terms=stem_pairs)


def test_lexical_share_of_a_phrase_is_above_that_of_its_words():
    """Both listings have the same words, as often, in as many; only the first has them side by side."""
    corpus = [listing("a", "credit risk work"), listing("b", "credit work risk")]
    shares = lexical_share(*words_and_pairs(corpus), ["credit risk", "risk credit", "credit", "zzz", "the"])
    assert shares[0, 0] > shares[0, 1] > 0
    assert shares[1, 0] == shares[1, 1]
    assert shares[2:].tolist() == [[pytest.approx(0.4)] * 2, [0, 0], [0, 0]]


def test_lexical_share_is_of_words_and_a_part_of_pairs():
    """Three words and two pairs of one listing of average length, each said once, all but one word and one pair known to it."""
    words, pairs = words_and_pairs([listing("a", "credit risk")])
    known, unknown = np.log(1 + 0.5 / 1.5), np.log(1 + 1.5 / 0.5)
    bound = 2 * known + unknown + PAIR_SHARE * (known + unknown)
    assert lexical_share(words, pairs, ["credit risk zzz"]) == pytest.approx(0.4 * (2 + PAIR_SHARE) * known / bound)


def make(weight):
    return HybridSearcher(searcher(("sql",), CORPUS), *words_and_pairs(CORPUS), weight=weight)


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
        HybridSearcher(searcher(("sql",), CORPUS), *words_and_pairs(CORPUS[:2]))
    with pytest.raises(ValueError, match="expected a weight from 0"):
        make(1.5)
