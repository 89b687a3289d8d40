"""Searchers: the protocol, what they share, and the dense one."""

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from search.encoding.encoder import Encoder
from search.encoding.passages import passage_text, read_passages
from search.encoding.token_vectors import TextVectors
from search.index.vectors import Index, PassageIndex
from search.ranking import build_hits, id_order, rank_all, top_k
from search.records import Listing, Ranking, Span
from search.scoring import FIRST, LATE_INTERACTION, MAX_PASSAGE, Scoring, combine_scores

# Single queries whose vectors stay at hand: a comparison asks for a query's several times.
CACHED_QUERIES = 64
# Scores of query tokens in memory at once: 64 MB.
MAX_SCORES = 1 << 24
Encoded = TypeVar("Encoded")


class Searcher(Protocol):
    """Whatever ranks one corpus for a query: dense, lexical, and what comes."""

    @property
    def listing_ids(self) -> tuple[str, ...]:
        """The corpus, in the order of the columns of `scores`."""
        ...

    def scores(self, queries: Sequence[str]) -> NDArray[np.float32]:
        """Score the whole corpus for each query: `(n_queries, n_listings)` float32."""
        ...

    def search(self, query: str, *, k: int, allowed: NDArray[np.bool_] | None = None) -> Ranking:
        """Rank the k best of the allowed listings for one query."""
        ...


class CorpusSearcher(Generic[Encoded]):
    """What searchers share: encode the query, score the corpus, take the k best."""

    def __init__(self, listing_ids: tuple[str, ...]) -> None:
        self.listing_ids = listing_ids
        self._order = id_order(listing_ids)

    @property
    def is_exhaustive(self) -> bool:
        """Whether each listing is scored for each query; else only candidates are, and the others have -inf."""
        return True

    @property
    def sample(self) -> slice | NDArray[np.int64]:
        """The positions of those whose scores make the mean: all, or a sample that is always scored."""
        return slice(None)

    def encode(self, queries: Sequence[str]) -> Encoded:
        """Turn queries into what `score` takes."""
        raise NotImplementedError

    def score(self, encoded: Encoded) -> NDArray[np.float32]:
        """Score the whole corpus for encoded queries: `(n_queries, n_listings)` float32."""
        raise NotImplementedError

    def passages(self, encoded: Encoded, positions: Sequence[int]) -> list[Span] | None:  # noqa: ARG002 (for others)
        """Return the passage of each listing that earned its score; None for all of it."""
        return None

    def score_query(
        self,
        encoded: Encoded,
        *,
        allowed: NDArray[np.bool_] | None = None,  # noqa: ARG002 (for those that are not exhaustive)
        penalties: NDArray[np.float32] | None = None,  # noqa: ARG002
    ) -> NDArray[np.float32]:
        """Score the corpus for one encoded query, before penalties: `(n_listings,)` float32.

        Args:
            encoded: One query.
            allowed: `(n_listings,)` mask of what may be a candidate; None for all.
            penalties: `(n_listings,)`, what each listing will lose of a score in [-1, 1]; None for nothing.
        """
        row: NDArray[np.float32] = self.score(encoded)[0]
        return row

    def scores(self, queries: Sequence[str], *, penalties: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """Score the corpus for each query: `(n_queries, n_listings)` float32.

        Args:
            queries: What is searched for.
            penalties: `(n_queries, n_listings)`, what each listing loses of a score in [-1, 1]; None for nothing.
        """
        if self.is_exhaustive:
            scores = self.score(self.encode(queries))
        else:
            rows = [None] * len(queries) if penalties is None else list(penalties)
            pairs = zip(queries, rows, strict=True)
            scores = np.stack([self.score_query(self.encode([query]), penalties=row) for query, row in pairs])
        return scores if penalties is None else scores - self.penalty_scale(queries)[:, None] * penalties

    def penalty_scale(self, queries: Sequence[str]) -> NDArray[np.float32]:  # noqa: ARG002 (for others)
        """Return what a penalty of 1 takes from each query's scores: `(n_queries,)` or `(1,)` for all."""
        return np.ones(1, dtype=np.float32)

    def search(
        self,
        query: str,
        *,
        k: int,
        allowed: NDArray[np.bool_] | None = None,
        penalties: NDArray[np.float32] | None = None,
    ) -> Ranking:
        """Rank the k best of the allowed listings for one query.

        Args:
            query: What is searched for.
            k: How many.
            allowed: `(n_listings,)` mask; None allows all.
            penalties: `(n_listings,)`, what each listing loses of a score in [-1, 1]; None for nothing.

        Raises:
            ValueError: k is out of range.
        """
        started = time.perf_counter()
        encoded = self.encode([query])
        encoded_at = time.perf_counter()
        scores = self.score_query(encoded, allowed=allowed, penalties=penalties)
        mean_score = float(scores[self.sample].mean())
        if penalties is not None:
            scores = scores - self.penalty_scale([query])[0] * penalties
        positions = top_k(scores, self._order, k=k, allowed=allowed)
        hits = build_hits(positions, scores, self.listing_ids, self.passages(encoded, positions.tolist()))
        searched_at = time.perf_counter()
        all_ranks = rank_all(scores, self._order, allowed=allowed)
        return Ranking(hits, encoded_at - started, searched_at - encoded_at, mean_score, all_ranks)


@dataclass(frozen=True, slots=True)
class QueryVectors:
    """Encoded queries: `sentence` `(n_queries, dim)` float32 unit rows, and for late interaction their tokens.

    `texts` are the queries themselves, where candidates are found by their words too.
    """

    sentence: NDArray[np.float32]
    tokens: TextVectors | None = None
    texts: tuple[str, ...] = ()


class ModelSearcher(CorpusSearcher[QueryVectors]):
    """A model and the vectors that it made, wherever they lie; scores are in [-1, 1], see search/scoring.py."""

    def __init__(self, encoder: Encoder, listing_ids: tuple[str, ...]) -> None:
        super().__init__(listing_ids)
        self.encoder = encoder
        self._cached: OrderedDict[str, QueryVectors] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def scoring(self) -> Scoring:
        """How listings are scored."""
        raise NotImplementedError

    @property
    def vectors_key(self) -> tuple[str, str, str, int]:
        """What changes with the vectors: model, corpus, kind, how many."""
        raise NotImplementedError

    def encode(self, queries: Sequence[str]) -> QueryVectors:
        """Encode queries; the last single ones are not encoded again."""
        if len(queries) != 1:
            return self._encode(queries)
        with self._lock:
            vectors = self._cached.get(queries[0])
        vectors = vectors or self._encode(queries)
        with self._lock:
            self._cached[queries[0]] = vectors
            self._cached.move_to_end(queries[0])
            while len(self._cached) > CACHED_QUERIES:
                self._cached.popitem(last=False)
        return vectors

    def _encode(self, queries: Sequence[str]) -> QueryVectors:
        if self.scoring != LATE_INTERACTION:
            return QueryVectors(self.encoder.encode_query(queries))
        return QueryVectors(*self.encoder.encode_query_tokens(queries))

    def passages(self, encoded: QueryVectors, positions: Sequence[int]) -> list[Span]:
        """Return the passage of each listing that is nearest to the first query."""
        raise NotImplementedError

    def listing_vectors(self, positions: Sequence[int]) -> NDArray[np.float32]:
        """Return the mean passage of some listings: `(n, dim)` float32 unit rows."""
        raise NotImplementedError

    def token_cosines(
        self, query_tokens: NDArray[np.float32], position: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return the cosines of a query's tokens and a listing's, `(n_query_tokens, n_tokens)`.

        The characters of the listing's tokens come with them; only where listings are scored by late interaction.
        """
        raise NotImplementedError


class DenseSearcher(ModelSearcher):
    """An encoder and the indexes it made, in this process."""

    def __init__(self, encoder: Encoder, index: PassageIndex, tokens: Index | None = None) -> None:
        """Join them.

        Raises:
            ValueError: an index is of another model, corpus or kind.
        """
        for one in (index, tokens):
            if one is not None and one.model_hash != encoder.fingerprint:
                raise ValueError(
                    f"expected an index made by model {encoder.fingerprint}, got one by {one.model_hash}; "
                    "build the index anew"
                )
        if tokens is not None and (tokens.corpus_hash, tokens.kind) != (index.corpus_hash, "tokens"):
            raise ValueError(
                f"expected the tokens of corpus {index.corpus_hash}, got the {tokens.kind} of {tokens.corpus_hash}; "
                "build them anew"
            )
        super().__init__(encoder, index.listing_ids)
        self.index, self.tokens = index, tokens

    @property
    def scoring(self) -> Scoring:
        """How listings are scored."""
        if self.tokens:
            return LATE_INTERACTION
        return FIRST if self.index.kind == "first" else MAX_PASSAGE

    @property
    def vectors_key(self) -> tuple[str, str, str, int]:
        """What changes with the vectors: model, corpus, kind, how many."""
        return self.index.model_hash, self.index.corpus_hash, self.index.kind, len(self.listing_ids)

    def score(self, encoded: QueryVectors) -> NDArray[np.float32]:
        """Score the whole corpus for encoded queries: `(n_queries, n_listings)` float32 in [-1, 1]."""
        passage_scores = self.index.scores(encoded.sentence)
        if self.tokens is None or encoded.tokens is None:
            return passage_scores
        return combine_scores(passage_scores, mean_maxsim(self.tokens, encoded.tokens))

    def passages(self, encoded: QueryVectors, positions: Sequence[int]) -> list[Span]:
        """Return the passage of each listing that is nearest to the first query."""
        return self.index.best_passages(encoded.sentence[0], positions)

    def listing_vectors(self, positions: Sequence[int]) -> NDArray[np.float32]:
        """Return the mean passage of some listings: `(n, dim)` float32 unit rows."""
        return self.index.listing_vectors(np.array(positions, dtype=np.int64))

    def token_cosines(
        self, query_tokens: NDArray[np.float32], position: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return the cosines of a query's tokens and a listing's, and the characters of these."""
        if self.tokens is None:
            raise TypeError("expected a searcher with an index of tokens")
        return self.tokens.listing_cosines(query_tokens, position)


class RescoringSearcher(DenseSearcher):
    """Another scoring of a model that a searcher has already: queries are encoded once for both."""

    def __init__(self, encoded_by: DenseSearcher, index: PassageIndex) -> None:
        """Score by an index alone what another searcher encodes."""
        super().__init__(encoded_by.encoder, index)
        self.encoded_by = encoded_by

    def encode(self, queries: Sequence[str]) -> QueryVectors:
        """Encode queries as the other searcher does."""
        return self.encoded_by.encode(queries)


def build_first_index(served: DenseSearcher, listings: Sequence[Listing]) -> Index:
    """Build the index of a model's `first` scoring; what its passages hold already is not encoded again.

    Most listings are one passage, which is what `first` reads too.
    """
    passages, texts = served.index, [one.text for one in listings]
    if not isinstance(passages, Index):
        raise TypeError("expected a corpus whose passages lie in memory")
    spans = [spans[0] for spans in read_passages(served.encoder, listings, FIRST)]
    ends = [*passages.offsets[1:].tolist(), len(passages.vectors)]
    rows = list(zip(passages.offsets.tolist(), ends, spans, texts, strict=True))
    # Beyond a passage's last token there may be white space.
    is_held = [
        end - row == 1 and not text[slice(*sorted((span[1], int(passages.spans[row, 1]))))].strip()
        for row, end, span, text in rows
    ]
    vectors = passages.vectors[passages.offsets].copy()
    missing = [position for position, held in enumerate(is_held) if not held]
    if missing:
        texts = [passage_text(listings[position], spans[position]) for position in missing]
        vectors[missing] = served.encoder.encode_document(texts)
    hashes, offsets = (passages.model_hash, passages.corpus_hash), np.arange(len(listings))
    return Index(passages.listing_ids, vectors, offsets, np.array(spans, dtype=np.int64), *hashes, "first")


def mean_maxsim(index: Index, tokens: TextVectors) -> NDArray[np.float32]:
    """Return the mean over each query's tokens of their MaxSim with each listing: `(n_queries, n_listings)`."""
    # Some queries at a time, as each has many tokens.
    rows = max(1, MAX_SCORES // len(index.offsets) // int(tokens.lengths.max()))
    scores = np.empty((len(tokens.lengths), len(index.offsets)), dtype=np.float32)
    for start in range(0, len(scores), rows):
        lengths, offsets = tokens.lengths[start : start + rows], tokens.offsets[start : start + rows]
        vectors = tokens.vectors[offsets[0] : offsets[-1] + lengths[-1]]
        sums = np.add.reduceat(index.scores(vectors), offsets - offsets[0], axis=0)
        scores[start : start + rows] = sums / lengths[:, None]
    return scores
