"""BM25 as one more searcher, through bm25s with English stemming."""

import math
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise

import bm25s
import numpy as np
import Stemmer
from bm25s.stopwords import STOPWORDS_EN as STOP_WORDS
from numpy.typing import NDArray

from search.records import Listing
from search.searcher import CorpusSearcher

# Stands in a corpus without any term, which bm25s does not take; no query has it.
NO_TERM = "\0"
LANGUAGE = "english"
# Words of two letters or more with what belongs to them (C++, C#, .NET), and letters that stand alone (R, but no
# "R&D", "it's" or "e.g."); small ones too, as people type "r" and "c".
TERM = re.compile(r"(?<!\w)\.(?i:net)\b|\b[A-Za-z]{1,2}(?:\+\+|#)|\b\w\w+\b|(?<![\w&'’.-])[B-HJ-Zrc](?![\w&'’-]|\.\w)")
Terms = list[list[str]]


def stem_words(texts: Sequence[str]) -> Terms:
    """Return the stems of each text's words, in order, without English stop words; R, C++, C# and .NET are words."""
    # A stemmer of its own for each call: none may be shared between threads.
    stemmer = Stemmer.Stemmer(LANGUAGE)
    words_of = ([word.lower() for word in TERM.findall(text)] for text in texts)
    return [stemmer.stemWords([word for word in words if word not in STOP_WORDS]) for words in words_of]


@lru_cache(maxsize=50_000)
def stem_word(word: str) -> str:
    """Return a word's stem as of `stem_words`; empty for a stop word."""
    lower = word.lower()
    return "" if lower in STOP_WORDS else str(Stemmer.Stemmer(LANGUAGE).stemWord(lower))


def stem_pairs(texts: Sequence[str]) -> Terms:
    """Return the pairs of neighbouring stems of each text, in order, each as one term."""
    return [[f"{first} {second}" for first, second in pairwise(row)] for row in stem_words(texts)]


class LexicalSearcher(CorpusSearcher[Terms]):
    """BM25 over whole documents; its terms are stems, or what else is asked for.

    Source: Robertson et al.; the variant is bm25s' default (Lucene's, k1=1.5, b=0.75), with
    Snowball's English stemmer and bm25s' English stop words.
    """

    def __init__(self, listings: Sequence[Listing], *, terms: Callable[[Sequence[str]], Terms] = stem_words) -> None:
        if not listings:
            raise ValueError("expected a corpus of at least one listing, got none; check the dataset")
        super().__init__(tuple(listing.listing_id for listing in listings))
        self._bm25 = bm25s.BM25()
        self._terms = terms
        rows = terms([listing.document for listing in listings])
        self._bm25.index(rows if any(rows) else [[NO_TERM]] * len(rows), show_progress=False)
        # How many listings have each term of the vocabulary.
        self._listing_counts = np.diff(self._bm25.scores["indptr"])

    def encode(self, queries: Sequence[str]) -> Terms:
        """Return the terms of each query."""
        return self._terms(queries)

    def score(self, encoded: Terms) -> NDArray[np.float32]:
        """Score the corpus for each query's terms: `(n_queries, n_listings)` float32, -inf for no common term."""
        return np.stack([self._score(terms) for terms in encoded])

    def _score(self, terms: Sequence[str]) -> NDArray[np.float32]:
        known = [term for term in terms if term in self._bm25.vocab_dict]
        if not known:
            return np.full(len(self.listing_ids), -np.inf, dtype=np.float32)
        scores = np.asarray(self._bm25.get_scores(known), dtype=np.float32)
        return np.where(scores > 0, scores, np.float32(-np.inf))

    def penalty_scale(self, queries: Sequence[str]) -> NDArray[np.float32]:
        """Return the bound of each query's scores: `(n_queries,)` float32."""
        return self.bounds(queries)

    def bounds(self, queries: Sequence[str]) -> NDArray[np.float32]:
        """Bound the score of each query: `(n_queries,)` float32.

        A listing that repeats all of it comes near the sum of its terms' IDF; a term that no listing has adds most. Each said once in a listing of average
        length is 0.4 of it.
        """
        return np.array([sum(map(self._idf, row)) for row in self._terms(queries)], dtype=np.float32)

    def _idf(self, term: str) -> float:
        column = self._bm25.vocab_dict.get(term)
        holders = 0 if column is None else int(self._listing_counts[column])
        return math.log(1 + (len(self.listing_ids) - holders + 0.5) / (holders + 0.5))
