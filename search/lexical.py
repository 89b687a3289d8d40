"""BM25 as one more searcher, through bm25s with English stemming."""

import math
import time
from collections.abc import Callable, Sequence
from itertools import pairwise

import bm25s
import numpy as np
import Stemmer
from numpy.typing import NDArray

from search.ranking import build_hits, id_order, top_k
from search.records import Listing, Ranking

# Stands in a corpus without any term, which bm25s does not take; no query has it.
NO_TERM = "\0"


def stem_words(texts: Sequence[str]) -> list[list[str]]:
    """Return the stems of each text's words, in order, without English stop words."""
    stemmer = Stemmer.Stemmer("english")
    tokens = bm25s.tokenize(list(texts), stopwords="en", stemmer=stemmer, return_ids=False, show_progress=False)
    return [list(row) for row in tokens]


def stem_pairs(texts: Sequence[str]) -> list[list[str]]:
    """Return the pairs of neighbouring stems of each text, in order, each as one term."""
    return [[f"{first} {second}" for first, second in pairwise(row)] for row in stem_words(texts)]


class LexicalSearcher:
    """BM25 over the same documents as the encoders read, but whole; its terms are stems, or what else is asked for.

    Source: Robertson et al.; the variant is bm25s' default (Lucene's, k1=1.5, b=0.75), with
    Snowball's English stemmer and bm25s' English stop words.
    """

    def __init__(
        self, listings: Sequence[Listing], *, terms: Callable[[Sequence[str]], list[list[str]]] = stem_words
    ) -> None:
        if not listings:
            raise ValueError("expected a corpus of at least one listing, got none; check the dataset")
        self.listing_ids = tuple(listing.listing_id for listing in listings)
        self._places = id_order(self.listing_ids)
        self._bm25 = bm25s.BM25()
        self._terms = terms
        rows = terms([listing.document for listing in listings])
        self._bm25.index(rows if any(rows) else [[NO_TERM]] * len(rows), show_progress=False)
        # Of each term, by its place in the vocabulary.
        self._holders = np.diff(self._bm25.scores["indptr"])

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
        return np.stack([self._score(tokens) for tokens in self._terms(queries)])

    def bounds(self, queries: Sequence[str]) -> NDArray[np.float32]:
        """Return what the score of each query comes near to for a listing that says all of it over and over: `(n_queries,)` float32.

        The sum of its terms' IDF; a term that no listing has adds most. Each said once in a listing of average length is
        0.4 of it.
        """
        return np.array([sum(map(self._idf, row)) for row in self._terms(queries)], dtype=np.float32)

    def _idf(self, term: str) -> float:
        place = self._bm25.vocab_dict.get(term)
        holders = 0 if place is None else int(self._holders[place])
        return math.log(1 + (len(self.listing_ids) - holders + 0.5) / (holders + 0.5))

    def search(self, query: str, *, k: int, allowed: NDArray[np.bool_] | None = None) -> Ranking:
        """Rank the k best of the allowed listings that share a word with the query.

        Raises:
            ValueError: k is out of range.
        """
        started = time.perf_counter()
        tokens = self._terms([query])[0]
        encoded = time.perf_counter()
        scores = self._score(tokens)
        positions = top_k(scores, self._places, k=k, allowed=allowed)
        hits = build_hits(positions, scores, self.listing_ids)
        return Ranking(hits, encoded - started, time.perf_counter() - encoded)
