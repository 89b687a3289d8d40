"""The k best: ties, borders, filters; and the same answer however the corpus is ordered."""

import numpy as np
import pytest

from search.ranking import build_hits, id_order, rank_of, top_k


def names_of(scores, ids, **options):
    positions = top_k(np.array(scores, dtype=np.float32), id_order(ids), **options)
    return [ids[p] for p in positions.tolist()]


def test_top_k_orders_by_score_then_id():
    assert names_of([0.5, 0.9, 0.5], ["b", "c", "a"], k=3) == ["c", "a", "b"]


def test_top_k_tie_at_the_border_keeps_the_lower_id():
    assert names_of([0.5, 0.5, 0.5, 0.9], ["c", "b", "a", "z"], k=2) == ["z", "a"]


def test_top_k_larger_than_the_corpus_returns_all():
    assert names_of([0.1, 0.2], ["a", "b"], k=10) == ["b", "a"]


def test_top_k_filters_before_ranking():
    allowed = np.array([True, False, True])
    assert names_of([0.1, 0.9, 0.2], ["a", "b", "c"], k=2, allowed=allowed) == ["c", "a"]


@pytest.mark.parametrize("k", [0, -1, 1001])
def test_top_k_out_of_range_is_refused(k):
    with pytest.raises(ValueError, match=f"from 1 to 1000, got {k}"):
        names_of([0.1], ["a"], k=k)


def test_top_k_agrees_with_a_full_sort_and_ignores_corpus_order():
    rng = np.random.default_rng(1)
    scores = rng.integers(0, 12, size=200).astype(np.float32)
    ids = [f"n{number:03d}" for number in range(200)]
    expected = sorted(ids, key=lambda name: (-scores[int(name[1:])], name))[:25]
    shuffled = rng.permutation(200)
    assert names_of(scores, ids, k=25) == expected
    assert names_of(scores[shuffled], [ids[p] for p in shuffled], k=25) == expected


def test_rank_of_agrees_with_top_k():
    scores = np.array([0.5, 0.9, 0.5, 0.5], dtype=np.float32)
    ids = ["d", "c", "a", "b"]
    places = id_order(ids)
    ranks = [rank_of(scores, places, position) for position in range(4)]
    order = top_k(scores, places, k=4).tolist()
    assert ranks == [4, 1, 2, 3]
    assert [order.index(position) + 1 for position in range(4)] == ranks


def test_build_hits_ranks_start_at_one():
    hits = build_hits(np.array([1, 0]), np.array([0.25, 0.5], dtype=np.float32), ["a", "b"])
    assert [(hit.listing_id, hit.score, hit.rank) for hit in hits] == [("b", 0.5, 1), ("a", 0.25, 2)]
