"""Queries and corpus -> triplets by split, with negatives from the same split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.dataset import Triplet
from data.queries.given import GivenQuery
from data.splits import SPLITS, assign_splits
from data.triplets.hard_negatives import GUARDS, mine_hard_negatives
from data.triplets.least_similar import least_similar_negatives
from search.encoding.encoder import Encoder
from search.encoding.passages import FIRST
from search.index.storage import load_or_build_indexes
from search.lexical import LexicalSearcher
from search.records import Listing, Query

HARD, LEAST_SIMILAR = "hard", "least-similar"
# Queries whose scores against a split's listings are in memory at once.
CHUNK_QUERIES = 512


@dataclass(frozen=True, slots=True)
class Triplets:
    """Triplets by split, and what build.json says of their negatives."""

    by_split: dict[str, tuple[Triplet, ...]]
    counts: dict[str, Any]


def build_triplets(
    listings: Sequence[Listing],
    queries: Mapping[str, Sequence[GivenQuery]],
    encoder: Encoder,
    *,
    method: str,
    per_query: int,
    splits: Mapping[str, str],
    leader: Mapping[str, str],
    seed: int,
    cache: Path,
) -> Triplets:
    """Split the listings that have queries, and give each query its negatives from its split.

    Args:
        listings: The corpus.
        queries: listing_id -> its queries.
        encoder: What finds the negatives.
        method: `least-similar` (one for each listing, each used once) or `hard`.
        per_query: Negatives a query, for `hard`.
        splits: listing_id -> split, for listings whose split is known from before.
        leader: listing_id -> the listing whose draw decides its split.
        seed: Of the splits' draw and of the order.
        cache: Folder of indexes already made.

    Raises:
        ValueError: a split is empty or too small for negatives.
    """
    fixed = {
        name: {splits[name]} if name in splits else {query.split for query in given if query.split}
        for name, given in queries.items()
    }
    split_of = assign_splits(fixed, seed=seed, leader=leader)
    # The beginning is enough to find negatives, and takes a third of the time of long listings.
    (index,) = load_or_build_indexes(encoder, listings, cache, reading=FIRST, show_progress=True)
    rows = dict(zip(index.listing_ids, index.vectors[index.starts], strict=True))
    by_id = {listing.listing_id: listing for listing in listings}
    shuffled = sorted(split_of)
    np.random.default_rng(seed).shuffle(shuffled)
    by_split, refused = {}, dict.fromkeys((*GUARDS, "fallback"), 0)
    for split in SPLITS:
        members = [name for name in shuffled if split_of[name] == split]
        made = [
            Query(f"{name}-q{number}", query.text, name, query.style)
            for name in members
            for number, query in enumerate(queries[name], start=1)
        ]
        vectors = np.stack([rows[name] for name in members])
        if method == HARD:
            negatives, passed = _hard(made, [by_id[name] for name in members], vectors, encoder, per_query)
            refused = {name: count + passed[name] for name, count in refused.items()}
        else:
            chosen = dict(zip(members, least_similar_negatives(vectors), strict=True))
            negatives = [(chosen[query.listing_id],) for query in made]
        by_split[split] = tuple(
            Triplet(query, tuple(members[place] for place in places))
            for query, places in zip(made, negatives, strict=True)
        )
    return Triplets(by_split, {"refused": refused} if method == HARD else {})


def _hard(
    queries: Sequence[Query],
    listings: Sequence[Listing],
    vectors: NDArray[np.float32],
    encoder: Encoder,
    per_query: int,
) -> tuple[list[tuple[int, ...]], dict[str, int]]:
    """Mine chunk by chunk, so that no matrix of all queries and listings is held."""
    words = LexicalSearcher(listings)
    place = {listing.listing_id: number for number, listing in enumerate(listings)}
    negatives: list[tuple[int, ...]] = []
    refused = dict.fromkeys((*GUARDS, "fallback"), 0)
    for start in range(0, len(queries), CHUNK_QUERIES):
        chunk = queries[start : start + CHUNK_QUERIES]
        texts = [query.text for query in chunk]
        mined = mine_hard_negatives(
            encoder.encode_query(texts),
            vectors,
            words.scores(texts),
            [place[query.listing_id] for query in chunk],
            per_query=per_query,
        )
        negatives.extend(mined.negatives)
        refused = {name: count + mined.refused[name] for name, count in refused.items()}
    return negatives, refused
