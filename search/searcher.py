"""The Searcher protocol, and the dense searcher that joins an encoder with its indexes."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from search.encoder import Encoder
from search.index import Index, load_or_build_index
from search.parts import split_queries
from search.passages import SENTENCES, WINDOWS, Reading
from search.ranking import build_hits, id_order, top_k
from search.records import Listing, Ranking

# Of a listing's score, what the whole query counts; its parts have the rest. train/LOG.md compares shares.
WHOLE_SHARE = 0.5


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


@dataclass(frozen=True, slots=True)
class QueryVectors:
    """Encoded queries: `whole` `(n_queries, dim)` float32 unit rows; where sentences are read also `parts` `(n_parts, dim)`,
    the parts of one query after the other, and `starts` `(n_queries,)` int64, where those of each begin.
    """

    whole: NDArray[np.float32]
    parts: NDArray[np.float32] | None = None
    starts: NDArray[np.int64] | None = None


class DenseSearcher:
    """An encoder and the indexes it made: scores are cosines in [-1, 1].

    With sentences, a listing's score is the mean of two: the cosine of the whole query and the best window, and the mean
    over the query's parts of the cosine of each and the best sentence, so that each skill finds the sentence that asks for it.

    Source: Khattab and Zaharia 2020 (late interaction: the maximum for each part of the query, summed), here over phrases and
    sentences instead of tokens.
    """

    def __init__(self, encoder: Encoder, index: Index, sentences: Index | None = None) -> None:
        """Join them.

        Raises:
            ValueError: an index is of another model, corpus or reading.
        """
        for one in (index, sentences):
            if one is not None and one.model_hash != encoder.fingerprint:
                raise ValueError(
                    f"expected an index made by model {encoder.fingerprint}, got one by {one.model_hash}; "
                    "build the index anew"
                )
        if sentences is not None and (sentences.corpus_hash, sentences.reading) != (index.corpus_hash, SENTENCES):
            raise ValueError(f"expected the sentences of the same corpus, got its {sentences.reading}; build them anew")
        self.encoder = encoder
        self.index = index
        self.sentences = sentences
        self.listing_ids = index.listing_ids
        self._places = id_order(index.listing_ids)

    @property
    def reading(self) -> Reading:
        """What is read of a listing."""
        return SENTENCES if self.sentences else self.index.reading

    def encode(self, queries: Sequence[str]) -> QueryVectors:
        """Encode queries, and where sentences are read their parts, in one call."""
        if self.sentences is None:
            return QueryVectors(self.encoder.encode_query(queries))
        parts, starts = split_queries(queries)
        rows = self.encoder.encode_query([*queries, *parts])
        return QueryVectors(rows[: len(queries)], rows[len(queries) :], np.array(starts, dtype=np.int64))

    def score(self, vectors: QueryVectors) -> NDArray[np.float32]:
        """Score the whole corpus for encoded queries: `(n_queries, n_listings)` float32 in [-1, 1]."""
        whole = self.index.scores(vectors.whole)
        if self.sentences is None or vectors.parts is None or vectors.starts is None:
            return whole
        counts = np.diff([*vectors.starts, len(vectors.parts)])
        parts = np.add.reduceat(self.sentences.scores(vectors.parts), vectors.starts, axis=0) / counts[:, None]
        mixed: NDArray[np.float32] = (WHOLE_SHARE * whole + (1 - WHOLE_SHARE) * parts).astype(np.float32)
        return mixed

    def scores(self, queries: Sequence[str]) -> NDArray[np.float32]:
        """Score the whole corpus for each query: `(n_queries, n_listings)` float32 in [-1, 1]."""
        return self.score(self.encode(queries))

    def search(self, query: str, *, k: int, allowed: NDArray[np.bool_] | None = None) -> Ranking:
        """Rank the k best of the allowed listings for one query.

        Raises:
            ValueError: k is out of range.
        """
        started = time.perf_counter()
        vectors = self.encode([query])
        encoded = time.perf_counter()
        scores = self.score(vectors)[0]
        positions = top_k(scores, self._places, k=k, allowed=allowed)
        passages = self.index.best_passages(vectors.whole[0], positions.tolist())
        hits = build_hits(positions, scores, self.listing_ids, passages)
        return Ranking(hits, encoded - started, time.perf_counter() - encoded)


def load_or_build_searcher(
    encoder: Encoder, listings: Sequence[Listing], cache: Path, *, reading: Reading, show_progress: bool = False
) -> DenseSearcher:
    """Join an encoder with the indexes that a reading needs, from the cache folder or made and kept there."""
    indexes = [
        load_or_build_index(encoder, listings, cache, reading=one, show_progress=show_progress)
        for one in index_readings(reading)
    ]
    return DenseSearcher(encoder, *indexes)


def index_readings(reading: Reading) -> tuple[Reading, ...]:
    """Return what the indexes hold that a reading needs: sentences go with windows."""
    return (WINDOWS, SENTENCES) if reading == SENTENCES else (reading,)
