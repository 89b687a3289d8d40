"""Queries and splits -> triplets, negatives from the same split."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.build_config import HARD
from data.dataset import Triplet
from data.queries.given import SelectedQuery
from data.queries.splitting import BY_QUERY, SplitQueries
from data.splits import SPLITS, TRAIN
from data.triplets.hard_negatives import FALLBACK, GUARDS, SAME_JOB, mine_hard_negatives
from data.triplets.least_similar import least_similar_negatives
from search.encoding.encoder import Encoder
from search.index.storage import load_or_build_indexes
from search.lexical import LexicalSearcher
from search.records import Listing, Query
from search.scoring import FIRST

# query_id -> ids of negatives.
Mined = dict[str, tuple[str, ...]]
# Queries whose scores against a split's listings are in memory at once.
CHUNK_QUERIES = 512
# The count of queries whose negatives are not of their split.
OTHER_SPLIT = "other_split"


@dataclass(frozen=True, slots=True)
class EncodedListings:
    """Listings and vectors by listing_id, and what encodes queries."""

    listings: Mapping[str, Listing]
    vectors: Mapping[str, NDArray[np.float32]]  # (dim,), of unit length
    encoder: Encoder


@dataclass(frozen=True, slots=True)
class Asked:
    """A query with its id, and the ids of listings that were graded as wrong for it."""

    query: Query
    wrong: tuple[str, ...]

    @property
    def barred(self) -> set[str]:
        """What is not mined as a negative: all that has a grade."""
        return {*self.query.grades, *self.wrong}


def encode_listings(listings: Sequence[Listing], encoder: Encoder, cache: Path) -> EncodedListings:
    """Encode the beginnings of listings, or load their vectors."""
    # Enough to find negatives, in a third of the time of long listings.
    (index,) = load_or_build_indexes(encoder, listings, cache, scoring=FIRST, show_progress=True)
    ids = index.listing_ids
    return EncodedListings(dict(zip(ids, listings, strict=True)), dict(zip(ids, index.vectors, strict=True)), encoder)


def build_triplets(
    found: SplitQueries, corpus: EncodedListings, *, method: str, per_query: int, seed: int
) -> tuple[dict[str, tuple[Triplet, ...]], dict[str, int]]:
    """Give each query its negatives: the listings graded as wrong, then mined ones of its split.

    Where all of a split answers the query, they come from listings that are not held out, and then from any. `seed`
    orders the listings; `per_query` is for hard negatives.

    Returns:
        Triplets by split, and how many hard negatives each guard refused; OTHER_SPLIT counts queries.

    Raises:
        ValueError: all listings answer a query.
    """
    shuffled = sorted({answer for query in found.queries for answer in query.answers})
    np.random.default_rng(seed).shuffle(shuffled)
    asked = _ask(found, shuffled)
    own = {split: {answer for one in asked[split] for answer in one.query.answers} for split in SPLITS}
    held_out = set().union(*(own[split] for split in SPLITS if split != TRAIN))
    triplets: dict[str, tuple[Triplet, ...]] = {}
    refused: Counter[str] = Counter(dict.fromkeys((*GUARDS, FALLBACK), 0) if method == HARD else {})
    for split in SPLITS:
        # Training sees no listing of another split, unless the splits share them.
        hidden = held_out if split == TRAIN and found.by != BY_QUERY else set()
        rows = [replace(one, wrong=tuple(name for name in one.wrong if name not in hidden)) for one in asked[split]]
        pool = [listing_id for listing_id in shuffled if listing_id in own[split]]
        others = sorted((name for name in corpus.listings if name not in own[split]), key=lambda name: name in held_out)
        wider = [*pool, *(name for name in others if name not in held_out)]
        mined, counts = _mine(rows, (pool, wider, [*pool, *others]), corpus, method, per_query)
        triplets[split] = tuple(Triplet(one.query, (*one.wrong, *mined[one.query.query_id])) for one in rows)
        refused.update(counts)
    return triplets, dict(refused)


def _ask(found: SplitQueries, shuffled: Sequence[str]) -> dict[str, list[Asked]]:
    """Return the queries of each split, in the order of their best answers, numbered by these."""
    owned: dict[str, list[tuple[SelectedQuery, str]]] = {}
    for query, split in zip(found.queries, found.splits, strict=True):
        owned.setdefault(query.answers[0], []).append((query, split))
    asked: dict[str, list[Asked]] = {split: [] for split in SPLITS}
    for listing_id in shuffled:
        for number, (query, split) in enumerate(owned.get(listing_id, ()), start=1):
            best, *others = query.graded
            further = tuple(one for one in others if one.grade)
            made = Query(f"{listing_id}-q{number}", query.text, listing_id, query.style, best.grade, further)
            asked[split].append(Asked(made, query.wrong))
    return asked


def _mine(
    asked: Sequence[Asked], pools: Sequence[Sequence[str]], corpus: EncodedListings, method: str, per_query: int
) -> tuple[Mined, Counter[str]]:
    """Mine what the graded negatives leave open, from the first pool that has any."""
    mined: Mined = {one.query.query_id: () for one in asked}
    refused: Counter[str] = Counter()
    left = [one for one in asked if len(one.wrong) < per_query]
    for number, pool in enumerate(pools):
        if number and (left := [one for one in left if not mined[one.query.query_id] and not one.wrong]):
            refused[OTHER_SPLIT] += len(left) if number == 1 else 0
        if method == HARD:
            found = _hard(left, pool, corpus, per_query)
            mined |= found[0]
            refused.update(found[1])
        else:
            mined |= _least_similar(left, pool, corpus, each_once=not number)
    if left := [one for one in left if not mined[one.query.query_id] and not one.wrong]:
        raise ValueError(
            f"expected a listing that does not answer {left[0].query.text!r}, all {len(corpus.listings)} do; add listings"
        )
    return mined, refused


def _least_similar(asked: Sequence[Asked], pool: Sequence[str], corpus: EncodedListings, *, each_once: bool) -> Mined:
    """Give each answer of a query the least similar listing; with `each_once` where no grade is against it."""
    if not asked:
        return {}
    vectors = np.stack([corpus.vectors[listing_id] for listing_id in pool])
    index_of = {listing_id: index for index, listing_id in enumerate(pool)}
    usual = least_similar_negatives(vectors) if each_once and len(pool) > 1 else []
    mined: Mined = {}
    for one in asked:
        rows = [index_of[answer] for answer in one.query.answers]
        barred = {index_of[name] for name in one.barred if name in index_of}
        chosen = [usual[row] for row in rows] if usual else []
        if len(rows) > 1 or not chosen or chosen[0] in barred:
            chosen = _least_similar_free(vectors, rows, barred, chosen)
        mined[one.query.query_id] = tuple(pool[index] for index in dict.fromkeys(chosen))
    return mined


def _least_similar_free(
    vectors: NDArray[np.float32], rows: Sequence[int], barred: Collection[int], chosen: Sequence[int]
) -> list[int]:
    """Return each positive's least similar listing that is free, the chosen one where that is."""
    similarity = vectors @ vectors[list(rows)].T
    free = np.ones(len(vectors), dtype=bool)
    free[list(barred)] = False
    # Of those left, none that may be the same job as an answer.
    others = free & (similarity.max(axis=1) < SAME_JOB)
    free = others if others.any() else free
    if not free.any():
        return []
    least = np.where(free[:, None], similarity, np.inf).argmin(axis=0).tolist()
    return [one if free[one] else other for one, other in zip(chosen or least, least, strict=True)]


def _hard(
    asked: Sequence[Asked], pool: Sequence[str], corpus: EncodedListings, per_query: int
) -> tuple[Mined, dict[str, int]]:
    """Mine by chunks, to hold no matrix of all queries."""
    if not asked or len(pool) < 2:
        return {}, {}
    words = LexicalSearcher([corpus.listings[listing_id] for listing_id in pool])
    vectors = np.stack([corpus.vectors[listing_id] for listing_id in pool])
    index_of = {listing_id: index for index, listing_id in enumerate(pool)}
    mined: Mined = {}
    refused: Counter[str] = Counter()
    for start in range(0, len(asked), CHUNK_QUERIES):
        chunk = asked[start : start + CHUNK_QUERIES]
        texts = [one.query.text for one in chunk]
        found = mine_hard_negatives(
            corpus.encoder.encode_query(texts),
            vectors,
            words.scores(texts),
            [[index_of[answer] for answer in one.query.answers] for one in chunk],
            per_query=per_query,
            barred=[[index_of[name] for name in one.barred if name in index_of] for one in chunk],
        )
        for one, indices in zip(chunk, found.negatives, strict=True):
            mined[one.query.query_id] = tuple(pool[index] for index in indices[: per_query - len(one.wrong)])
        refused.update(found.refused)
    return mined, dict(refused)
