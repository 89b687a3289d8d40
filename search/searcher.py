"""The Searcher protocol, and the dense searcher that joins an encoder with its indexes."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from search.encoding.encoder import Encoder
from search.encoding.passages import TOKENS, Reading
from search.encoding.token_vectors import TextVectors
from search.index.storage import load_or_build_indexes
from search.index.vectors import MOST_SIMILARITIES, Index
from search.ranking import build_hits, id_order, top_k
from search.records import Listing, Ranking

# Of a listing's score, what the whole query counts; its tokens have the rest. train/LOG.md compares shares.
WHOLE_SHARE = 0.2


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
    """Encoded queries: `whole` `(n_queries, dim)` float32 unit rows, and where tokens are read those of each query."""

    whole: NDArray[np.float32]
    tokens: TextVectors | None = None


class DenseSearcher:
    """An encoder and the indexes it made: scores are cosines in [-1, 1].

    With tokens, a listing's score has two parts: the cosine of the whole query and the best window, and the mean over the
    query's tokens of the cosine of each and the listing's nearest token, so that each skill finds the words that ask for it.

    Source: Khattab and Zaharia 2020 (late interaction: the maximum for each token of the query, summed).
    """

    def __init__(self, encoder: Encoder, index: Index, tokens: Index | None = None) -> None:
        """Join them.

        Raises:
            ValueError: an index is of another model, corpus or reading.
        """
        for one in (index, tokens):
            if one is not None and one.model_hash != encoder.fingerprint:
                raise ValueError(
                    f"expected an index made by model {encoder.fingerprint}, got one by {one.model_hash}; "
                    "build the index anew"
                )
        if tokens is not None and (tokens.corpus_hash, tokens.reading) != (index.corpus_hash, TOKENS):
            raise ValueError(
                f"expected the tokens of corpus {index.corpus_hash}, got the {tokens.reading} of {tokens.corpus_hash}; "
                "build them anew"
            )
        self.encoder = encoder
        self.index = index
        self.tokens = tokens
        self.listing_ids = index.listing_ids
        self._places = id_order(index.listing_ids)

    @property
    def reading(self) -> Reading:
        """What is read of a listing."""
        return TOKENS if self.tokens else self.index.reading

    def encode(self, queries: Sequence[str]) -> QueryVectors:
        """Encode queries, and where tokens are read theirs, in one call."""
        if self.tokens is None:
            return QueryVectors(self.encoder.encode_query(queries))
        return QueryVectors(*self.encoder.encode_query_tokens(queries))

    def score(self, vectors: QueryVectors) -> NDArray[np.float32]:
        """Score the whole corpus for encoded queries: `(n_queries, n_listings)` float32 in [-1, 1]."""
        whole = self.index.scores(vectors.whole)
        if self.tokens is None or vectors.tokens is None:
            return whole
        tokens = _token_scores(self.tokens, vectors.tokens)
        mixed: NDArray[np.float32] = (WHOLE_SHARE * whole + (1 - WHOLE_SHARE) * tokens).astype(np.float32)
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


def _token_scores(index: Index, tokens: TextVectors) -> NDArray[np.float32]:
    """Mean over each query's tokens of their scores, `(n_queries, n_listings)`; some queries at a time, as each has many tokens."""
    rows = max(1, MOST_SIMILARITIES // len(index.starts) // int(tokens.counts.max()))
    scores = np.empty((len(tokens.counts), len(index.starts)), dtype=np.float32)
    for start in range(0, len(scores), rows):
        counts, begins = tokens.counts[start : start + rows], tokens.starts[start : start + rows]
        vectors = tokens.vectors[begins[0] : begins[-1] + counts[-1]]
        sums = np.add.reduceat(index.scores(vectors), begins - begins[0], axis=0)
        scores[start : start + rows] = sums / counts[:, None]
    return scores


def load_or_build_searcher(
    encoder: Encoder, listings: Sequence[Listing], cache: Path, *, reading: Reading, show_progress: bool = False
) -> DenseSearcher:
    """Join an encoder with the indexes that a reading needs, from the cache folder or made and kept there."""
    return DenseSearcher(
        encoder, *load_or_build_indexes(encoder, listings, cache, reading=reading, show_progress=show_progress)
    )
