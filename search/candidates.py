"""Large corpora: candidates by passages and by words, then late interaction on these alone."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search.arrays import unit_rows
from search.encoding.encoder import Encoder
from search.index.storage import load_or_build_indexes
from search.index.stored_corpus import StoredTokens, load_or_build_stored
from search.index.token_corpus import draw_evenly, encode_passages
from search.index.vectors import PassageIndex
from search.lexical import LexicalSearcher
from search.records import Listing
from search.scoring import LATE_INTERACTION, Scoring, combine_scores
from search.searcher import DenseSearcher, QueryVectors

# Up to so many listings all are scored. docs/search.md has the times and what candidates keep.
EXHAUSTIVE_LISTINGS = 2_000
# So many by passages and so many by words, in a corpus of so many listings; in a larger one more, by this power.
CANDIDATES, MEASURED_LISTINGS, GROWTH = 250, 5_000, 0.39
MAX_CANDIDATES = 1_000
# Always scored, so that their mean tells whether a query is about the corpus's field at all.
SAMPLE_LISTINGS = 64
KEPT_LISTINGS = 256
Words = Callable[[], LexicalSearcher]


class CandidateSearcher(DenseSearcher):
    """A model over a large corpus: the best by passages and the best by BM25 get their late-interaction score.

    What is not allowed is no candidate, and what a penalty moves down is none in front of others.
    """

    def __init__(
        self,
        encoder: Encoder,
        passages: PassageIndex,
        stored: StoredTokens,
        words: LexicalSearcher,
        listings: Sequence[Listing],
    ) -> None:
        """Join them.

        Raises:
            ValueError: the index is of another model, or BM25 ranks other listings.
        """
        super().__init__(encoder, passages)
        if words.listing_ids != self.listing_ids:
            raise ValueError(
                f"expected BM25 over the same {len(self.listing_ids)} listings, got {len(words.listing_ids)}; "
                "build both from one dataset"
            )
        self.stored, self.words, self.listings = stored, words, listings
        self.depth = candidate_depth(len(self.listing_ids))
        self._sample = np.array(draw_evenly(len(self.listing_ids), limit=SAMPLE_LISTINGS), dtype=np.int64)
        self._listing_tokens = lru_cache(KEPT_LISTINGS)(self._encode_listing)

    @property
    def is_exhaustive(self) -> bool:
        """Never."""
        return False

    @property
    def sample(self) -> NDArray[np.int64]:
        """Listings that are always scored."""
        return self._sample

    @property
    def scoring(self) -> Scoring:
        """How listings are scored."""
        return LATE_INTERACTION

    def _encode(self, queries: Sequence[str]) -> QueryVectors:
        return QueryVectors(*self.encoder.encode_query_tokens(queries), tuple(queries))

    def score(self, encoded: QueryVectors) -> NDArray[np.float32]:
        """Score the candidates of each query: `(n_queries, n_listings)` float32, -inf for the others."""
        return np.stack([self.score_query(self.encode([text])) for text in encoded.texts])

    def score_query(
        self,
        encoded: QueryVectors,
        *,
        allowed: NDArray[np.bool_] | None = None,
        penalties: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Score one query's candidates, before penalties: `(n_listings,)` float32, -inf for the others."""
        if encoded.tokens is None:
            raise TypeError("expected a query with its tokens, as they are scored")
        vector = encoded.sentence[0]
        positions = self._candidates(encoded.texts, vector, allowed, penalties)
        maxsim = self.stored.mean_maxsim(encoded.tokens.vectors, positions)
        scores = np.full(len(self.listing_ids), -np.inf, dtype=np.float32)
        scores[positions] = combine_scores(self.index.scores_at(vector, positions), maxsim)
        return scores

    def _candidates(
        self,
        texts: Sequence[str],
        vector: NDArray[np.float32],
        allowed: NDArray[np.bool_] | None,
        penalties: NDArray[np.float32] | None,
    ) -> NDArray[np.int64]:
        """Return the best by each, and the sample: positions in ascending order."""
        near = self.index.nearest(vector, self.depth, allowed=allowed, penalties=penalties)
        lost = np.zeros(1, dtype=np.float32) if penalties is None else penalties
        words = self.words.scores(texts)[0] - self.words.penalty_scale(texts)[0] * lost
        found = [best_positions(one, self.depth, allowed) for one in (near, words)]
        return np.unique(np.concatenate([*found, self._sample]))

    def token_cosines(
        self, query_tokens: NDArray[np.float32], position: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return the cosines of a query's tokens and a listing's, `(n_query_tokens, n_tokens)`, and their characters.

        The listing is encoded for it, as the store has no characters, and its bytes are rounded.
        """
        vectors, spans = self._listing_tokens(position)
        return unit_rows(query_tokens) @ vectors.T, spans

    def _encode_listing(self, position: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        tokens = encode_passages(self.encoder, [self.listings[position]])[1]
        return unit_rows(tokens.vectors), tokens.spans


def candidate_depth(n_listings: int) -> int:
    """Return how many candidates each way finds in a corpus of this size."""
    depth: float = CANDIDATES * max(1.0, n_listings / MEASURED_LISTINGS) ** GROWTH
    return min(MAX_CANDIDATES, round(depth))


def best_positions(
    scores: NDArray[np.float32], count: int, allowed: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """Return the positions of the best `count` scores, in no order; none that is not allowed or has -inf."""
    matching = scores > -np.inf
    positions = np.flatnonzero(matching if allowed is None else matching & allowed)
    if len(positions) <= count:
        return positions
    return positions[np.argpartition(-scores[positions], count - 1)[:count]]


def is_stored(scoring: Scoring, n_listings: int) -> bool:
    """Tell whether a corpus's vectors are kept by listing and searched by candidates."""
    return scoring == LATE_INTERACTION and n_listings > EXHAUSTIVE_LISTINGS


def load_or_build_searcher(
    encoder: Encoder,
    listings: Sequence[Listing],
    cache: Path,
    *,
    scoring: Scoring,
    words: Words | None = None,
    show_progress: bool = False,
) -> DenseSearcher:
    """Join an encoder with its vectors, cached or made; a large corpus is searched by candidates.

    Args:
        encoder: The model.
        listings: The corpus.
        cache: The folder of vectors already made.
        scoring: How listings are scored.
        words: Gives BM25 over the listings, where somebody has it already.
        show_progress: Whether to say how far the encoding is.
    """
    if is_stored(scoring, len(listings)):
        found = load_or_build_stored(encoder, listings, cache, show_progress=show_progress)
        return CandidateSearcher(encoder, *found, words() if words else LexicalSearcher(listings), listings)
    indexes = load_or_build_indexes(encoder, listings, cache, scoring=scoring, show_progress=show_progress)
    return DenseSearcher(encoder, *indexes)
