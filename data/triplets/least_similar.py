"""A negative for each positive: the seed's rule, the least similar listing, each used once."""

import numpy as np
from numpy.typing import NDArray


def least_similar_negatives(vectors: NDArray[np.float32]) -> list[int]:
    """Give each listing the position of its negative: the least similar one not yet taken.

    Listings are served in order and each is a negative once, as in the seed's recipe; where the
    last one is left with itself only, it swaps with the one before.

    Source: Talebi 2025 (the seed); differs in that it runs inside one split, so that no listing
    of the test split is seen in training as a negative.

    Args:
        vectors: `(n, dim)` float32 unit rows, n at least 2.

    Raises:
        ValueError: there are fewer than two listings.
    """
    count = len(vectors)
    if count < 2:
        raise ValueError(f"expected at least 2 listings in a split to draw negatives from, got {count}; add listings")
    free = np.ones(count, dtype=bool)
    negatives: list[int] = []
    for position in range(count):
        similarity = vectors @ vectors[position]
        similarity[~free] = np.inf
        similarity[position] = np.inf
        choice = int(np.argmin(similarity))
        if np.isinf(similarity[choice]):
            # Only the last can be left with itself, and then everyone else's negative is another.
            negatives.append(negatives[-1])
            negatives[-2] = position
            break
        free[choice] = False
        negatives.append(choice)
    return negatives
