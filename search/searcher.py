"""The Searcher protocol, and the dense searcher that joins an encoder with an index."""

import time
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from search.encoder import Encoder
from search.index import Index
from search.ranking import build_hits, id_order, top_k
from search.records import Ranking


class Searcher(Protocol):
    """Whatever ranks one corpus for a query: dense, lexical, and what comes."""

    @property
    def listing_ids(self) -> tuple[str, ...]:
        """The corpus, in the order of the columns of `scores`."""
        ...

    def scores(self, queries: Sequence[str]) -> NDArray[np.float32]:
        """Score the whole corpus for each query: `(n_queries, n_listings)` float32."""
        ...

    def search(self, query: str, *, k: int, allowed: NDArray[np.bool_] | None = None) -> Ranking:
        """Rank the k best of the allowed listings for one query."""
        ...


class DenseSearcher:
    """An encoder and the index it made: scores are cosines in [-1, 1]."""

    def __init__(self, encoder: Encoder, index: Index) -> None:
        if encoder.fingerprint != index.model_hash:
            raise ValueError(
                f"expected an index made by model {encoder.fingerprint}, got one by {index.model_hash}; "
                "build the index anew"
            )
        self.encoder = encoder
        self.index = index
        self.listing_ids = index.listing_ids
        self._places = id_order(index.listing_ids)

    def scores(self, queries: Sequence[str]) -> NDArray[np.float32]:
        """Score the whole corpus for each query: `(n_queries, n_listings)` float32 cosines."""
        return self.index.scores(self.encoder.encode_query(queries))

    def search(self, query: str, *, k: int, allowed: NDArray[np.bool_] | None = None) -> Ranking:
        """Rank the k best of the allowed listings for one query.

        Raises:
            ValueError: k is out of range.
        """
        started = time.perf_counter()
        vector = self.encoder.encode_query([query])
        encoded = time.perf_counter()
        scores = self.index.scores(vector)[0]
        positions = top_k(scores, self._places, k=k, allowed=allowed)
        passages = self.index.best_passages(vector[0], positions.tolist())
        hits = build_hits(positions, scores, self.listing_ids, passages)
        return Ranking(hits, encoded - started, time.perf_counter() - encoded)
