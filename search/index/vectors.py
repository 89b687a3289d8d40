"""Vectors of a corpus: one or several a listing, and exact cosine scores."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from search.arrays import starts_of, unit_rows
from search.encoding.encoder import Encoder
from search.encoding.passages import TOKENS, WINDOW_TOKENS, WINDOWS, Reading, passage_text, read_passages
from search.index.compression import ONE
from search.index.token_corpus import encode_corpus
from search.records import Listing, Span, corpus_hash

# Cosines in memory at once: 64 MB.
MOST_SIMILARITIES = 1 << 24
# Vectors of a block, whose bytes become floats while it is scored: 8 MB of them.
BLOCK_VECTORS = 1 << 14
# A query and its tokens; more are a batch.
FEW_VECTORS = 512
THREADS = ThreadpoolController()
LIMITED = threading.Lock()


@dataclass(frozen=True, slots=True)
class Index:
    """The vectors of one corpus under one model.

    `vectors` is `(n_vectors, dim)` float32, unit rows; `starts` `(n_listings,)` int64 holds where
    the vectors of each listing begin (each has at least one, they lie together, in corpus order);
    `spans` `(n_vectors, 2)` int64 holds the characters of the listing's text that each was made of.
    Those of tokens are `(n_vectors, width)` int8 in 1/127, and `projection` `(dim, width)` float32 leads to them; other
    indexes have None there.
    """

    listing_ids: tuple[str, ...]
    vectors: NDArray[np.float32] | NDArray[np.int8]
    starts: NDArray[np.int64]
    spans: NDArray[np.int64]
    model_hash: str
    corpus_hash: str
    reading: Reading
    projection: NDArray[np.float32] | None = None

    def scores(self, query_vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Cosine of each query to each listing, the maximum over the listing's vectors.

        Args:
            query_vectors: `(n_queries, dim)` float32, unit rows.

        Returns:
            `(n_queries, n_listings)` float32 in [-1, 1].
        """
        if len(self.starts) == len(self.vectors) and self.projection is None:
            return query_vectors @ self.vectors.T
        query_vectors = self._project(query_vectors)
        scores = np.empty((len(query_vectors), len(self.starts)), dtype=np.float32)
        # One query on one thread: numpy's own would stand in the way of torch's, which wait busily after encoding. The limit
        # holds for the whole process, so that two at once could leave it behind.
        threads = 1 if len(query_vectors) <= FEW_VECTORS else None
        with LIMITED, THREADS.limit(limits=threads, user_api="blas"):
            for first, last in self._blocks():
                begin, end = self.starts[first], self._ends[last - 1]
                vectors = self.vectors[begin:end].astype(np.float32, copy=False)
                rows = max(1, MOST_SIMILARITIES // len(vectors))
                for start in range(0, len(query_vectors), rows):
                    similarities = query_vectors[start : start + rows] @ vectors.T
                    scores[start : start + rows, first:last] = np.maximum.reduceat(
                        similarities, self.starts[first:last] - begin, axis=1
                    )
        # Bytes round: a token and itself can have a little more than 1.
        return np.clip(scores, -1, 1, out=scores)

    def rows_of(self, position: int) -> slice:
        """Where one listing's vectors lie."""
        last = position + 1 == len(self.starts)
        return slice(int(self.starts[position]), len(self.vectors) if last else int(self.starts[position + 1]))

    @property
    def _ends(self) -> NDArray[np.int64]:
        return np.append(self.starts[1:], len(self.vectors))

    def _blocks(self) -> Iterator[tuple[int, int]]:
        """Yield runs of listings, from the first to before the last, of about BLOCK_VECTORS vectors; one listing at least."""
        first, count = 0, len(self.starts)
        while first < count:
            last = int(np.searchsorted(self._ends, self.starts[first] + BLOCK_VECTORS, side="right"))
            last = max(first + 1, last)
            yield first, last
            first = last

    def listing_cosines(
        self, query_vectors: NDArray[np.float32], position: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Cosine of each query to each vector of one listing, `(n_queries, n_vectors of it)`, and their spans."""
        rows = self.rows_of(position)
        cosines = self._project(query_vectors) @ self.vectors[rows].astype(np.float32).T
        return np.clip(cosines, -1, 1), self.spans[rows]

    def _project(self, query_vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Bring queries to where the vectors are, and to their unit."""
        if self.projection is None:
            return query_vectors
        return unit_rows(query_vectors @ self.projection) / np.float32(ONE)

    def best_passages(self, query_vector: NDArray[np.float32], positions: Sequence[int]) -> list[Span]:
        """Find the passage of each listing that is nearest to one query; not for tokens.

        Args:
            query_vector: `(dim,)` float32, unit length.
            positions: Of the listings in the corpus.
        """
        runs = [self.rows_of(position) for position in positions]
        best = [rows.start + int(np.argmax(self.vectors[rows] @ query_vector)) for rows in runs]
        return [(int(start), int(end)) for start, end in self.spans[best]]


def index_readings(reading: Reading) -> tuple[Reading, ...]:
    """Return what the indexes hold that a reading needs: tokens go with windows."""
    return (WINDOWS, TOKENS) if reading == TOKENS else (reading,)


def build_indexes(
    encoder: Encoder,
    listings: Sequence[Listing],
    *,
    reading: Reading = WINDOWS,
    known: Index | None = None,
    show_progress: bool = False,
) -> tuple[Index, ...]:
    """Encode a corpus to the indexes of `index_readings`; windows and their tokens in one go.

    Args:
        encoder: What makes the vectors.
        listings: The corpus.
        reading: How listings are read.
        known: An index of the same model and corpus, whose vectors are taken where its passages are the same; not of tokens.
        show_progress: Whether to draw a bar.

    Raises:
        ValueError: the corpus is empty, or an id stands twice.
    """
    if reading != TOKENS:
        return (build_index(encoder, listings, reading=reading, known=known, show_progress=show_progress),)
    listing_ids = check_ids(listings)
    made = encode_corpus(encoder, listings, show_progress=show_progress)
    hashes = (encoder.fingerprint, corpus_hash(listings))
    windows, tokens = ((one.vectors, starts_of(one.counts), one.spans, *hashes) for one in (made.windows, made.tokens))
    return Index(listing_ids, *windows, WINDOWS), Index(listing_ids, *tokens, TOKENS, made.projection)


def build_index(
    encoder: Encoder,
    listings: Sequence[Listing],
    *,
    reading: Reading = WINDOWS,
    known: Index | None = None,
    show_progress: bool = False,
) -> Index:
    """Encode each listing's passages: `first` or `windows`; arguments and errors as in `build_indexes`, and tokens are refused."""
    if reading == TOKENS:
        raise ValueError("expected first or windows to encode alone, got tokens, which go with windows: build_indexes")
    listing_ids = check_ids(listings)
    spans_of = read_passages(encoder, listings, reading, window=WINDOW_TOKENS)
    counts = np.array([len(spans) for spans in spans_of], dtype=np.int64)
    spans = np.array([span for spans in spans_of for span in spans], dtype=np.int64)
    owners = np.repeat(np.arange(len(listings)), counts)
    vectors = _vectors_of(encoder, listings, owners, spans, known, show_progress=show_progress)
    return Index(listing_ids, vectors, starts_of(counts), spans, encoder.fingerprint, corpus_hash(listings), reading)


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


def _vectors_of(
    encoder: Encoder,
    listings: Sequence[Listing],
    owners: NDArray[np.int64],
    spans: NDArray[np.int64],
    known: Index | None,
    *,
    show_progress: bool,
) -> NDArray[np.float32]:
    """Encode the passages `(n_vectors, 2)` of their owners, but for those that `known` has: `(n_vectors, dim)`."""
    passages = [(int(owner), int(start), int(end)) for owner, (start, end) in zip(owners, spans, strict=True)]
    had: dict[tuple[int, int, int], NDArray[np.float32]] = {}
    if known is not None:
        places = np.searchsorted(known.starts, np.arange(len(known.vectors)), side="right") - 1
        keys = zip(places.tolist(), *known.spans.T.tolist(), strict=True)
        had = dict(zip(keys, known.vectors, strict=True))
    missing = [passage for passage in passages if passage not in had]
    if missing:
        texts = [passage_text(listings[owner], (start, end)) for owner, start, end in missing]
        made = encoder.encode_document(texts, show_progress=show_progress)
        had.update(zip(missing, made, strict=True))
    return np.stack([had[passage] for passage in passages])
