"""One listing's card, from one builder for all columns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from comparison.moves import Comparison, Move
from search.records import Hit, Listing, Ranking
from views.escape import escape
from views.words import excerpt, mark_words

Side = Literal["base", "tuned", "third"]
SIDE_TITLES: dict[Side, str] = {"base": "Base", "tuned": "Fine-tuned", "third": "Third list"}
SIMILARITY = "Similarity of the query and the listing, at most 1; About tells how it is made"
SCORE_TITLES = {
    "base": SIMILARITY,
    "tuned": SIMILARITY,
    "third": "BM25 score, or the hybrid's: a weighted sum of similarity and words, at most 1; the bar is full for the list's best",
}
# The list that a column's movement is told against.
OTHER = {"base": "fine-tuned", "tuned": "base", "third": "fine-tuned"}


@dataclass(frozen=True, slots=True)
class ColumnContext:
    """What the cards of one column share."""

    side: Side
    comparison: Comparison
    listings: Mapping[str, Listing]
    stems: frozenset[str]
    # listing_id -> (tokens read, tokens in all), of listings that this column's model did not read whole.
    cut: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def ranking(self) -> Ranking:
        """The column's hits; a third list that nobody asked for has none."""
        sides = {"base": self.comparison.base, "tuned": self.comparison.tuned, "third": self.comparison.third}
        return sides[self.side] or Ranking(())

    @property
    def full_score(self) -> float:
        """The score that fills a card's bar: 1 for a similarity; a third list's best, for its scores have other scales."""
        best = max((hit.score for hit in self.ranking.hits), default=1.0)
        return best if self.side == "third" and best > 0 else 1.0


def movement(move: Move, side: Side) -> tuple[str, str]:
    """Return a move's badge and its spoken form, as seen from the base's or the tuned column."""
    other_rank = move.tuned_rank if side == "base" else move.base_rank
    if other_rank is None:
        badge = "gone" if side == "base" else "new"
        return badge, f"not in the {OTHER[side]} list"
    places = move.places or 0
    if places == 0:
        return "=", "at the same rank in both lists"
    arrow, verb = ("▲", "up") if places > 0 else ("▼", "down")
    count = abs(places)
    return (
        f"{arrow} {count}",
        f"{verb} {count} {'place' if count == 1 else 'places'} by fine-tuning; rank {other_rank} in the {OTHER[side]} list",
    )


def standing(context: ColumnContext, hit: Hit) -> tuple[str, str, str]:
    """Return a card's status, its badge and the badge's spoken form; a third list's tells the fine-tuned rank."""
    if context.side != "third":
        move = context.comparison.moves[hit.listing_id]
        return (move.status, *movement(move, context.side))
    rank = context.comparison.tuned.ranks.get(hit.listing_id)
    if rank is None:
        return "unchanged", "not tuned's", f"not in the {OTHER['third']} list"
    return "unchanged", f"tuned {rank}", f"rank {rank} in the {OTHER['third']} list"


def evidence_text(listing: Listing, hit: Hit, stems: frozenset[str]) -> str:
    """Return the stretch to show of what earned the score: the best of the window that won."""
    start, end = hit.passage or (0, len(listing.text))
    # A window may begin behind a word, with the marks that end a sentence.
    stretch = excerpt(listing.text[start:end].lstrip(" .,;:!?)]-"), stems)
    before = "" if start == 0 or stretch.startswith("…") else "… "
    after = "" if end >= len(listing.text) or stretch.endswith("…") else " …"
    return f"{before}{stretch}{after}"


def render_card(context: ColumnContext, hit: Hit) -> str:
    """Return one listing's card."""
    listing = context.listings[hit.listing_id]
    status, badge, spoken = standing(context, hit)
    place = " · ".join(escape(part) for part in (listing.company, listing.location) if part)
    tags = "".join(f"<li>{escape(tag)}</li>" for tag in (listing.work_mode, listing.seniority, listing.family) if tag)
    width = max(0.0, min(hit.score / context.full_score, 1.0)) * 100
    unread = ""
    if hit.listing_id in context.cut:
        read, total = context.cut[hit.listing_id]
        unread = f'<p class="sl-unread">This model read the first {read} of {total} tokens.</p>'
    return (
        f'<li class="sl-card sl-{status}" data-listing="{escape(hit.listing_id)}" data-rank="{hit.rank}" '
        f'tabindex="0" aria-label="Rank {hit.rank}: {escape(listing.title)}, {escape(spoken)}">'
        f'<div class="sl-rank">{hit.rank}</div>'
        f'<div class="sl-body"><div class="sl-top"><h3>{escape(listing.title) or "Untitled listing"}</h3>'
        f'<span class="sl-move" title="{escape(spoken)}">{escape(badge)}</span></div>'
        f'<p class="sl-place">{place}</p>'
        f'<ul class="sl-tags">{tags}</ul>'
        f'<p class="sl-excerpt">{mark_words(evidence_text(listing, hit, context.stems), context.stems)}</p>'
        f'<div class="sl-foot"><div class="sl-points" title="{SCORE_TITLES[context.side]}"><b>{hit.score:.3f}</b>'
        f'<span class="sl-score"><i style="width:{width:.0f}%"></i></span></div>'
        f'<button type="button" class="sl-open" aria-haspopup="dialog">Whole text</button></div>{unread}</div>'
        "</li>"
    )
