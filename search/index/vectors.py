"""Vectors of a corpus, one or several a listing, and exact cosine scores."""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from search.arrays import offsets_of, runs, unit_rows
from search.encoding.encoder import Encoder
from search.encoding.passages import passage_text, read_passages
from search.index.compression import Codec
from search.index.products import MAX_QUERY_VECTORS, products_of
from search.index.threads import one_thread
from search.index.token_corpus import encode_corpus
from search.records import Listing, Span, corpus_hash
from search.scoring import FIRST, LATE_INTERACTION, MAX_PASSAGE, Scoring

# What an index holds vectors of: each listing's beginning, its passages, or their tokens.
IndexKind = Literal["first", "passages", "tokens"]
# Numbers of a block, which become float32 while it is scored: 2 MB of them.
BLOCK_VALUES = 1 << 19


@dataclass(frozen=True, slots=True)
class Index:
    """The vectors of one corpus under one model.

    `vectors` is `(n_vectors, dim)` float32 unit rows, float16 in a large corpus; `offsets` `(n_listings,)` int64 holds
    where the vectors of each listing begin (each has at least one, they lie together, in corpus order); `spans`
    `(n_vectors, 2)` int64 holds the characters of the listing's text that each was made of. Token vectors are `(n_vectors, width)` int8,
    with the codec that made them.
    """

    listing_ids: tuple[str, ...]
    vectors: NDArray[Any]
    offsets: NDArray[np.int64]
    spans: NDArray[np.int64]
    model_hash: str
    corpus_hash: str
    kind: IndexKind
    codec: Codec | None = None

    def scores(self, query_vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Score listings by the cosine of their nearest vector.

        Args:
            query_vectors: `(n_queries, dim)` float32, unit rows.

        Returns:
            `(n_queries, n_listings)` float32 in [-1, 1], but for rounding.
        """
        # All of it: products round otherwise by more threads, and how many others leave would show in the scores.
        with one_thread() if len(query_vectors) <= MAX_QUERY_VECTORS else nullcontext():
            if len(self.offsets) == len(self.vectors) and self.codec is None:
                cosines: NDArray[np.float32] = query_vectors @ self.vectors.astype(np.float32, copy=False).T
                return cosines
            products = products_of(self._project(query_vectors), self.vectors.dtype)
            scores = np.empty((len(query_vectors), len(self.offsets)), dtype=np.float32)
            for first, last in self._blocks():
                begin, end = self.offsets[first], self._ends[last - 1]
                scores[:, first:last] = products.highest(self.vectors[begin:end], self.offsets[first:last] - begin)
        # Bytes round: a token and itself can have a little more than 1.
        return np.clip(scores, -1, 1, out=scores)

    def rows_of(self, position: int) -> slice:
        """Return where one listing's vectors lie."""
        return slice(int(self.offsets[position]), int(self._ends[position]))

    @property
    def _ends(self) -> NDArray[np.int64]:
        return np.append(self.offsets[1:], len(self.vectors))

    def _blocks(self) -> Iterator[tuple[int, int]]:
        """Yield runs of listings, first to before last, of about BLOCK_VALUES numbers; one listing at least."""
        first, ends = 0, self._ends
        size = BLOCK_VALUES // self.vectors.shape[1]
        while first < len(ends):
            last = int(np.searchsorted(ends, self.offsets[first] + size, side="right"))
            last = max(first + 1, last)
            yield first, last
            first = last

    def listing_cosines(
        self, query_vectors: NDArray[np.float32], position: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return the cosines of queries and one listing's vectors, `(n_queries, n_vectors)`, and their spans."""
        rows = self.rows_of(position)
        with one_thread():
            cosines = self._project(query_vectors) @ self.vectors[rows].astype(np.float32).T
        return np.clip(cosines, -1, 1), self.spans[rows]

    def _project(self, query_vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        return query_vectors if self.codec is None else self.codec.project_queries(query_vectors)

    def nearest(
        self,
        query_vector: NDArray[np.float32],
        count: int,  # noqa: ARG002 (for those that do not read all)
        *,
        allowed: NDArray[np.bool_] | None = None,  # noqa: ARG002
        penalties: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Score all listings for one query, less penalties: `(n_listings,)` float32."""
        scores: NDArray[np.float32] = self.scores(query_vector[None])[0]
        return scores if penalties is None else scores - penalties

    def scores_at(self, query_vector: NDArray[np.float32], positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the cosine of some listings' nearest vectors, at least one: `(n_positions,)` float32; not for tokens."""
        begins, lengths = self.offsets[positions], self._ends[positions] - self.offsets[positions]
        cosines = self.vectors[runs(begins, lengths)] @ query_vector
        scores: NDArray[np.float32] = np.maximum.reduceat(cosines, offsets_of(lengths))
        return scores

    def listing_vectors(self, positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return mean vectors of some listings: `(n_positions, dim)` float32 unit rows; not for tokens."""
        begins, lengths = self.offsets[positions], self._ends[positions] - self.offsets[positions]
        vectors = self.vectors[runs(begins, lengths)].astype(np.float32, copy=False)
        return unit_rows(np.add.reduceat(vectors, offsets_of(lengths), axis=0))

    def best_passages(self, query_vector: NDArray[np.float32], positions: Sequence[int]) -> list[Span]:
        """Find the passage of each listing that is nearest to one query; not for tokens.

        Args:
            query_vector: `(dim,)` float32, unit length.
            positions: Of the listings in the corpus.
        """
        runs = [self.rows_of(position) for position in positions]
        best = [rows.start + int(np.argmax(self.vectors[rows] @ query_vector)) for rows in runs]
        return [(int(start), int(end)) for start, end in self.spans[best]]


class PassageIndex(Protocol):
    """Whatever holds the passages of one corpus under one model; `Index` and `ClusteredPassages`."""

    @property
    def listing_ids(self) -> tuple[str, ...]:
        """The corpus, in order."""
        ...

    @property
    def model_hash(self) -> str:
        """The model's fingerprint."""
        ...

    @property
    def corpus_hash(self) -> str:
        """The corpus's."""
        ...

    @property
    def kind(self) -> IndexKind:
        """What it holds vectors of."""
        ...

    def scores(self, query_vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Score all listings by the cosine of their nearest vector: `(n_queries, n_listings)` float32."""
        ...

    def nearest(
        self,
        query_vector: NDArray[np.float32],
        count: int,
        *,
        allowed: NDArray[np.bool_] | None = None,
        penalties: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Score the listings that may be among the nearest, less penalties; -inf for others: `(n_listings,)` float32."""
        ...

    def scores_at(self, query_vector: NDArray[np.float32], positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the cosine of some listings' nearest vectors: `(n_positions,)` float32."""
        ...

    def best_passages(self, query_vector: NDArray[np.float32], positions: Sequence[int]) -> list[Span]:
        """Find the passage of each listing that is nearest to one query."""
        ...

    def listing_vectors(self, positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return mean vectors of some listings: `(n_positions, dim)` float32 unit rows."""
        ...


def index_kinds(scoring: Scoring) -> tuple[IndexKind, ...]:
    """Return the kinds of index that a scoring needs."""
    kinds: dict[Scoring, tuple[IndexKind, ...]] = {
        FIRST: ("first",),
        MAX_PASSAGE: ("passages",),
        LATE_INTERACTION: ("passages", "tokens"),
    }
    return kinds[scoring]


def build_indexes(
    encoder: Encoder, listings: Sequence[Listing], *, scoring: Scoring = MAX_PASSAGE, show_progress: bool = False
) -> tuple[Index, ...]:
    """Encode a corpus to the indexes of `index_kinds`; passages and their tokens in one pass.

    Raises:
        ValueError: the corpus is empty, or an id stands twice.
    """
    listing_ids = check_ids(listings)
    hashes = (encoder.fingerprint, corpus_hash(listings))
    if scoring == LATE_INTERACTION:
        made = encode_corpus(encoder, listings, show_progress=show_progress)
        passages, tokens = ((one.vectors, one.offsets, one.spans) for one in (made.passages, made.tokens))
        return (
            Index(listing_ids, *passages, *hashes, "passages"),
            Index(listing_ids, *tokens, *hashes, "tokens", made.codec),
        )
    spans_of = read_passages(encoder, listings, scoring)
    lengths = np.array([len(spans) for spans in spans_of], dtype=np.int64)
    spans = np.array([span for spans in spans_of for span in spans], dtype=np.int64)
    texts = [passage_text(one, span) for one, spans in zip(listings, spans_of, strict=True) for span in spans]
    vectors = encoder.encode_document(texts, show_progress=show_progress)
    return (Index(listing_ids, vectors, offsets_of(lengths), spans, *hashes, index_kinds(scoring)[0]),)


def check_ids(listings: Sequence[Listing]) -> tuple[str, ...]:
    """Return the ids of a corpus.

    Raises:
        ValueError: the corpus is empty, or an id stands twice.
    """
    if not listings:
        raise ValueError("expected a corpus of at least one listing, got none; check the dataset's `listings`")
    listing_ids = tuple(listing.listing_id for listing in listings)
    if len(set(listing_ids)) != len(listing_ids):
        twice = next(name for name in listing_ids if listing_ids.count(name) > 1)
        raise ValueError(f"expected each listing_id once, got {twice!r} again; make the ids unique")
    return listing_ids
