"""Which split a query belongs to: with all that share its listings, or alone where nearly all do."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from data.queries.given import SelectedQuery
from data.splits import SPLITS, TRAIN, TRAIN_SHARE, Groups, Unit, check_splits, place_units
from search.records import RELEVANT

logger = logging.getLogger(__name__)

# What is never in two splits: queries, listings and their near-duplicates; queries and listings; queries only.
BY_GROUP, BY_LISTING, BY_QUERY = "group", "listing", "query"
SAID = {
    BY_LISTING: "near-duplicates of the listings: no query and no listing is in two splits, near-duplicates may be",
    BY_QUERY: "shared listings: no query is in two splits, listings may be",
}
# A group with more of the queries or of the listings is trained on.
LARGE = 0.5


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier dataset's splits, by listing_id and by query text in small letters, and what it was split by."""

    of_listing: Mapping[str, str]
    of_text: Mapping[str, str]
    by: str = BY_GROUP


NOTHING = Earlier({}, {})


@dataclass(frozen=True, slots=True)
class SplitQueries:
    """Queries, the split of each, and what is in one split only, see `split_queries`.

    `left_out` are answers that were dropped, as they are fixed in another split than their query.
    """

    queries: tuple[SelectedQuery, ...]
    splits: tuple[str, ...]
    by: str = BY_GROUP
    left_out: int = 0


def split_queries(
    queries: Sequence[SelectedQuery], *, leader: Mapping[str, str], seed: int, earlier: Earlier = NOTHING
) -> SplitQueries:
    """Give each query a split.

    Queries that share a listing, directly or over others, are one group, and so are listings with their near-duplicates
    (`leader`): no query, no listing and no near-duplicate is in two splits. Where one group has nearly all queries, or
    there are fewer than three groups, near-duplicates are let go (few queries with many listings each); where that does
    not help, each query is drawn on its own, and splits may share listings (a log of clicks).

    Raises:
        ValueError: a listing or a query is fixed in two splits, or a split has no queries.
    """
    by = _choose(queries, leader, earlier)
    if by != BY_GROUP:
        logger.warning("splits    by %s, as too many of the %d queries hang together by %s", by, len(queries), SAID[by])
    if by == BY_QUERY:
        found = _split_by_query(queries, seed, earlier)
    else:
        joined_by = leader if by == BY_GROUP else {}
        found = _split_by_listing(queries, fixed_splits(queries, earlier.of_listing), joined_by, seed)
    check_splits(found.splits)
    return replace(found, by=by)


def _choose(queries: Sequence[SelectedQuery], leader: Mapping[str, str], earlier: Earlier) -> str:
    """Return what must be in one split only: by the splits that are fixed, else by what hangs together."""
    if earlier.by == BY_QUERY:
        return BY_QUERY
    fixed = {(listing_id, split) for query in queries for listing_id, split in query.splits.items()}
    if len(fixed) > len(dict(fixed)) and any(len(query.answers) > 1 for query in queries):
        return BY_QUERY
    if all(query.splits for query in queries) or any(len(set(query.splits.values())) > 1 for query in queries):
        return BY_GROUP
    if not _hang_together(queries, leader):
        return BY_GROUP
    return BY_QUERY if _hang_together(queries, {}) else BY_LISTING


def _hang_together(queries: Sequence[SelectedQuery], leader: Mapping[str, str]) -> bool:
    """Tell whether groups of queries with several answers leave too few others to hold out."""
    several = {answer for query in queries if len(query.answers) > 1 for answer in query.answers}
    if not several:
        return False
    groups = Groups({}, leader)
    for query in queries:
        for answer in query.answers:
            groups.join(query.answers[0], answer)
    counts = Counter(groups.find(query.answers[0]) for query in queries)
    large = max(counts, key=lambda root: counts[root])
    # Near-duplicates alone stay together, however many they are.
    leaves_few = counts[large] > TRAIN_SHARE * len(queries) and large in map(groups.find, several)
    return leaves_few or len(counts) < len(SPLITS)


def _split_by_query(queries: Sequence[SelectedQuery], seed: int, earlier: Earlier) -> SplitQueries:
    units = []
    for query in queries:
        text, given = query.text.casefold(), sorted(set(query.splits.values()))
        if len(given) > 1 and text not in earlier.of_text:
            raise ValueError(
                f"expected one split for a query, {query.text!r} has {given}; fix the queries file, or leave `split` out"
            )
        fixed = earlier.of_text.get(text) or next(iter(given), None)
        units.append(Unit(f"query:{text}", len(query.answers), fixed))
    return SplitQueries(tuple(queries), tuple(place_units(units, seed=seed)))


def _split_by_listing(
    queries: Sequence[SelectedQuery], fixed: Mapping[str, str], leader: Mapping[str, str], seed: int
) -> SplitQueries:
    groups = Groups(fixed, leader)
    joined = [_join(query, groups) for query in queries]
    left_out = sum(len(before.answers) - len(after.answers) for before, after in zip(queries, joined, strict=True))
    if left_out:
        logger.warning("splits    left out %d answer(s) that are fixed in another split than their query", left_out)
    roots = [groups.find(query.answers[0]) for query in joined]
    units = groups.units({answer for query in joined for answer in query.answers})
    several = {root for root, query in zip(roots, joined, strict=True) if len(query.answers) > 1}
    train_share = TRAIN_SHARE
    for root, share in _large_shares(units, Counter(roots)).items():
        if root in several and not units[root].split:
            units[root] = replace(units[root], split=TRAIN)
            # The others fill up what it leaves of the usual shares.
            train_share = max(0.0, (TRAIN_SHARE - share) / (1 - share))
    placed = place_units(list(units.values()), seed=seed, train_share=train_share)
    split_of = dict(zip(units, placed, strict=True))
    return SplitQueries(tuple(joined), tuple(split_of[root] for root in roots), left_out=left_out)


def _join(query: SelectedQuery, groups: Groups) -> SelectedQuery:
    """Join a query's answers; leave those out that are fixed in another split than the best."""
    first = query.answers[0]
    graded = [
        one
        for one in query.graded
        if one.grade < RELEVANT or one.listing_id == first or groups.join(first, one.listing_id)
    ]
    return replace(query, graded=tuple(graded))


def _large_shares(units: Mapping[str, Unit], n_queries: Mapping[str, int]) -> dict[str, float]:
    """Return the groups that have more than half of the queries or listings, with the larger share."""
    listings, queries = sum(unit.size for unit in units.values()), sum(n_queries.values())
    shares = {root: max(unit.size / listings, n_queries[root] / queries) for root, unit in units.items()}
    return {root: share for root, share in shares.items() if LARGE < share < 1}


def fixed_splits(queries: Sequence[SelectedQuery], earlier: Mapping[str, str]) -> dict[str, str]:
    """Map listings to splits fixed by earlier datasets or queries."""
    given: dict[str, set[str]] = {}
    for query in queries:
        for listing_id, split in query.splits.items():
            given.setdefault(listing_id, set()).add(split)
    for listing_id, splits in given.items():
        if len(splits) > 1 and listing_id not in earlier:
            raise ValueError(
                f"expected one split for a listing and its reposts, {listing_id!r} has {sorted(splits)}; "
                "fix the queries file, or leave `split` out"
            )
    return {listing_id: min(splits) for listing_id, splits in given.items()} | dict(earlier)
