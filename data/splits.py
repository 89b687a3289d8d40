"""Which split a listing group belongs to: fixed by the source, else drawn by hash."""

import hashlib
from collections.abc import Collection, Mapping

SPLITS = ("train", "validation", "test")
SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}


def draw_order(listing_id: str, *, seed: int) -> float:
    """Draw a number in [0, 1) from the id's hash, so that a listing keeps it when the source grows."""
    digest = hashlib.sha256(f"{seed}:{listing_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def draw_split(listing_id: str, *, seed: int) -> str:
    """Draw a split 80/10/10 by the id's hash."""
    point = draw_order(listing_id, seed=seed)
    if point < SHARES["train"]:
        return "train"
    return "validation" if point < SHARES["train"] + SHARES["validation"] else "test"


def assign_splits(
    fixed: Mapping[str, Collection[str]], *, seed: int, leader: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return listing_id -> split for the representatives that have queries.

    Args:
        fixed: listing_id -> the splits that its queries came with; none where it is to be drawn.
        seed: Of the draw.
        leader: listing_id -> the listing whose split it shares, unless its own is fixed.

    Raises:
        ValueError: the queries of one group have different fixed splits, or a split stays empty.
    """
    splits = {}
    leader = leader or {}
    for listing_id, given in fixed.items():
        if len(given) > 1:
            raise ValueError(
                f"expected one split for a listing and its reposts, {listing_id!r} has {sorted(given)}; "
                "fix the queries file, or leave `split` out"
            )
        led_by = leader.get(listing_id, listing_id)
        given = given or fixed.get(led_by, ())
        splits[listing_id] = min(given) if given else draw_split(led_by, seed=seed)
    empty = [split for split in SPLITS if split not in splits.values()]
    if empty:
        raise ValueError(
            f"expected listings with queries in all of {', '.join(SPLITS)}, {len(splits)} listing(s) "
            f"left {', '.join(empty)} empty; add listings (60 and more of different texts are enough), take another --seed, or fix each `split` in a queries file"
        )
    return splits
