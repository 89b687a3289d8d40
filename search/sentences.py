"""Which sentence of a listing a system finds nearest to a query: found on demand, vectors kept."""

import re
import threading
from collections import OrderedDict
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


@dataclass(frozen=True, slots=True)
class Sentence:
    """A stretch of a listing's text, and the cosine of the query to it."""

    span: Span
    score: float


class SentenceFinder:
    """Encodes a listing's sentences with a system's own encoder; the last listings' vectors are kept."""

    def __init__(self, encoder: Encoder, *, kept: int = KEPT_LISTINGS) -> None:
        self.encoder = encoder
        self._kept = kept
        self._vectors: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    def best(self, query: str, listing: Listing) -> Sentence:
        """Return the sentence nearest to the query."""
        spans = split_sentences(listing.text)
        scores = self._encoded(listing, spans) @ self.encoder.encode_query([query])[0]
        place = int(np.argmax(scores))
        return Sentence(spans[place], float(scores[place]))

    def _encoded(self, listing: Listing, spans: list[Span]) -> NDArray[np.float32]:
        with self._lock:
            found = self._vectors.get(listing.listing_id)
            if found is not None:
                self._vectors.move_to_end(listing.listing_id)
                return found
        rows = self.encoder.encode_document([listing.text[start:end] for start, end in spans])
        with self._lock:
            self._vectors[listing.listing_id] = rows
            while len(self._vectors) > self._kept:
                self._vectors.popitem(last=False)
        return rows
