"""Searchers that listen: what a query rules out is not searched for, and what contradicts it loses score."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.records import Listing, Ranking
from search.searcher import CACHED_QUERIES, CorpusSearcher
from search.understanding.contradictions import ListingFacts
from search.understanding.understanding import QueryReader, Understanding


class Listener:
    """Understands queries over one corpus; the same for every system."""

    def __init__(self, listings: Sequence[Listing]) -> None:
        self.facts = ListingFacts(listings)
        self.reader = QueryReader(self.facts.places, {one.family for one in listings if one.family})
        self._read = lru_cache(CACHED_QUERIES)(self._read_anew)
        self._batch: tuple[tuple[str, ...], list[str], NDArray[np.float32]] | None = None

    def read(self, query: str, *, ignored: Collection[str] = ()) -> Understanding:
        """Understand a query, without the statements whose keys are ignored; the last ones are not read again."""
        return self._read(query, frozenset(ignored))

    def _read_anew(self, query: str, ignored: frozenset[str]) -> Understanding:
        return self.reader.read(query, ignored=ignored)

    def penalties(self, understanding: Understanding) -> NDArray[np.float32]:
        """Return what each listing loses: `(n_listings,)` float32."""
        return self.facts.penalties(understanding)

    def read_batch(self, queries: Sequence[str]) -> tuple[list[str], NDArray[np.float32]]:
        """Return what queries want, and what each listing loses: `(n_queries, n_listings)` float32.

        The last batch is remembered, as a benchmark's systems are asked the same queries one after the other.
        """
        batch = self._batch
        if batch is None or batch[0] != tuple(queries):
            understood = [self.read(query) for query in queries]
            penalties = np.stack([self.penalties(one) for one in understood])
            batch = self._batch = tuple(queries), [one.wanted for one in understood], penalties
        return batch[1:]


class ListeningSearcher:
    """A searcher behind a listener."""

    def __init__(self, searcher: CorpusSearcher[Any], listener: Listener) -> None:
        self.searcher, self.listener = searcher, listener

    @property
    def listing_ids(self) -> tuple[str, ...]:
        """The corpus, in the order of the columns of `scores`."""
        return self.searcher.listing_ids

    def scores(self, queries: Sequence[str]) -> NDArray[np.float32]:
        """Score the whole corpus for each query, less what contradicts it: `(n_queries, n_listings)` float32."""
        wanted, penalties = self.listener.read_batch(queries)
        return self.searcher.scores(wanted, penalties=penalties)

    def search(self, query: str, *, k: int, allowed: NDArray[np.bool_] | None = None) -> Ranking:
        """Rank the k best of the allowed listings for one query."""
        understood = self.listener.read(query)
        penalties = self.listener.penalties(understood)
        return self.searcher.search(understood.wanted, k=k, allowed=allowed, penalties=penalties)
