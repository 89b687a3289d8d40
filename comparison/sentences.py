"""A listing's best sentence for a query and its facets."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from search.lexical import stem_words
from search.records import Listing, Span
from search.scoring import LATE_INTERACTION
from search.searcher import ModelSearcher

# A sentence ends with its mark and white space, or with the line.
SENTENCE = re.compile(r"\S[^\n]*?(?:[.!?;](?=\s)|(?=\n)|\Z)")
MIN_CHARACTERS = 12
MAX_LISTINGS, MAX_QUERIES = 500, 50
# What a sentence must score to answer a part of a query, else nothing in the listing does; docs/search.md tells how
# they were chosen.
LEAST_BY_TOKENS = 0.46
LEAST_BY_SENTENCE = 0.315
LEAST_BY_WORDS = 0.5
# Of a sentence without a scored token.
MIN_COSINE = -1.0


def split_sentences(text: str) -> list[Span]:
    """Return each sentence's characters; without long ones, of all."""
    spans = [match.span() for match in SENTENCE.finditer(text) if len(match[0]) >= MIN_CHARACTERS]
    return spans or [(0, len(text))]


def title_and_sentences(listing: Listing) -> list[Span]:
    """Return each sentence's characters, after (0, 0) for a title."""
    return [*([(0, 0)] if listing.title else []), *split_sentences(listing.text)]


@dataclass(frozen=True, slots=True)
class Sentence:
    """Characters of a text, or (0, 0) for its title, and their score; whether that is enough to answer what was asked."""

    span: Span
    score: float
    is_found: bool = True


class Finder(Protocol):
    """Whatever finds a listing's best sentences."""

    def best(self, query: str, facets: Sequence[Span], listing: Listing) -> tuple[Sentence, list[Sentence]]:
        """Return the best sentence for the query, and each facet's."""
        ...


class SentenceFinder:
    """Finds a listing's best sentences by its searcher's vectors.

    A sentence is scored by mean MaxSim, or, where listings are scored without tokens, by the cosine of its sentence
    embedding.
    """

    def __init__(self, searcher: ModelSearcher, *, max_listings: int = MAX_LISTINGS) -> None:
        self.searcher = searcher
        self._by_tokens = searcher.scoring == LATE_INTERACTION
        self._positions = {listing_id: position for position, listing_id in enumerate(searcher.listing_ids)}
        self._query_vectors = lru_cache(MAX_QUERIES)(searcher.encoder.encode_query)
        self._sentence_vectors = lru_cache(max_listings)(self._encode_sentences)

    def best(self, query: str, facets: Sequence[Span], listing: Listing) -> tuple[Sentence, list[Sentence]]:
        """Return the best sentence for the query, and each facet's."""
        spans = title_and_sentences(listing)
        if self._by_tokens:
            scores = self._score_by_token(query, facets, listing, spans)
        else:
            texts = (query, *(query[start:end] for start, end in facets))
            scores = self._query_vectors(texts) @ self._sentence_vectors(listing).T
        if listing.title:
            # The query's sentence is marked in the text, where the title is not; a facet's may be the title.
            scores[0, 0] = -np.inf
        least = LEAST_BY_TOKENS if self._by_tokens else LEAST_BY_SENTENCE
        best = best_by_scores(scores[0], spans, least)
        shares = word_shares([query[start:end] for start, end in facets], listing, spans)
        return best, [
            best_by_scores(row, spans, least, shares=shared) for row, shared in zip(scores[1:], shares, strict=True)
        ]

    def _score_by_token(
        self, query: str, facets: Sequence[Span], listing: Listing, spans: list[Span]
    ) -> NDArray[np.float32]:
        """Score by mean MaxSim: `(1 + n_facets, n_sentences)`."""
        tokens = self.searcher.encode([query]).tokens
        if tokens is None:
            raise TypeError("expected a searcher that encodes tokens, as it scores by them")
        cosines, token_spans = self.searcher.token_cosines(tokens.vectors, self._positions[listing.listing_id])
        maxsim = best_by_sentence(cosines, sentence_of(token_spans, spans), len(spans))
        # The tokens of a model's prompt have the empty span and belong to no facet.
        begins, ends = tokens.spans.T
        inside = [(begins >= start) & (ends <= end) & (begins < ends) for start, end in facets]
        # A facet without a scored token is scored as the query.
        rows = [maxsim, *(maxsim[mask] if mask.any() else maxsim for mask in inside)]
        return np.stack([row.mean(axis=0) for row in rows])

    def _encode_sentences(self, listing: Listing) -> NDArray[np.float32]:
        texts = [listing.text[start:end] or listing.title for start, end in title_and_sentences(listing)]
        return self.searcher.encoder.encode_document(texts)


class WordFinder:
    """Finds a listing's best sentences by the words that they share with what is asked, as BM25 counts them.

    A sentence is scored by the share of the words, by their stems, that it has.
    """

    def best(self, query: str, facets: Sequence[Span], listing: Listing) -> tuple[Sentence, list[Sentence]]:
        """Return the best sentence for the query, and each facet's."""
        spans = title_and_sentences(listing)
        shares = word_shares([query, *(query[start:end] for start, end in facets)], listing, spans)
        if listing.title:
            # The query's sentence is marked in the text, where the title is not.
            shares[0, 0] = -1
        best, *of_facets = (best_by_scores(row, spans, LEAST_BY_WORDS) for row in shares)
        return best, of_facets


def word_shares(texts: Sequence[str], listing: Listing, spans: Sequence[Span]) -> NDArray[np.float32]:
    """Return which share of each text's words each sentence has, by their stems: `(n_texts, n_sentences)`."""
    sentences = stem_words([listing.text[start:end] or listing.title for start, end in spans])
    rows = [[len({*asked} & {*has}) / max(1, len({*asked})) for has in sentences] for asked in stem_words(texts)]
    return np.array(rows, dtype=np.float32).reshape(len(texts), len(spans))


def best_by_scores(
    scores: NDArray[np.float32], spans: Sequence[Span], least: float, *, shares: NDArray[np.float32] | None = None
) -> Sentence:
    """Return the best sentence; where none scores enough, the best of those that hold half of the words, if any do."""
    holding = np.zeros(len(spans), bool) if shares is None or scores.max() >= least else shares >= LEAST_BY_WORDS
    best = int(np.where(holding, scores, -np.inf).argmax() if holding.any() else scores.argmax())
    return Sentence(spans[best], float(scores[best]), bool(scores[best] >= least or holding.any()))


def best_by_sentence(cosines: NDArray[np.float32], sentences: NDArray[np.int64], count: int) -> NDArray[np.float32]:
    """Return each sentence's greatest cosine, `MIN_COSINE` without a token: `(n_query_tokens, count)` float32.

    Args:
        cosines: `(n_query_tokens, n_tokens)`.
        sentences: Each token's, as `sentence_of` numbers them.
        count: How many sentences there are.
    """
    best = np.full((len(cosines), count), MIN_COSINE, dtype=np.float32)
    # Sorted once, as a mask for each sentence takes the square of a long text's time.
    order = np.argsort(sentences, kind="stable")[np.count_nonzero(sentences < 0) :]
    numbers, starts = np.unique(sentences[order], return_index=True)
    if len(numbers):
        best[:, numbers] = np.maximum.reduceat(cosines[:, order], starts, axis=1)
    return best


def sentence_of(tokens: NDArray[np.int64], sentences: Sequence[Span]) -> NDArray[np.int64]:
    """Number each token's sentence, -1 for none: `(n_tokens,)` int64.

    Args:
        tokens: `(n_tokens, 2)` characters; (0, 0) for a token of the title.
        sentences: Characters of each, in order; (0, 0) for the title.
    """
    starts, ends = np.array(sentences, dtype=np.int64).T
    # The last that starts at or before the token: after the title's (0, 0), which starts at 0 too.
    numbers = np.searchsorted(starts, tokens[:, 0], side="right") - 1
    found = np.where((numbers >= 0) & (tokens[:, 1] <= ends[numbers]), numbers, -1)
    found[tokens[:, 1] == 0] = 0 if ends[0] == 0 else -1
    return found
