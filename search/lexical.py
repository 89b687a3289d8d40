"""BM25 as one more searcher, through bm25s with English stemming."""

import math
import time
from collections import Counter
from collections.abc import Sequence

import bm25s
import numpy as np
import Stemmer
from numpy.typing import NDArray

from search.ranking import build_hits, id_order, top_k
from search.records import Listing, Ranking


def stem_words(texts: Sequence[str]) -> list[list[str]]:
    """Return the stems of each text's words, in order, without English stop words."""
    stemmer = Stemmer.Stemmer("english")
    tokens = bm25s.tokenize(list(texts), stopwords="en", stemmer=stemmer, return_ids=False, show_progress=False)
    return [list(row) for row in tokens]


class LexicalSearcher:
    """BM25 over the same documents as the encoders read, but whole.

    Source: Robertson et al.; the variant is bm25s' default (Lucene's, k1=1.5, b=0.75), with
    Snowball's English stemmer and bm25s' English stop words.
    """

    def __init__(self, listings: Sequence[Listing]) -> None:
        if not listings:
            raise ValueError("expected a corpus of at least one listing, got none; check the dataset")
        self.listing_ids = tuple(listing.listing_id for listing in listings)
        self._places = id_order(self.listing_ids)
        self._bm25 = bm25s.BM25()
        stems = stem_words([listing.document for listing in listings])
        self._bm25.index(stems, show_progress=False)
        self._holders = Counter(stem for row in stems for stem in set(row))

    def holding(self, words: Sequence[str]) -> NDArray[np.bool_]:
        """Say of each listing whether its document holds any of the words, or another form of it: `(n_listings,)` bool.

        Stop words are in no index, so they are held by none.
        """
        held: NDArray[np.bool_] = np.isfinite(self.scores([" ".join(words)])[0])
        return held

    def _score(self, tokens: list[str]) -> NDArray[np.float32]:
        known = [token for token in tokens if token in self._bm25.vocab_dict]
        if not known:
            return np.full(len(self.listing_ids), -np.inf, dtype=np.float32)
        scores = np.asarray(self._bm25.get_scores(known), dtype=np.float32)
        return np.where(scores > 0, scores, np.float32(-np.inf))

    def scores(self, queries: Sequence[str]) -> NDArray[np.float32]:
        """Score the whole corpus for each query: `(n_queries, n_listings)` float32, -inf for no common word."""
        return np.stack([self._score(tokens) for tokens in stem_words(queries)])

    def bounded_scores(self, queries: Sequence[str]) -> NDArray[np.float32]:
        """Score the whole corpus by BM25 as a share of its upper bound for each query, the sum of the words' IDF.

        A listing comes near to it that says all of them over and over; each said once in a listing of average length is
        0.4. A word that no listing has adds most to the bound.

        Returns:
            `(n_queries, n_listings)` float32 in [0, 1]; 0 for no common word.
        """
        tokens = stem_words(queries)
        scores = np.stack([self._score(row) for row in tokens])
        bounds = np.array([sum(map(self._idf, row)) for row in tokens], dtype=np.float32)
        return (np.maximum(scores, 0) / np.where(bounds, bounds, 1)[:, None]).astype(np.float32)

    def _idf(self, stem: str) -> float:
        holders = self._holders[stem]
        return math.log(1 + (len(self.listing_ids) - holders + 0.5) / (holders + 0.5))

    def search(self, query: str, *, k: int, allowed: NDArray[np.bool_] | None = None) -> Ranking:
        """Rank the k best of the allowed listings that share a word with the query.

        Raises:
            ValueError: k is out of range.
        """
        started = time.perf_counter()
        tokens = stem_words([query])[0]
        encoded = time.perf_counter()
        scores = self._score(tokens)
        positions = top_k(scores, self._places, k=k, allowed=allowed)
        hits = build_hits(positions, scores, self.listing_ids)
        return Ranking(hits, encoded - started, time.perf_counter() - encoded)
