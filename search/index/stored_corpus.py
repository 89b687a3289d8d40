"""One corpus's vectors out of a store: passages in memory, tokens on disk."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search.arrays import offsets_of
from search.encoding.encoder import Encoder
from search.index.listing_store import ListingStore, StoredPart
from search.index.residuals import ResidualCodec
from search.index.vectors import Index, check_ids, one_thread
from search.records import Listing, corpus_hash

# Listings whose tokens are floats at once: about 4 MB of them.
BLOCK_LISTINGS = 16


@dataclass(frozen=True, slots=True)
class StoredTokens:
    """The token vectors of a corpus, read as they are asked for.

    `part_of` and `row_of` `(n_listings,)` int32 tell where each listing's lie.
    """

    parts: tuple[StoredPart, ...]
    part_of: NDArray[np.int32]
    row_of: NDArray[np.int32]
    codec: ResidualCodec

    def mean_maxsim(self, query_vectors: NDArray[np.float32], positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the mean over a query's tokens of their MaxSim with some listings: `(n_positions,)` float32.

        Args:
            query_vectors: `(n_query_tokens, dim)` float32 unit rows, of one query.
            positions: `(n_positions,)`, of the listings in the corpus.
        """
        scores = np.empty(len(positions), dtype=np.float32)
        with one_thread():
            # Those of one part, which is one file, one after the other.
            order = np.argsort(self.part_of[positions], kind="stable")
            for start in range(0, len(order), BLOCK_LISTINGS):
                block = order[start : start + BLOCK_LISTINGS]
                codes = self._read(positions[block])
                offsets = offsets_of(np.array([len(one) for one in codes], dtype=np.int64))
                cosines = self.codec.cosines(query_vectors, np.concatenate(codes))
                scores[block] = np.clip(np.maximum.reduceat(cosines, offsets, axis=0), -1, 1).mean(axis=1)
        return scores

    def _read(self, positions: NDArray[np.int64]) -> list[NDArray[np.uint8]]:
        """Read codes of listings whose parts are in order."""
        found = []
        for part in np.unique(self.part_of[positions]).tolist():
            rows = self.row_of[positions[self.part_of[positions] == part]].tolist()
            found += self.parts[part].read_codes(rows, self.codec.code_bytes)
        return found


def load_or_build_stored(
    encoder: Encoder, listings: Sequence[Listing], cache: Path, *, show_progress: bool = False
) -> tuple[Index, StoredTokens]:
    """Take a corpus's passages and tokens from the model's store; what it lacks is encoded first.

    Raises:
        ValueError: the corpus is empty, or an id stands twice.
    """
    listing_ids = check_ids(listings)
    store = ListingStore(cache, encoder)
    store.add(listings, show_progress=show_progress)
    part_of, row_of = store.find(listings)
    if store.codec is None:
        raise RuntimeError("expected a codec after listings were added")
    vectors, lengths, spans = _gather_passages(store.parts, part_of, row_of)
    hashes = (encoder.fingerprint, corpus_hash(listings))
    passages = Index(listing_ids, vectors, offsets_of(lengths), spans, *hashes, "passages")
    return passages, StoredTokens(tuple(store.parts), part_of, row_of, store.codec)


def _gather_passages(
    parts: Sequence[StoredPart], part_of: NDArray[np.int32], row_of: NDArray[np.int32]
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """Return the passages of listings, in their order: vectors, how many each has, and their spans."""
    lengths = np.zeros(len(part_of), dtype=np.int64)
    for number, part in enumerate(parts):
        mine = part_of == number
        lengths[mine] = np.diff(part.passage_offsets)[row_of[mine]]
    offsets = offsets_of(lengths)
    vectors: NDArray[np.float32] | None = None
    spans = np.empty((int(lengths.sum()), 2), dtype=np.int64)
    for number, part in enumerate(parts):
        mine = np.flatnonzero(part_of == number)
        found = part.passages()
        if vectors is None:
            vectors = np.empty((len(spans), found.shape[1]), dtype=np.float32)
        own = runs(part.passage_offsets[row_of[mine]], lengths[mine])
        rows = runs(offsets[mine], lengths[mine])
        vectors[rows], spans[rows] = found[own], part.spans[own]
    if vectors is None:
        raise ValueError("expected at least one part, got none")
    return vectors, lengths, spans


def runs(begins: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers of several runs one after the other, each from where it begins."""
    inside = np.arange(lengths.sum()) - np.repeat(offsets_of(lengths), lengths)
    numbers: NDArray[np.int64] = np.repeat(begins, lengths) + inside
    return numbers
