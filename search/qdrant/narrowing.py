"""Masks over the corpus -> what an engine is asked to find candidates among."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from search.qdrant.collection import EVERYTHING, EngineError, Narrowing
from search.qdrant.points import group_of, point_number
from search.records import Listing

# Numbers of points, and groups, that a request names; more are left to groups, and to a deeper search.
MAX_NAMED = 10_000
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Numbering:
    """The points of a corpus: `numbers` `(n_listings,)` uint64, `groups` `(n_listings,)` int64."""

    numbers: NDArray[np.uint64]
    groups: NDArray[np.int64]

    @classmethod
    def of(cls, listings: Sequence[Listing]) -> Self:
        """Number a corpus.

        Raises:
            EngineError: two listings have one number.
        """
        numbers = np.array([point_number(one.listing_id) for one in listings], dtype=np.uint64)
        if len(np.unique(numbers)) < len(numbers):
            raise EngineError(
                "expected each listing_id once, and no two with one hash of 64 bits; rename the later one"
            )
        return cls(numbers, np.array([group_of(one) for one in listings], dtype=np.int64))

    @cached_property
    def _order(self) -> NDArray[np.int64]:
        return np.argsort(self.numbers)

    @cached_property
    def _coded(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """The groups there are, each listing's place among them, and the size of each."""
        return np.unique(self.groups, return_inverse=True, return_counts=True)

    def positions(self, numbers: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return where listings stand in the corpus.

        Raises:
            EngineError: one is not of the corpus.
        """
        ordered = self.numbers[self._order]
        found = np.minimum(np.searchsorted(ordered, numbers), len(ordered) - 1)
        if not np.array_equal(ordered[found], numbers):
            raise EngineError("expected listings of this corpus from the engine, got others; load the corpus anew")
        return self._order[found]

    def narrow(self, allowed: Mask | None) -> tuple[Narrowing, float]:
        """Say what an engine can check of a mask, and which share of what passes is allowed.

        Few listings are named, or few that are left out; else the groups that have any.
        """
        if allowed is None or allowed.all():
            return EVERYTHING, 1.0
        count = int(allowed.sum())
        if count <= MAX_NAMED:
            return Narrowing(numbers=self._named(allowed)), 1.0
        if len(allowed) - count <= MAX_NAMED:
            return Narrowing(not_numbers=self._named(~allowed)), 1.0
        groups, codes, sizes = self._coded
        having = np.bincount(codes[allowed], minlength=len(groups)) > 0
        if int(having.sum()) > MAX_NAMED:
            return EVERYTHING, count / len(allowed)
        return Narrowing(groups=tuple(groups[having].tolist())), count / int(sizes[having].sum())

    def _named(self, mask: Mask) -> tuple[int, ...]:
        return tuple(self.numbers[mask].tolist())
