"""Hard negatives: near a query, but not likely to fit."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# A listing that scores above this share of the positive's score may well fit the query: it is refused.
# Source: Moreira et al. 2024, "NV-Retriever" (TopK-PercPos, 95 %).
RELATIVE_MARGIN = 0.05
# Cosine of two listings from which on they are taken for the same job in other words.
SAME_JOB = 0.9
# A listing with at least this share of the positive's BM25 score holds the query's words too. Wider than the
# margin above: of 30 negatives read with 0.95, two fitted their query, and held most of its words.
SAME_WORDS = 0.75
GUARDS = ("same_job", "near_positive", "same_words")
FALLBACK = "fallback"


@dataclass(frozen=True, slots=True)
class Negatives:
    """Each query's negatives, as indices of listings, nearest first."""

    negatives: tuple[tuple[int, ...], ...]
    refused: dict[str, int]  # by guard, how many nearer ones it took for positives


def mine_hard_negatives(
    query_vectors: NDArray[np.float32],
    listing_vectors: NDArray[np.float32],
    word_scores: NDArray[np.float32],
    positives: Sequence[Sequence[int]],
    *,
    per_query: int,
    barred: Sequence[Collection[int]] = (),
) -> Negatives:
    """Give each query the nearest listings that no guard refuses.

    Refused are, in this order: a listing almost like a positive (`same_job`), one whose cosine with the query comes
    within the margin of a positive's (`near_positive`), and one that by BM25 holds the query's words nearly as well as
    a positive that has any (`same_words`). A query may get fewer than `per_query`; where none is left, the farthest
    listing (`fallback`); none at all where each listing is a positive or barred.

    Source: the relative margin as in sentence-transformers' `mine_hard_negatives`; the other guards are ours.

    Args:
        query_vectors: `(n_queries, dim)` float32 unit rows.
        listing_vectors: `(n_listings, dim)` float32 unit rows of the listings to choose from.
        word_scores: `(n_queries, n_listings)` float32 BM25 scores.
        positives: For each query the rows of the listings that answer it.
        per_query: How many negatives a query gets.
        barred: For each query the rows of further listings that are no negatives; none where it is empty.

    Raises:
        ValueError: there are fewer than two listings.
    """
    if len(listing_vectors) < 2:
        raise ValueError(
            f"expected at least 2 listings in a split to draw negatives from, got {len(listing_vectors)}; add listings"
        )
    refused: Counter[str] = Counter(dict.fromkeys((*GUARDS, FALLBACK), 0))
    negatives = []
    hidden = barred or [()] * len(positives)
    for query, own, other, words in zip(query_vectors, positives, hidden, word_scores, strict=True):
        rows = np.array(own)
        scores = listing_vectors @ query
        guards = _guards(scores, words, (listing_vectors @ listing_vectors[rows].T).max(axis=1), rows)
        order = np.argsort(-scores, kind="stable")
        order = order[~np.isin(order, [*own, *other])]
        free = np.flatnonzero(guards[order] < 0)[:per_query]
        passed = guards[order[: free[-1]]] if len(free) else guards[order]
        refused.update({name: int(np.sum(passed == number)) for number, name in enumerate(GUARDS)})
        refused[FALLBACK] += len(order) > 0 and len(free) == 0
        chosen = order[free] if len(free) else order[-1:]
        negatives.append(tuple(chosen.tolist()))
    return Negatives(tuple(negatives), dict(refused))


def _guards(
    scores: NDArray[np.float32], words: NDArray[np.float32], similarity: NDArray[np.float32], rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return which guard refuses each listing, -1 for none; `rows` are the positives."""
    lowest = scores[rows].min()
    # For a positive cosine this is the published rule; it also holds below zero.
    limit = lowest - RELATIVE_MARGIN * abs(lowest)
    held = words[rows][words[rows] > 0]
    holds_words = (words >= SAME_WORDS * held.min()) if len(held) else np.zeros_like(words, bool)
    return np.select([similarity >= SAME_JOB, scores > limit, holds_words], [0, 1, 2], default=-1)
