"""Splits of listings: fixed beforehand, else drawn by hash."""

import hashlib
from collections.abc import Collection, Iterable, Mapping

SPLITS = ("train", "validation", "test")
TRAIN, VALIDATION, TEST = SPLITS
TRAIN_SHARE, VALIDATION_SHARE = 0.8, 0.1


def draw_order(listing_id: str, *, seed: int) -> float:
    """Draw a number in [0, 1) by an id's hash."""
    digest = hashlib.sha256(f"{seed}:{listing_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def draw_split(listing_id: str, *, seed: int) -> str:
    """Draw a split 80/10/10 by the id's hash."""
    point = draw_order(listing_id, seed=seed)
    if point < TRAIN_SHARE:
        return TRAIN
    return VALIDATION if point < TRAIN_SHARE + VALIDATION_SHARE else TEST


def assign_splits(
    listing_ids: Iterable[str], fixed: Mapping[str, str], *, seed: int, leader: Mapping[str, str]
) -> dict[str, str]:
    """Map each listing to its fixed, leader's or drawn split."""
    splits = {}
    for listing_id in listing_ids:
        led_by = leader.get(listing_id, listing_id)
        splits[listing_id] = fixed.get(listing_id) or fixed.get(led_by) or draw_split(led_by, seed=seed)
    return splits


def check_splits(splits: Collection[str]) -> None:
    """Refuse splits of listings with queries that leave one empty."""
    empty = [split for split in SPLITS if split not in splits]
    if empty:
        raise ValueError(
            f"expected listings with queries in all of {', '.join(SPLITS)}, {len(splits)} listing(s) left "
            f"{', '.join(empty)} empty; add listings (60 and more of different texts are enough), take another "
            "--seed, or fix each `split` in a queries file"
        )
