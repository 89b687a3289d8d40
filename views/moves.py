"""Moves in words: a listing's badge, and the verdict on a comparison."""

from collections.abc import Mapping
from dataclasses import dataclass

from comparison.moves import Comparison, Move, Side, Status
from search.records import Listing

# The list that a column's ranks are compared with.
OTHER: dict[Side, str] = {"base": "fine-tuned", "tuned": "base", "extra": "fine-tuned"}
# What the rank in the other list is called: the base's was before, the tuned one's is now.
TENSE: dict[Side, str] = {"base": "now", "tuned": "was"}


@dataclass(frozen=True, slots=True)
class Standing:
    """A listing in one column: its status, badge, the badge where no other list stands beside it, and in full words.

    `other_rank` is its rank among all that the other system ranked.
    """

    status: Status
    badge: str
    alone: str
    spoken: str
    other_rank: int | None = None
    places: int = 0


def ordinal(number: int) -> str:
    """Return `1st`, `2nd`, `11th`, `23rd`."""
    last = 0 if number % 100 in (11, 12, 13) else number % 10
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(last, "th")
    return f"{number:,}{suffix}"


def count_of(count: int, noun: str) -> str:
    """Return `1 job`, `2 jobs`."""
    return f"{count:,} {noun if count == 1 else noun + 's'}"


def standing(move: Move, side: Side) -> Standing:
    """Return a move in words, as the base's or the tuned model's column tells it."""
    ranks = {"base": move.tuned_rank_in_all or move.tuned_rank, "tuned": move.base_rank_in_all or move.base_rank}
    other_rank, change = ranks[side], move.rank_change
    if change is None or other_rank is None:
        badge = "gone" if side == "base" else "new"
        return Standing(move.status, badge, badge, f"not ranked in the {OTHER[side]} list")
    if move.status == "unchanged":
        return Standing(move.status, "same", "same", "at the same rank in both lists", other_rank)
    verb, count = "up" if change > 0 else "down", abs(change)
    alone = f"{TENSE[side]} {ordinal(other_rank)}"
    badge = alone if move.status in ("entered", "left") else f"{verb} {count:,}"
    spoken = f"{verb} {count_of(count, 'place')} by fine-tuning; rank {other_rank:,} in the {OTHER[side]} list"
    return Standing(move.status, badge, alone, spoken, other_rank, count)


def extra_standing(comparison: Comparison, listing_id: str) -> Standing:
    """Return where the fine-tuned model ranks a listing of the extra list."""
    rank = comparison.rank_in_all("tuned", listing_id)
    if rank is None:
        badge = f"not in the {OTHER['extra']} top {comparison.k}"
        return Standing("unchanged", badge, badge, badge)
    badge = f"tuned {ordinal(rank)}"
    return Standing("unchanged", badge, badge, f"rank {rank:,} in the {OTHER['extra']} list")


def tell_verdict(comparison: Comparison, listings: Mapping[str, Listing]) -> str:
    """Return what fine-tuning changed, in one or two sentences."""
    return " ".join(filter(None, (_what_changed(comparison), _biggest_rise(comparison, listings))))


def tell_numbers(comparison: Comparison) -> str:
    """Return the numbers behind the verdict: `5 of 10 jobs in both lists: 2 up, 2 down, 1 at the same rank`."""
    longer = max(len(comparison.base.hits), len(comparison.tuned.hits))
    shared = len(comparison.base.ranks.keys() & comparison.tuned.ranks.keys())
    words: dict[Status, str] = {"risen": "up", "fallen": "down", "unchanged": "at the same rank"}
    parts = [f"{count:,} {word}" for status, word in words.items() if (count := comparison.count(status))]
    of_them = f": {', '.join(parts)}" if parts else ""
    return f"{shared:,} of {count_of(longer, 'job')} in both lists{of_them}"


def _what_changed(comparison: Comparison) -> str:
    base, tuned = len(comparison.base.hits), len(comparison.tuned.hits)
    if base != tuned:
        return f"The base list has {count_of(base, 'job')}, the fine-tuned one {tuned:,}."
    replaced, moved = comparison.count("entered"), tuned - comparison.count("unchanged")
    if replaced:
        return f"Fine-tuning replaced {'all' if replaced == tuned else f'{replaced:,} of'} {tuned:,}."
    if moved:
        return f"Fine-tuning kept the same {count_of(tuned, 'job')} and changed the rank of {moved:,}."
    return "Fine-tuning changed nothing here: both lists are the same."


def _biggest_rise(comparison: Comparison, listings: Mapping[str, Listing]) -> str:
    """Name the shown listing that rose most; of several the one ranked best."""
    risen = [one for one in comparison.moves.values() if one.tuned_rank and (one.rank_change or 0) > 0]
    if not risen:
        return ""
    best = max(risen, key=lambda one: one.rank_change or 0)
    listing, to = listings[best.listing_id], best.tuned_rank or 0
    name = ", ".join(filter(None, (listing.title or "Untitled listing", listing.company)))
    return f"Biggest rise: {name} ({ordinal(to + (best.rank_change or 0))} to {ordinal(to)})."
