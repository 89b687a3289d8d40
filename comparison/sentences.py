"""Which sentence of a listing a system finds nearest to a query and to its parts."""

import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.index.vectors import Index
from search.records import Listing, Span
from search.searcher import DenseSearcher

# A sentence ends with its mark and white space, or with the line.
SENTENCE = re.compile(r"\S[^\n]*?(?:[.!?;](?=\s)|(?=\n)|\Z)")
LEAST_CHARACTERS = 12
KEPT_LISTINGS = 500
# Of a sentence in which no token counts.
LEAST_COSINE = -1.0


def split_sentences(text: str) -> list[Span]:
    """Return the characters of each sentence, in order; the whole text where it has none of some length."""
    spans = [match.span() for match in SENTENCE.finditer(text)]
    return [(start, end) for start, end in spans if end - start >= LEAST_CHARACTERS] or [(0, len(text))]


def title_and_sentences(listing: Listing) -> list[Span]:
    """Return the characters of each sentence of a listing's text, and before them the empty stretch for its title, if it has one."""
    return [*([(0, 0)] if listing.title else []), *split_sentences(listing.text)]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A stretch of a listing's text, and how near the query is to it, in [-1, 1]; the title has the empty stretch."""

    span: Span
    score: float


class SentenceFinder:
    """Finds a listing's sentences as its searcher scores listings: by the tokens in its index, or where that has none, by
    a vector of each sentence, which are made on demand; the last listings' are kept.
    """

    def __init__(self, searcher: DenseSearcher, *, kept: int = KEPT_LISTINGS) -> None:
        self.searcher = searcher
        self._places = {listing_id: place for place, listing_id in enumerate(searcher.listing_ids)}
        self._kept = kept
        self._vectors: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    def best(self, query: str, parts: Sequence[Span], listing: Listing) -> tuple[Sentence, list[Sentence]]:
        """Return the sentence nearest to the query, and for each of its parts the nearest one, or the title."""
        spans = title_and_sentences(listing)
        if self.searcher.tokens:
            scores = self._by_token(self.searcher.tokens, query, parts, listing, spans)
        else:
            texts = [query, *(query[start:end] for start, end in parts)]
            scores = self.searcher.encoder.encode_query(texts) @ self._encoded(listing, spans).T
        if listing.title:
            # The whole query's sentence is marked in the text, where the title is not.
            scores[0, 0] = -np.inf
        whole, *others = [
            Sentence(spans[place], float(row[place]))
            for row, place in zip(scores, scores.argmax(axis=1).tolist(), strict=True)
        ]
        return whole, others

    def _by_token(
        self, index: Index, query: str, parts: Sequence[Span], listing: Listing, spans: list[Span]
    ) -> NDArray[np.float32]:
        """Score the query and its parts against each sentence, `(1 + n_parts, n_sentences)`: the mean over their tokens of the
        cosine of each and the nearest token there.
        """
        _, found = self.searcher.encoder.encode_query_tokens([query])
        cosines, places = index.listing_cosines(found.vectors, self._places[listing.listing_id])
        nearest = np.full((len(found.vectors), len(spans)), LEAST_COSINE, dtype=np.float32)
        sentences = sentence_of(places, spans)
        for number in set(sentences.tolist()) - {-1}:
            nearest[:, number] = cosines[:, sentences == number].max(axis=1)
        inside = [(found.spans[:, 0] >= start) & (found.spans[:, 1] <= end) for start, end in parts]
        # A part without a token that counts is as the whole.
        rows = [nearest, *(nearest[mask] if mask.any() else nearest for mask in inside)]
        return np.stack([row.mean(axis=0) for row in rows])

    def _encoded(self, listing: Listing, spans: list[Span]) -> NDArray[np.float32]:
        with self._lock:
            found = self._vectors.get(listing.listing_id)
            if found is not None:
                self._vectors.move_to_end(listing.listing_id)
                return found
        texts = [listing.text[start:end] or listing.title for start, end in spans]
        rows = self.searcher.encoder.encode_document(texts)
        with self._lock:
            self._vectors[listing.listing_id] = rows
            while len(self._vectors) > self._kept:
                self._vectors.popitem(last=False)
        return rows


def sentence_of(tokens: NDArray[np.int64], sentences: Sequence[Span]) -> NDArray[np.int64]:
    """Return the number of the sentence that each token `(n_tokens, 2)` lies in, `(n_tokens,)`; -1 for none. The title's tokens, and
    the title among the sentences, have the empty stretch at 0.
    """
    starts, ends = np.array(sentences, dtype=np.int64).T
    # The last that starts at or before the token: after the title's empty stretch, which starts at 0 too.
    numbers = np.searchsorted(starts, tokens[:, 0], side="right") - 1
    inside = (numbers >= 0) & (tokens[:, 1] <= ends[numbers])
    is_title = tokens[:, 1] == 0
    title = 0 if ends[0] == 0 else -1
    placed: NDArray[np.int64] = np.where(is_title, title, np.where(inside, numbers, -1))
    return placed
