"""The comparison: a summary line and two columns of cards, from one builder."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from search.compare import Comparison, Move
from search.records import Hit, Listing, Ranking
from views.escape import escape
from views.page import LEGEND
from views.words import excerpt, mark_words, query_stems

Side = Literal["base", "tuned", "third"]
SIDE_TITLES = {"base": "Base", "tuned": "Fine-tuned", "third": "Third list"}
COSINE = "Cosine similarity of the query and the listing's best passage"
SCORE_TITLES = {"base": COSINE, "tuned": COSINE, "third": "BM25 score, or the fused one from 0 to 1"}
# The list that a column's movement is told against.
OTHER = {"base": "fine-tuned", "tuned": "base", "third": "fine-tuned"}


@dataclass(frozen=True, slots=True)
class ColumnContext:
    """What the cards of one column share."""

    side: Side
    comparison: Comparison
    listings: Mapping[str, Listing]
    stems: frozenset[str]

    @property
    def ranking(self) -> Ranking:
        """The column's hits; a third list that nobody asked for has none."""
        sides = {"base": self.comparison.base, "tuned": self.comparison.tuned, "third": self.comparison.third}
        return sides[self.side] or Ranking(())


def render_hint(text: str) -> str:
    """Return the quiet state: nothing was asked yet."""
    return f'<div class="sl-hint" role="status">{escape(text)}</div>'


def render_notice(text: str) -> str:
    """Return a notice above the results; nothing for an empty text."""
    return f'<p class="sl-notice" role="status">{escape(text)}</p>' if text else ""


def render_summary(comparison: Comparison) -> str:
    """Return the line of numbers above the columns."""
    numbers = (
        (f"{comparison.overlap:.0%}", f"overlap@{comparison.k}", "Share of the results that both lists hold"),
        (
            f"{comparison.rank_biased_overlap:.2f}",
            "rank-biased overlap",
            "1 means the same order, 0 nothing in common; the top counts most",
        ),
        (str(comparison.count("risen")), "moved up", "In both lists, higher after fine-tuning"),
        (str(comparison.count("fallen")), "moved down", "In both lists, lower after fine-tuning"),
        (str(comparison.count("unchanged")), "same place", "In both lists at the same rank"),
        (str(comparison.count("entered")), "new", "Only in the fine-tuned list"),
        (str(comparison.count("left")), "gone", "Only in the base list"),
    )
    items = "".join(
        f'<div class="sl-number" title="{escape(title)}"><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>'
        for value, label, title in numbers
    )
    return f'<div role="status"><dl class="sl-summary" aria-label="Summary of the comparison">{items}</dl></div>'


def render_columns(
    comparison: Comparison, listings: Mapping[str, Listing], *, query: str, names: Mapping[Side, str]
) -> str:
    """Return the columns, one for each name, with room between them for the lines that the page's script draws."""
    stems = query_stems(query)
    columns = "".join(
        render_column(ColumnContext(side, comparison, listings, stems), name) for side, name in names.items()
    )
    return (
        f'<p class="sl-legend">{escape(LEGEND)}</p>'
        f'<div class="sl-compare"><svg class="sl-lines" aria-hidden="true" focusable="false"></svg>{columns}</div>'
    )


def render_column(context: ColumnContext, name: str) -> str:
    """Return one system's column: its name, its speed, its ordered cards."""
    ranking = context.ranking
    heading = f"sl-{context.side}-heading"
    speed = f"encode {ranking.encode_seconds * 1000:.0f} ms, search {ranking.search_seconds * 1000:.1f} ms"
    cards = "".join(render_card(context, hit) for hit in ranking.hits)
    if not cards:
        cards = '<li class="sl-none">No listing shares a word with the query.</li>'
    return (
        f'<section class="sl-column sl-{context.side}" aria-labelledby="{heading}">'
        f'<header><h2 id="{heading}">{SIDE_TITLES[context.side]}</h2>'
        f'<span class="sl-model" title="{escape(name)}">{escape(name)}</span>'
        f'<span class="sl-speed">{speed}</span></header>'
        f"<ol>{cards}</ol></section>"
    )


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
    width = max(0.0, min(hit.score, 1.0)) * 100
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
        f"<details><summary>Ranked text</summary>"
        f'<div class="sl-text">{mark_words(listing.text, context.stems)}</div></details></div>'
        "</div></li>"
    )
