"""The seed's negatives: the least similar listing, each used once."""

import numpy as np
from numpy.typing import NDArray


def least_similar_negatives(vectors: NDArray[np.float32]) -> list[int]:
    """Map each listing to the least similar one left.

    `vectors` are `(n, dim)` float32 unit rows, served in order. Where the last is left with itself only, it swaps with
    the one before.

    Source: Talebi 2025 (the seed); but inside one split, so that training sees no test listing as a negative.

    Raises:
        ValueError: there are fewer than two listings.
    """
    count = len(vectors)
    if count < 2:
        raise ValueError(f"expected at least 2 listings in a split to draw negatives from, got {count}; add listings")
    free = np.ones(count, dtype=bool)
    negatives: list[int] = []
    for position in range(count):
        similarity = np.where(free, vectors @ vectors[position], np.inf)
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
