"""Moves in words: a listing's badge, and the verdict on a comparison."""

from collections.abc import Mapping
from dataclasses import dataclass

from comparison.moves import Comparison, Move, Side, Status
from search.records import Listing
from views.sides import TITLES

# What the rank in the other list is called: the base's was before, the tuned one's is now.
TENSE: dict[Side, str] = {"base": "now", "tuned": "was"}
# Between other systems nothing was before: the rank is the other list's.
PLACE: dict[Side, str] = {"base": "right", "tuned": "left"}


@dataclass(frozen=True, slots=True)
class Pair:
    """The names of the systems left and right, for people; `is_tuning` for base and tuned."""

    left: str = TITLES["base"]
    right: str = TITLES["tuned"]
    is_tuning: bool = True

    def other(self, side: Side) -> str:
        """Return what the list beside a column is called."""
        name = self.right if side == "base" else self.left
        return f"the {name.lower()} list" if self.is_tuning else f"the list of {name}"

    def told_rank(self, side: Side, rank: int) -> str:
        """Return the rank in the list beside a column: `was 34th`."""
        return f"{(TENSE if self.is_tuning else PLACE)[side]} {ordinal(rank)}"


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


def standing(move: Move, side: Side, pair: Pair) -> Standing:
    """Return a move in words, as the left or the right column tells it."""
    ranks = {"base": move.tuned_rank_in_all or move.tuned_rank, "tuned": move.base_rank_in_all or move.base_rank}
    other_rank, change = ranks[side], move.rank_change
    if change is None or other_rank is None:
        badge = ("gone" if side == "base" else "new") if pair.is_tuning else "not ranked"
        return Standing(move.status, badge, badge, f"not ranked in {pair.other(side)}")
    if move.status == "unchanged":
        return Standing(move.status, "same", "same", "at the same rank in both lists", other_rank)
    verb, count = "up" if change > 0 else "down", abs(change)
    alone = pair.told_rank(side, other_rank)
    badge = alone if move.status in ("entered", "left") else f"{verb} {count:,}"
    why = " by fine-tuning" if pair.is_tuning else ""
    spoken = f"{verb} {count_of(count, 'place')}{why}; rank {other_rank:,} in {pair.other(side)}"
    return Standing(move.status, badge, alone, spoken, other_rank, count)


def tell_verdict(comparison: Comparison, listings: Mapping[str, Listing], pair: Pair) -> str:
    """Return what differs between the lists, in one or two sentences."""
    changed = _what_changed(comparison) if pair.is_tuning else _what_differs(comparison, pair)
    return " ".join(filter(None, (changed, _biggest_rise(comparison, listings))))


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


def _what_differs(comparison: Comparison, pair: Pair) -> str:
    if pair.left == pair.right:
        return f"{pair.left} stands on both sides: choose another system for one of them."
    left, right = len(comparison.base.hits), len(comparison.tuned.hits)
    if left != right:
        return f"{pair.left} has {count_of(left, 'job')}, {pair.right} {right:,}."
    entered, moved = comparison.count("entered"), right - comparison.count("unchanged")
    if entered:
        return f"{pair.right} shows {entered:,} of {right:,} that {pair.left} does not."
    if moved:
        return f"{pair.left} and {pair.right} show the same {count_of(right, 'job')}, {moved:,} at another rank."
    return f"{pair.left} and {pair.right} show the same list."


def _biggest_rise(comparison: Comparison, listings: Mapping[str, Listing]) -> str:
    """Name the shown listing that rose most; of several the one ranked best."""
    risen = [one for one in comparison.moves.values() if one.tuned_rank and (one.rank_change or 0) > 0]
    if not risen:
        return ""
    best = max(risen, key=lambda one: one.rank_change or 0)
    listing, to = listings[best.listing_id], best.tuned_rank or 0
    name = ", ".join(filter(None, (listing.title or "Untitled listing", listing.company)))
    return f"Biggest rise: {name} ({ordinal(to + (best.rank_change or 0))} to {ordinal(to)})."
