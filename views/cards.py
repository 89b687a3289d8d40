"""Columns: what the rows or cards of one list show."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from comparison.moves import Comparison, Side
from search.records import Hit, Listing, Span
from views.moves import Pair, Standing, standing
from views.understood import plain_label
from views.words import excerpt


@dataclass(frozen=True, slots=True)
class Check:
    """A statement of the query that a listing fits or contradicts; `slot` is its place among all, from 0."""

    slot: int
    fits: bool
    said: str


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above a list: the system's name in the address, and what is said of it.

    `is_similarity` tells that its scores are cosines, at most 1; others have a scale of their own.
    """

    system: str
    label: str
    model: str = ""
    is_similarity: bool = True


@dataclass(frozen=True, slots=True)
class Column:
    """One list; `cut` as of `PageContext.cut`."""

    side: Side
    head: Head
    pair: Pair
    comparison: Comparison
    listings: Mapping[str, Listing]
    words: frozenset[str]
    cut: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def fill(self, hit: Hit) -> float:
        """Return how full a score's bar is, in percent."""
        best = self.comparison.rankings[self.side].hits[0].score
        full = best if not self.head.is_similarity and best > 0 else 1.0
        return max(0.0, min(hit.score / full, 1.0)) * 100

    def standing(self, hit: Hit) -> Standing:
        """Return where a listing stands in this column and the other."""
        return standing(self.comparison.moves[hit.listing_id], self.side, self.pair)

    def checks(self, hit: Hit) -> list[Check]:
        """Return what of the query a listing is known to fit or contradict."""
        pairs = zip(self.comparison.statements, self.comparison.checks.get(hit.listing_id, ()), strict=False)
        return [
            Check(slot, fits, f"{'Fits' if fits else 'Does not fit'}: {plain_label(statement)}")
            for slot, (statement, fits) in enumerate(pairs)
            if fits is not None
        ]

    def unread(self, hit: Hit) -> str:
        """Return how much of a listing the model read, where that is not all."""
        if hit.listing_id not in self.cut:
            return ""
        return "This model read the first {} of {} tokens.".format(*self.cut[hit.listing_id])

    def excerpt(self, hit: Hit) -> str:
        """Return an excerpt of the passage that earned the score."""
        text = self.listings[hit.listing_id].text
        start, end = whole_words(text, hit.passage or (0, len(text)))
        # A passage may begin behind a word, with the marks that end a sentence.
        stretch = excerpt(text[start:end].lstrip(" .,;:!?)]-"), self.words)
        before = "" if start == 0 or stretch.startswith("…") else "… "
        after = "" if end >= len(text) or stretch.endswith("…") else " …"
        return f"{before}{stretch}{after}"


def whole_words(text: str, span: Span) -> Span:
    """Move the borders of a passage, which a model's tokens set, out of the words that they cut."""
    start, end = span
    while 0 < start < end and text[start - 1].isalnum() and text[start].isalnum():
        start += 1
    while start < end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end -= 1
    return (start, end) if start < end else span
