"""One corpus's vectors out of a store: passages in memory, tokens on disk."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search.arrays import offsets_of
from search.encoding.encoder import Encoder
from search.index.clustered import load_or_build_clustered
from search.index.listing_parts import StoredPart, gather_passages
from search.index.listing_store import ListingStore
from search.index.residuals import ResidualCodec
from search.index.threads import one_thread
from search.index.vectors import Index, PassageIndex, check_ids
from search.records import Listing, corpus_hash

# Listings whose tokens are floats at once: about 4 MB of them.
BLOCK_LISTINGS = 16
# Passages of more lie on disk by cluster: in memory these would take 90 MB a model.
MAX_LISTINGS_IN_MEMORY = 20_000


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
                codes = self.read(positions[block])
                offsets = offsets_of(np.array([len(one) for one in codes], dtype=np.int64))
                cosines = self.codec.cosines(query_vectors, np.concatenate(codes))
                scores[block] = np.clip(np.maximum.reduceat(cosines, offsets, axis=0), -1, 1).mean(axis=1)
        return scores

    def read(self, positions: NDArray[np.int64]) -> list[NDArray[np.uint8]]:
        """Read the codes of listings whose parts are in order: `(n_tokens, code_bytes)` uint8 each."""
        found = []
        for part in np.unique(self.part_of[positions]).tolist():
            rows = self.row_of[positions[self.part_of[positions] == part]].tolist()
            found += self.parts[part].read_codes(rows, self.codec.code_bytes)
        return found


def load_or_build_stored(
    encoder: Encoder, listings: Sequence[Listing], cache: Path, *, show_progress: bool = False
) -> tuple[PassageIndex, StoredTokens]:
    """Take a corpus's passages and tokens from the model's store; what it lacks is encoded first.

    Raises:
        ValueError: the corpus is empty, or an id stands twice.
    """
    listing_ids = check_ids(listings)
    store = ListingStore(cache, encoder.fingerprint)
    store.add(encoder, listings, show_progress=show_progress)
    part_of, row_of = store.find(listings)
    if store.codec is None:
        raise RuntimeError("expected a codec after listings were added")
    tokens = StoredTokens(tuple(store.parts), part_of, row_of, store.codec)
    hashes = (encoder.fingerprint, corpus_hash(listings))
    if len(listings) > MAX_LISTINGS_IN_MEMORY:
        clustered = load_or_build_clustered(
            *(store.parts, part_of, row_of), folder=store.folder, listing_ids=listing_ids, hashes=hashes
        )
        return clustered, tokens
    # Half the memory, and still finer than the bytes that they come from.
    found = gather_passages(store.parts, part_of, row_of, dtype=np.float16)
    return Index(listing_ids, found.vectors, found.offsets, found.spans, *hashes, "passages"), tokens
