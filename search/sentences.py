"""Which sentence of a listing a system finds nearest to a query and to its parts: found on demand, vectors kept."""

import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.encoder import Encoder
from search.records import Listing, Span

# A sentence ends with its mark and white space, or with the line.
SENTENCE = re.compile(r"\S[^\n]*?(?:[.!?;](?=\s)|(?=\n)|\Z)")
LEAST_CHARACTERS = 12
KEPT_LISTINGS = 500


def split_sentences(text: str) -> list[Span]:
    """Return the characters of each sentence, in order; the whole text where it has none of some length."""
    spans = [match.span() for match in SENTENCE.finditer(text)]
    return [(start, end) for start, end in spans if end - start >= LEAST_CHARACTERS] or [(0, len(text))]


def title_and_sentences(listing: Listing) -> list[Span]:
    """Return the characters of each sentence of a listing's text, and before them the empty stretch for its title, if it has one."""
    return [*([(0, 0)] if listing.title else []), *split_sentences(listing.text)]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A stretch of a listing's text, and the cosine of the query to it; the title has the empty stretch."""

    span: Span
    score: float


class SentenceFinder:
    """Encodes a listing's sentences with a system's own encoder; the last listings' vectors are kept."""

    def __init__(self, encoder: Encoder, *, kept: int = KEPT_LISTINGS) -> None:
        self.encoder = encoder
        self._kept = kept
        self._vectors: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    def best(self, query: str, parts: Sequence[str], listing: Listing) -> tuple[Sentence, list[Sentence]]:
        """Return the sentence nearest to the query, and for each of its parts the nearest one, or the title."""
        spans = title_and_sentences(listing)
        scores = self.encoder.encode_query([query, *parts]) @ self._encoded(listing, spans).T
        if listing.title:
            # The whole query's sentence is marked in the text, where the title is not.
            scores[0, 0] = -np.inf
        whole, *others = [
            Sentence(spans[place], float(row[place]))
            for row, place in zip(scores, scores.argmax(axis=1).tolist(), strict=True)
        ]
        return whole, others

    def _encoded(self, listing: Listing, spans: list[Span]) -> NDArray[np.float32]:
        with self._lock:
            found = self._vectors.get(listing.listing_id)
            if found is not None:
                self._vectors.move_to_end(listing.listing_id)
                return found
        rows = self.encoder.encode_document([listing.text[start:end] or listing.title for start, end in spans])
        with self._lock:
            self._vectors[listing.listing_id] = rows
            while len(self._vectors) > self._kept:
                self._vectors.popitem(last=False)
        return rows
