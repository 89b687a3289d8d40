"""Splits: fixed beforehand, else drawn by hash; what hangs together stays together."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

SPLITS = ("train", "validation", "test")
TRAIN, VALIDATION, TEST = SPLITS
TRAIN_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Unit:
    """What stays in one split: the key that it is drawn by, its size, and its split where that is fixed."""

    key: str
    size: int = 1
    split: str | None = None


class Groups:
    """Listings joined step by step, from the start with the leaders of their near-duplicates.

    Two groups that are fixed in different splits are never joined.
    """

    def __init__(self, fixed: Mapping[str, str], leader: Mapping[str, str]) -> None:
        self._leader = leader
        self._split = dict(fixed)
        self._parent: dict[str, str] = {}
        self._key: dict[str, str] = {}

    def find(self, listing_id: str) -> str:
        """Return the listing that stands for the group just now."""
        if listing_id not in self._parent:
            led_by = self._leader.get(listing_id, listing_id)
            self._parent[listing_id], self._key[listing_id] = listing_id, led_by
            if led_by != listing_id:
                self.join(led_by, listing_id)
        while (above := self._parent[listing_id]) != listing_id:
            self._parent[listing_id] = listing_id = self._parent[above]
        return listing_id

    def join(self, one: str, other: str) -> bool:
        """Join the groups of two listings; tell whether they are one now."""
        one, other = self.find(one), self.find(other)
        splits = {split for root in (one, other) if (split := self._split.get(root))}
        if one == other or len(splits) > 1:
            return one == other
        self._parent[other] = one
        self._key[one] = min(self._key[one], self._key[other])
        if splits:
            self._split[one] = splits.pop()
        return True

    def units(self, listing_ids: Iterable[str]) -> dict[str, Unit]:
        """Return the groups of listings by what `find` returns; a group is drawn by its first leader's id."""
        sizes = Counter(map(self.find, listing_ids))
        return {root: Unit(self._key[root], size, self._split.get(root)) for root, size in sizes.items()}


def draw_order(key: str, *, seed: int) -> float:
    """Draw a number in [0, 1) by a key's hash."""
    digest = hashlib.sha256(f"{seed}:{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def draw_split(key: str, *, seed: int, train_share: float = TRAIN_SHARE) -> str:
    """Draw a split by the key's hash: 80/10/10, or another share for training and half of the rest for each other."""
    point = draw_order(key, seed=seed)
    if point < train_share:
        return TRAIN
    return VALIDATION if point < (1 + train_share) / 2 else TEST


def place_units(units: Sequence[Unit], *, seed: int, train_share: float = TRAIN_SHARE) -> list[str]:
    """Give each unit its fixed or drawn split.

    While a split is empty, a unit that is not fixed moves there out of the split that has most: into training the
    largest, else the smallest. Of three units that are not fixed none is left empty.
    """
    splits = [unit.split or draw_split(unit.key, seed=seed, train_share=train_share) for unit in units]
    for empty in SPLITS:
        counts = Counter(splits)
        movable = [number for number, unit in enumerate(units) if not unit.split and counts[splits[number]] > 1]
        if not counts[empty] and movable:
            most = max(counts[splits[number]] for number in movable)
            sign = -1 if empty == TRAIN else 1
            moved = min(
                (number for number in movable if counts[splits[number]] == most),
                key=lambda number: (sign * units[number].size, draw_order(units[number].key, seed=seed)),
            )
            splits[moved] = empty
    return splits


def assign_splits(
    listing_ids: Iterable[str], fixed: Mapping[str, str], *, seed: int, leader: Mapping[str, str]
) -> dict[str, str]:
    """Map each listing to the split of its group: fixed, or drawn."""
    groups = Groups(fixed, leader)
    found = {listing_id: groups.find(listing_id) for listing_id in listing_ids}
    units = groups.units(found)
    splits = dict(zip(units, place_units(list(units.values()), seed=seed), strict=True))
    return {listing_id: splits[groups.find(listing_id)] for listing_id in found}


def check_splits(splits: Collection[str]) -> None:
    """Refuse splits of queries that leave one empty."""
    empty = [split for split in SPLITS if split not in splits]
    if empty:
        raise ValueError(
            f"expected listings with queries in all of {', '.join(SPLITS)}, {len(splits)} left {', '.join(empty)} "
            "empty; add listings and queries (three that share no text and no listing are enough to go on, 60 and "
            "more to learn from), or fix each `split` in a queries file"
        )
