"""Queries and splits -> triplets, negatives from the same split."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.build_config import HARD
from data.dataset import Triplet
from data.queries.given import GivenQuery
from data.splits import SPLITS
from data.triplets.hard_negatives import Negatives, mine_hard_negatives
from data.triplets.least_similar import least_similar_negatives
from search.encoding.encoder import Encoder
from search.index.storage import load_or_build_indexes
from search.lexical import LexicalSearcher
from search.records import Listing, Query
from search.scoring import FIRST

# Queries whose scores against a split's listings are in memory at once.
CHUNK_QUERIES = 512


@dataclass(frozen=True, slots=True)
class EncodedListings:
    """Listings and vectors by listing_id, and what encodes queries."""

    listings: Mapping[str, Listing]
    vectors: Mapping[str, NDArray[np.float32]]  # (dim,), of unit length
    encoder: Encoder


def encode_listings(listings: Sequence[Listing], encoder: Encoder, cache: Path) -> EncodedListings:
    """Encode the beginnings of listings, or load their vectors."""
    # Enough to find negatives, in a third of the time of long listings.
    (index,) = load_or_build_indexes(encoder, listings, cache, scoring=FIRST, show_progress=True)
    ids = index.listing_ids
    return EncodedListings(dict(zip(ids, listings, strict=True)), dict(zip(ids, index.vectors, strict=True)), encoder)


def build_triplets(
    queries: Mapping[str, Sequence[GivenQuery]],
    split_of: Mapping[str, str],
    corpus: EncodedListings,
    *,
    method: str,
    per_query: int,
    seed: int,
) -> tuple[dict[str, tuple[Triplet, ...]], dict[str, int]]:
    """Give each query its negatives from its split.

    `split_of` leaves no split empty; `seed` orders the listings; `per_query` is for hard negatives.

    Returns:
        Triplets by split, and how many hard negatives each guard refused.

    Raises:
        ValueError: a split is too small for negatives.
    """
    shuffled = sorted(queries)
    np.random.default_rng(seed).shuffle(shuffled)
    triplets: dict[str, tuple[Triplet, ...]] = {}
    refused: Counter[str] = Counter()
    for split in SPLITS:
        ids = [listing_id for listing_id in shuffled if split_of[listing_id] == split]
        asked = [
            Query(f"{listing_id}-q{number}", query.text, listing_id, query.style)
            for listing_id in ids
            for number, query in enumerate(queries[listing_id], start=1)
        ]
        found = _hard(asked, ids, corpus, per_query) if method == HARD else _least_similar(asked, ids, corpus)
        refused.update(found.refused)
        triplets[split] = tuple(
            Triplet(query, tuple(ids[index] for index in indices))
            for query, indices in zip(asked, found.negatives, strict=True)
        )
    return triplets, dict(refused)


def _least_similar(queries: Sequence[Query], ids: Sequence[str], corpus: EncodedListings) -> Negatives:
    vectors = np.stack([corpus.vectors[listing_id] for listing_id in ids])
    chosen = dict(zip(ids, least_similar_negatives(vectors), strict=True))
    return Negatives(tuple((chosen[query.listing_id],) for query in queries), {})


def _hard(queries: Sequence[Query], ids: Sequence[str], corpus: EncodedListings, per_query: int) -> Negatives:
    """Mine by chunks, to hold no matrix of all queries."""
    words = LexicalSearcher([corpus.listings[listing_id] for listing_id in ids])
    vectors = np.stack([corpus.vectors[listing_id] for listing_id in ids])
    index_of = {listing_id: index for index, listing_id in enumerate(ids)}
    negatives: list[tuple[int, ...]] = []
    refused: Counter[str] = Counter()
    for start in range(0, len(queries), CHUNK_QUERIES):
        chunk = queries[start : start + CHUNK_QUERIES]
        texts = [query.text for query in chunk]
        owners = [index_of[query.listing_id] for query in chunk]
        query_vectors = corpus.encoder.encode_query(texts)
        mined = mine_hard_negatives(query_vectors, vectors, words.scores(texts), owners, per_query=per_query)
        negatives.extend(mined.negatives)
        refused.update(mined.refused)
    return Negatives(tuple(negatives), dict(refused))
