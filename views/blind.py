"""The Blind test: two lists without names, and what the votes say."""

from collections.abc import Mapping, Sequence

from comparison.request import ComparisonRequest
from search.records import Listing
from views.compare import render_link
from views.escape import escape
from views.words import excerpt, mark_words, query_stems

BLIND_INTRO = (
    "Which list fits the query better? One is the base model's, the other the fine-tuned model's; a lot decides anew for each "
    "query which stands left, and names are told after your vote. Mark single listings too, if you like: your marks go with "
    "your vote. Kept are the query, both lists, your choice and marks, the time, and a random name of this visit; the file of "
    "all votes is open to everyone, so type nothing private."
)
TITLES = {"base": "Base", "tuned": "Fine-tuned"}
# How the page and the file of votes name a mark -> what its button says.
MARKS = {"fits": "Fits", "unfit": "Does not fit"}
WINNERS = {
    "base": "You chose the base model.",
    "tuned": "You chose the fine-tuned model.",
    "tie": "You found them equally good.",
    "bad": "You found both bad.",
}


def render_blind(
    query: str,
    lists: Mapping[str, Sequence[str]],
    listings: Mapping[str, Listing],
    *,
    token: str,
    names: Mapping[str, str] | None = None,
) -> str:
    """Return both lists.

    Args:
        query: What both ranked for.
        lists: `left` and `right` -> ids in rank order.
        listings: By id.
        token: Names the showing, see `Trial.token`.
        names: `left` and `right` -> a key of TITLES, once they may be told. Nothing else in the HTML depends on the system.
    """
    stems = query_stems(query)
    columns = ""
    for side, ids in lists.items():
        title = f"{side.capitalize()}: {TITLES[names[side]]}" if names else f"{side.capitalize()} list"
        items = "".join(
            _blind_card(rank, listings[name], stems, marking=not names) for rank, name in enumerate(ids, start=1)
        )
        columns += (
            f'<section class="sl-column" aria-labelledby="sl-{side}-title"><header><h2 id="sl-{side}-title">{title}</h2>'
            f"</header><ol>{items}</ol></section>"
        )
    return f'<div class="sl-blind" data-shown="{escape(token)}">{columns}</div>'


def _blind_card(rank: int, listing: Listing, stems: frozenset[str], *, marking: bool) -> str:
    """Return a card that shows the same of a listing in whichever list it stands, without a score; with buttons to mark it."""
    buttons = "".join(
        f'<button type="button" class="sl-fit" data-mark="{mark}" aria-pressed="false">{label}</button>'
        for mark, label in MARKS.items()
    )
    title = escape(listing.title) or "Untitled listing"
    marks = f'<div class="sl-fits" role="group" aria-label="Mark: {title}">{buttons}</div>' if marking else ""
    place = " · ".join(escape(part) for part in (listing.company, listing.location) if part)
    tags = "".join(f"<li>{escape(tag)}</li>" for tag in (listing.work_mode, listing.seniority) if tag)
    return (
        f'<li class="sl-plain" data-listing="{escape(listing.listing_id)}"><h3><span class="sl-rank">{rank}</span> '
        f'{title}</h3><p class="sl-place">{place}</p><ul class="sl-tags">{tags}</ul>'
        f'<p class="sl-excerpt">{mark_words(excerpt(listing.text, stems), stems)}</p>'
        f"<details><summary>Whole text</summary><p>{mark_words(listing.text, stems)}</p></details>{marks}</li>"
    )


def render_vote(winner: str, query: str, *, marks: int = 0) -> str:
    """Return the line after a vote: what was chosen, how many marks were kept, and the way to the comparison."""
    kept = f" Your {marks} {'mark is' if marks == 1 else 'marks are'} kept." if marks else ""
    link = render_link(ComparisonRequest(query), "See the whole comparison")
    return f'<p class="sl-voted" role="status"><b>{WINNERS[winner]}</b>{kept} {link}</p>'


def render_same(query: str) -> str:
    """Return the state in which there is nothing to choose."""
    return (
        '<div class="sl-hint" role="status">Both models give the same list for '
        f"“{escape(query)}”: there is nothing to choose. Take another query.</div>"
    )


def render_tally(counts: Mapping[str, int], *, share: float, low: float, high: float) -> str:
    """Return the tally; `counts` has `tuned`, `base`, `tie` and `bad`, the rest is the tuned model's share of those that chose."""
    decided = counts["tuned"] + counts["base"]
    total = decided + counts["tie"] + counts["bad"]
    if not total:
        return '<p class="sl-tally">No votes on these two models yet.</p>'
    numbers = (
        f"{total} {'vote' if total == 1 else 'votes'} on these two models: {counts['tuned']} for fine-tuned, "
        f"{counts['base']} for base, {counts['tie']} found them equal, {counts['bad']} both bad."
    )
    if not decided:
        return f'<p class="sl-tally">{numbers}</p>'
    says = (
        "the fine-tuned model is preferred"
        if low > 0.5
        else "the base model is preferred"
        if high < 0.5
        else "still open"
    )
    return (
        f'<p class="sl-tally">{numbers} Of those that chose a list, <b>{share:.0%}</b> '
        f"[{low:.0%}, {high:.0%}] chose fine-tuned: {says}. "
        "<small>In brackets: 95 % Wilson interval, which takes votes as independent. Of several votes by one visit on one query, the first counts: names are told after it.</small></p>"
    )
