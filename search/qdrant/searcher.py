"""A searcher whose vectors lie in an engine."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from search.arrays import offsets_of, unit_rows
from search.candidates import EXHAUSTIVE_LISTINGS
from search.encoding.encoder import Encoder
from search.index.compression import Codec
from search.index.token_corpus import encode_corpus
from search.index.vectors import Index
from search.qdrant.collection import EVERYTHING, FORMAT, Collection, EngineError, Narrowing, Passages, Question
from search.qdrant.narrowing import Mask, Numbering
from search.qdrant.points import project_tokens, query_words
from search.ranking import build_hits, check_k, rank_all, top_k
from search.records import Listing, Ranking, Span, corpus_hash
from search.scoring import LATE_INTERACTION, MAX_PASSAGE, Scoring
from search.searcher import ModelSearcher, QueryVectors

# Candidates by passages, and as many by words, of all listings and of those that do not contradict the query.
DEPTH, MAX_DEPTH = 250, 10_000
# Results that candidates are enough for, where nobody says how many are wanted.
LEAST_FOUND = 25
# Listings whose mean score stands for that of a larger corpus.
SAMPLE_LISTINGS = 256
# Listings whose tokens are at hand, encoded again as they were opened.
OPENED_LISTINGS = 500


@dataclass(frozen=True, slots=True)
class EngineQueries(QueryVectors):
    """Encoded queries, and what they were."""

    texts: tuple[str, ...] = ()

    def token_rows(self, number: int) -> NDArray[np.float32]:
        """Return the tokens of one query: `(n_tokens, dim)` float32 unit rows."""
        if self.tokens is None:
            raise TypeError("expected queries with tokens, as listings are scored by them")
        first = self.tokens.offsets[number]
        rows: NDArray[np.float32] = self.tokens.vectors[first : first + self.tokens.lengths[number]]
        return rows


class EngineSearcher(ModelSearcher):
    """A model, and an engine with the vectors that it made; see search/scoring.py.

    A large corpus is not scored whole: the best by passages and by words are, exactly. Then a ranking's mean score is
    that of a sample, and only candidates have a rank.
    """

    def __init__(self, encoder: Encoder, collection: Collection, listings: Sequence[Listing], scoring: Scoring) -> None:
        """Join them.

        Raises:
            EngineError: the collection is not there, or of another model, corpus or kind.
        """
        super().__init__(encoder, tuple(one.listing_id for one in listings))
        self.collection, self.listings = collection, listings
        self._scoring, self._corpus_hash = scoring, corpus_hash(listings)
        self.codec = self._check()
        self.numbering = Numbering.of(listings)
        self._tokens_of = lru_cache(OPENED_LISTINGS)(self._encode_tokens)

    def _check(self) -> Codec | None:
        facts = self.collection.facts()
        anew = "run `python -m data load` with this dataset, model and engine"
        if facts is None:
            raise EngineError(f"expected the vectors of {self.encoder.name} in the engine, there are none; {anew}")
        if (facts.format, facts.model_hash) != (FORMAT, self.encoder.fingerprint):
            raise EngineError(
                f"expected vectors of format {FORMAT} by model {self.encoder.fingerprint} in the engine, got format "
                f"{facts.format} by {facts.model_hash}; {anew}"
            )
        if facts.corpus_hash != self._corpus_hash:
            got = f"corpus {facts.corpus_hash}" if facts.corpus_hash else "one that is not loaded to its end"
            raise EngineError(f"expected corpus {self._corpus_hash} in the engine, got {got}; {anew}")
        codec = facts.codec
        if not _can_score(self._scoring, codec):
            raise EngineError(f"expected vectors for {self._scoring} in the engine, got those for {facts.scoring}")
        return codec

    @property
    def scoring(self) -> Scoring:
        """How listings are scored."""
        return self._scoring

    def can_score(self, scoring: Scoring) -> bool:
        """Tell whether the engine has what a scoring needs."""
        return _can_score(scoring, self.codec)

    def rescored(self, scoring: Scoring) -> "EngineSearcher":
        """Return the same model and vectors with another scoring."""
        return EngineSearcher(self.encoder, self.collection, self.listings, scoring)

    @property
    def vectors_key(self) -> tuple[str, str, str, int]:
        """What changes with the vectors: model, corpus, where they lie, how many listings."""
        return self.encoder.fingerprint, self._corpus_hash, "engine", len(self.listings)

    @property
    def is_exhaustive(self) -> bool:
        """Whether the whole corpus is scored."""
        return len(self.listings) <= EXHAUSTIVE_LISTINGS

    def _encode(self, queries: Sequence[str]) -> EngineQueries:
        vectors = super()._encode(queries)
        return EngineQueries(vectors.sentence, vectors.tokens, tuple(queries))

    def score_query(
        self,
        encoded: QueryVectors,
        *,
        allowed: Mask | None = None,
        penalties: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Score one query's candidates, before penalties: `(n_listings,)` float32, -inf for the others."""
        return self._score_one(encoded, LEAST_FOUND, allowed, penalties)[0]

    def score(self, encoded: QueryVectors) -> NDArray[np.float32]:
        """Score the corpus for encoded queries: `(n_queries, n_listings)` float32, -inf for what is no candidate."""
        return np.stack([self._ask(encoded, number, [self._whole])[0] for number in range(len(encoded.sentence))])

    @property
    def _whole(self) -> tuple[Narrowing, int]:
        return EVERYTHING, len(self.listings) if self.is_exhaustive else DEPTH

    def _ask(
        self, encoded: QueryVectors, number: int, wanted: Sequence[tuple[Narrowing, int]]
    ) -> list[NDArray[np.float32]]:
        """Score the candidates of one query, several times: `(n_listings,)` each, -inf for the others."""
        answers = self.collection.ask([self._question(encoded, number, *one) for one in wanted])
        if len(answers) != len(wanted):
            raise EngineError(f"expected {len(wanted)} answers from the engine, got {len(answers)}")
        rows = []
        for numbers, scores in answers:
            row = np.full(len(self.listings), -np.inf, dtype=np.float32)
            row[self.numbering.positions(numbers)] = scores
            rows.append(row)
        return rows

    def _question(self, encoded: QueryVectors, number: int, narrowing: Narrowing, depth: int) -> Question:
        if not isinstance(encoded, EngineQueries):
            raise TypeError("expected queries that this searcher encoded")
        tokens = project_tokens(self.codec, encoded.token_rows(number)) if self._by_tokens and self.codec else None
        # Where all are scored, words find no more.
        all_named = self.is_exhaustive or (narrowing.numbers is not None and len(narrowing.numbers) <= depth)
        words = None if all_named else query_words(encoded.texts[number])
        words = words if words and words.numbers else None
        return Question(encoded.sentence[number], tokens, words, (narrowing,), depth, is_exact=self.is_exhaustive)

    @property
    def _by_tokens(self) -> bool:
        return self._scoring == LATE_INTERACTION

    def search(
        self,
        query: str,
        *,
        k: int,
        allowed: Mask | None = None,
        penalties: NDArray[np.float32] | None = None,
    ) -> Ranking:
        """Rank the k best of the allowed listings for one query, see `CorpusSearcher`."""
        check_k(k)
        started = time.perf_counter()
        encoded = self.encode([query])
        encoded_at = time.perf_counter()
        scores, mean_score = self._score_one(encoded, k, allowed, penalties)
        if penalties is not None:
            scores = scores - penalties
        positions = top_k(scores, self._order, k=k, allowed=allowed)
        hits = build_hits(positions, scores, self.listing_ids, self.passages(encoded, positions.tolist()))
        searched_at = time.perf_counter()
        all_ranks = rank_all(scores, self._order, allowed=allowed)
        return Ranking(hits, encoded_at - started, searched_at - encoded_at, mean_score, all_ranks)

    def _score_one(
        self, encoded: QueryVectors, k: int, allowed: Mask | None, penalties: NDArray[np.float32] | None
    ) -> tuple[NDArray[np.float32], float]:
        """Score a query's candidates, and the corpus in the mean."""
        if self.is_exhaustive:
            (scores,) = self._ask(encoded, 0, [self._whole])
            return scores, float(scores.mean())
        depth = max(DEPTH, 2 * k)
        while True:
            masks = candidate_masks(allowed, penalties, depth)
            *rows, sample = self._ask(encoded, 0, [*(self._deep(mask, depth) for mask in masks), self._sample])
            scores = np.max([*rows, np.full_like(sample, -np.inf)], axis=0)
            found = int(np.sum(scores > -np.inf if allowed is None else (scores > -np.inf) & allowed))
            if found >= min(k, len(scores) if allowed is None else int(allowed.sum())) or depth >= len(scores):
                return scores, float(sample[sample > -np.inf].mean())
            depth *= 4

    def _deep(self, mask: Mask | None, depth: int) -> tuple[Narrowing, int]:
        """Ask for so many allowed listings; more where the engine can't check all of a mask."""
        narrowing, share = self.numbering.narrow(mask)
        deepest = max(depth, min(MAX_DEPTH, math.ceil(depth / share)))
        return narrowing, min(deepest, len(self.listings))

    @property
    def _sample(self) -> tuple[Narrowing, int]:
        drawn = np.linspace(0, len(self.listings) - 1, SAMPLE_LISTINGS).astype(int)
        numbers = tuple(self.numbering.numbers[np.unique(drawn)].tolist())
        return Narrowing(numbers=numbers), len(numbers)

    def passages(self, encoded: QueryVectors, positions: Sequence[int]) -> list[Span]:
        """Return the passage of each listing that is nearest to the first query."""
        return [spans[int(np.argmax(vectors @ encoded.sentence[0]))] for vectors, spans in self._passages_at(positions)]

    def _passages_at(self, positions: Sequence[int]) -> list[Passages]:
        numbers = [int(number) for number in self.numbering.numbers[list(positions)]] if len(positions) else []
        found = self.collection.passages(numbers)
        if missing := [number for number in numbers if number not in found]:
            raise EngineError(
                f"expected {len(numbers)} listings in the engine, {len(missing)} are gone; load them anew"
            )
        return [found[number] for number in numbers]

    def listing_vectors(self, positions: Sequence[int]) -> NDArray[np.float32]:
        """Return the mean passage of some listings: `(n, dim)` float32 unit rows."""
        found = [vectors for vectors, _ in self._passages_at(positions)]
        lengths = np.array([len(vectors) for vectors in found], dtype=np.int64)
        return unit_rows(np.add.reduceat(np.concatenate(found), offsets_of(lengths), axis=0))

    def token_cosines(
        self, query_tokens: NDArray[np.float32], position: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return the cosines of a query's tokens and a listing's, and the characters of these; encoded here again."""
        return self._tokens_of(position).listing_cosines(query_tokens, 0)

    def _encode_tokens(self, position: int) -> Index:
        listing = self.listings[position]
        made = encode_corpus(self.encoder, [listing], codec=self.codec)
        arrays = made.tokens.vectors, made.tokens.offsets, made.tokens.spans
        hashes = self.encoder.fingerprint, corpus_hash([listing])
        return Index((listing.listing_id,), *arrays, *hashes, "tokens", made.codec)


def candidate_masks(allowed: Mask | None, penalties: NDArray[np.float32] | None, depth: int) -> list[Mask | None]:
    """Return what candidates are found among: all that is allowed, and what loses least of it.

    Else a query that much of the corpus contradicts would have candidates that lose all. What loses nothing, and the
    `depth` that lose least, with all that lose as little, have candidates of their own.
    """
    if allowed is not None and not allowed.any():
        return []
    if penalties is None or not penalties.any():
        return [allowed]
    lost = penalties if allowed is None else penalties[allowed]
    least = lost.max() if len(lost) <= depth else np.partition(lost, depth - 1)[depth - 1]
    masks = [penalties <= limit if allowed is None else (penalties <= limit) & allowed for limit in {0.0, float(least)}]
    return [allowed, *(mask for mask in masks if 0 < mask.sum() < len(lost))]


def _can_score(scoring: Scoring, codec: Codec | None) -> bool:
    return scoring == MAX_PASSAGE or (scoring == LATE_INTERACTION and codec is not None)
