"""Columns: what the cards of one list show."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from comparison.moves import Comparison, Move, Side
from search.records import Hit, Listing
from views.words import excerpt

# The list that a column's ranks are compared with.
OTHER: dict[Side, str] = {"base": "fine-tuned", "tuned": "base", "extra": "fine-tuned"}


@dataclass(frozen=True, slots=True)
class Column:
    """One list; `cut` as of `PageContext.cut`."""

    side: Side
    name: str
    comparison: Comparison
    listings: Mapping[str, Listing]
    stems: frozenset[str]
    cut: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def fill(self, hit: Hit) -> float:
        """Return how full a score's bar is, in percent."""
        # An extra list's scale is its own, so its best score fills the bar.
        best = self.comparison.rankings[self.side].hits[0].score
        full = best if self.side == "extra" and best > 0 else 1.0
        return max(0.0, min(hit.score / full, 1.0)) * 100

    def standing(self, hit: Hit) -> tuple[str, str, str]:
        """Return a card's status, badge, and the badge's spoken form."""
        if self.side != "extra":
            move = self.comparison.moves[hit.listing_id]
            return (move.status, *movement(move, self.side))
        rank = self.comparison.tuned.ranks.get(hit.listing_id)
        if rank is None:
            return "unchanged", "not tuned's", f"not in the {OTHER['extra']} list"
        return "unchanged", f"tuned {rank}", f"rank {rank} in the {OTHER['extra']} list"

    def excerpt(self, hit: Hit) -> str:
        """Return an excerpt of the passage that earned the score."""
        text = self.listings[hit.listing_id].text
        start, end = hit.passage or (0, len(text))
        # A passage may begin behind a word, with the marks that end a sentence.
        stretch = excerpt(text[start:end].lstrip(" .,;:!?)]-"), self.stems)
        before = "" if start == 0 or stretch.startswith("…") else "… "
        after = "" if end >= len(text) or stretch.endswith("…") else " …"
        return f"{before}{stretch}{after}"


def movement(move: Move, side: Side) -> tuple[str, str]:
    """Return a move's badge and spoken form in one column."""
    other_rank = move.tuned_rank if side == "base" else move.base_rank
    if other_rank is None:
        return "gone" if side == "base" else "new", f"not in the {OTHER[side]} list"
    change = move.rank_change or 0
    if change == 0:
        return "=", "at the same rank in both lists"
    arrow, verb = ("▲", "up") if change > 0 else ("▼", "down")
    count = abs(change)
    ranks = f"{count} {'place' if count == 1 else 'places'}"
    return f"{arrow} {count}", f"{verb} {ranks} by fine-tuning; rank {other_rank} in the {OTHER[side]} list"
