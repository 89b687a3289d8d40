"""Scores -> the k best listings, with one rule for ties."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from search.records import Hit, Span

MAX_RESULTS = 1000


def check_k(k: int) -> None:
    """Refuse a number of results out of range.

    Raises:
        ValueError: k is below 1 or above MAX_RESULTS.
    """
    if not 1 <= k <= MAX_RESULTS:
        raise ValueError(f"the number of results is a whole number from 1 to {MAX_RESULTS}, got {k}; set k to 10, say")


def id_order(listing_ids: Sequence[str]) -> NDArray[np.int64]:
    """Return each id's rank in ascending id order, from 0: `(n_listings,)` int64."""
    by_id = np.argsort(np.asarray(listing_ids, dtype=np.str_), kind="stable")
    order = np.empty(len(listing_ids), dtype=np.int64)
    order[by_id] = np.arange(len(listing_ids))
    return order


def top_k(
    scores: NDArray[np.float32],
    order: NDArray[np.int64],
    *,
    k: int,
    allowed: NDArray[np.bool_] | None = None,
) -> NDArray[np.int64]:
    """Return the positions of the k best scores, best first.

    A score of -inf is no match and left out. Ties: score descending, then listing_id ascending, as in sentence-transformers'
    information_retrieval.py; ties at the border of k are decided by the same rule.

    Args:
        scores: `(n_listings,)`, higher is better.
        order: `(n_listings,)` from `id_order`.
        k: How many; fewer come back when fewer are allowed.
        allowed: `(n_listings,)` mask; None allows all.

    Raises:
        ValueError: k is out of range.
    """
    check_k(k)
    matching = scores > -np.inf
    candidates = np.flatnonzero(matching if allowed is None else matching & allowed)
    values = scores[candidates]
    if len(candidates) > k:
        border = np.partition(values, len(values) - k)[len(values) - k]
        best = values >= border
        candidates, values = candidates[best], values[best]
    ranked = np.lexsort((order[candidates], -values))
    return candidates[ranked[:k]]


def rank_all(
    scores: NDArray[np.float32], order: NDArray[np.int64], *, allowed: NDArray[np.bool_] | None = None
) -> NDArray[np.int32]:
    """Return each listing's rank among all, by the rules of `top_k`: `(n_listings,)` int32, 0 for one left out.

    Args:
        scores: `(n_listings,)`, higher is better.
        order: `(n_listings,)` from `id_order`.
        allowed: `(n_listings,)` mask; None allows all.
    """
    matching = scores > -np.inf
    candidates = np.flatnonzero(matching if allowed is None else matching & allowed)
    ranks = np.zeros(len(scores), dtype=np.int32)
    ranks[candidates[np.lexsort((order[candidates], -scores[candidates]))]] = np.arange(1, len(candidates) + 1)
    return ranks


def build_run(
    scores: NDArray[np.float32], query_ids: Sequence[str], listing_ids: Sequence[str], *, depth: int = 10
) -> dict[str, dict[str, float]]:
    """Turn scores `(n_queries, n_listings)` into a run: each query's best listings, to a depth."""
    order = id_order(listing_ids)
    run = {}
    for query_id, row in zip(query_ids, scores, strict=True):
        run[query_id] = {listing_ids[p]: float(row[p]) for p in top_k(row, order, k=depth).tolist()}
    return run


def build_hits(
    positions: NDArray[np.int64],
    scores: NDArray[np.float32],
    listing_ids: Sequence[str],
    passages: Sequence[Span] | None = None,
) -> tuple[Hit, ...]:
    """Turn positions in rank order into hits."""
    spans: Sequence[Span | None] = passages if passages is not None else [None] * len(positions)
    return tuple(
        Hit(listing_ids[position], float(scores[position]), rank, span)
        for rank, (position, span) in enumerate(zip(positions.tolist(), spans, strict=True), start=1)
    )


def rank_of(scores: NDArray[np.float32], order: NDArray[np.int64], position: int) -> int:
    """Return a listing's rank among all, from 1, by the same tie rule."""
    above = scores > scores[position]
    tied_before = (scores == scores[position]) & (order < order[position])
    return int(above.sum() + tied_before.sum()) + 1
