"""Meaning and words together: a dense searcher's cosines, and BM25 of words and phrases, squared."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from search.lexical import LexicalSearcher
from search.records import Span
from search.searcher import CorpusSearcher, ModelSearcher, QueryVectors

# Where no validation has chosen one; what it chose for real postings (train/LOG.md).
DEFAULT_WEIGHT = 0.3
# Weight of a pair of neighbouring words beside a word.
PAIR_SHARE = 0.3


def hybrid_fingerprint(model_hash: str) -> str:
    """Name the hybrid of a model and this fusion in a report."""
    return f"hybrid-pairs-squared-{model_hash}"


def lexical_share(words: LexicalSearcher, pairs: LexicalSearcher, queries: Sequence[str]) -> NDArray[np.float32]:
    """Score the corpus by BM25 of words and pairs, as a share of its bound.

    A pair of neighbouring words weighs less than a word as rare; a listing that has it says the query's phrase, not only its words.

    Returns:
        `(n_queries, n_listings)` float32 in [0, 1]; 0 for no common word.
    """
    scores = np.maximum(words.scores(queries), 0) + PAIR_SHARE * np.maximum(pairs.scores(queries), 0)
    bounds = words.bounds(queries) + PAIR_SHARE * pairs.bounds(queries)
    return (scores / np.where(bounds, bounds, 1)[:, None]).astype(np.float32)


def fuse(dense: NDArray[np.float32], lexical: NDArray[np.float32], *, weight: float) -> NDArray[np.float32]:
    """Add `weight` of the dense scores to the rest of the squared lexical ones.

    Squared, so that words count where a listing says much of what was asked for, and next to nothing where it has a few
    common ones, as all do for a query in words of its own: then the dense scores decide. A listing's score does not
    depend on those of the others.

    Source: Bruch, Gai and Ingber 2023, "An analysis of fusion functions for hybrid retrieval": a convex combination,
    with a bound known beforehand; the square is ours (train/LOG.md).

    Args:
        dense: `(n_queries, n_listings)` cosines.
        lexical: `(n_queries, n_listings)` from `lexical_share`, in [0, 1].
        weight: Of the dense scores, from 0 to 1.
    """
    fused: NDArray[np.float32] = weight * dense + (1 - weight) * lexical**2
    return fused.astype(np.float32)


# Queries as texts for BM25, and as vectors.
Both = tuple[Sequence[str], QueryVectors]


class HybridSearcher(CorpusSearcher[Both]):
    """A dense searcher and BM25 over one corpus, behind the same interface as each of them."""

    def __init__(
        self, dense: ModelSearcher, words: LexicalSearcher, pairs: LexicalSearcher, *, weight: float = DEFAULT_WEIGHT
    ) -> None:
        """Join them.

        Raises:
            ValueError: they rank different corpora, or the weight is out of range.
        """
        for lexical in (words, pairs):
            if dense.listing_ids != lexical.listing_ids:
                raise ValueError(
                    f"expected all searchers to rank the same listings, got {len(dense.listing_ids)} "
                    f"and {len(lexical.listing_ids)} of them; build them from one dataset"
                )
        if not 0 <= weight <= 1:
            raise ValueError(f"expected a weight from 0 (words only) to 1 (meaning only), got {weight}")
        super().__init__(dense.listing_ids)
        self.dense, self.words, self.pairs, self.weight = dense, words, pairs, weight

    @property
    def is_exhaustive(self) -> bool:
        """Whether the dense searcher scores all."""
        return self.dense.is_exhaustive

    @property
    def sample(self) -> slice | NDArray[np.int64]:
        """The dense searcher's."""
        return self.dense.sample

    def encode(self, queries: Sequence[str]) -> Both:
        """Encode queries as the dense searcher does."""
        return queries, self.dense.encode(queries)

    def score(self, encoded: Both) -> NDArray[np.float32]:
        """Score the whole corpus for encoded queries: `(n_queries, n_listings)` float32 in [-1, 1]."""
        texts, vectors = encoded
        return fuse(self.dense.score(vectors), lexical_share(self.words, self.pairs, texts), weight=self.weight)

    def score_query(
        self,
        encoded: Both,
        *,
        allowed: NDArray[np.bool_] | None = None,
        penalties: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Score the corpus for one query, before penalties: `(n_listings,)` float32; the dense searcher's candidates."""
        texts, vectors = encoded
        dense = self.dense.score_query(vectors, allowed=allowed, penalties=penalties)
        lexical = lexical_share(self.words, self.pairs, texts)
        return np.where(dense > -np.inf, fuse(dense[None], lexical, weight=self.weight)[0], dense)

    def passages(self, encoded: Both, positions: Sequence[int]) -> list[Span]:
        """Return the dense searcher's passages."""
        return self.dense.passages(encoded[1], positions)
