"""The Blind test tab: a query, two lists in an order drawn by lot, a vote, the tally."""

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, get_args

import gradio as gr

from comparison.request import ComparisonRequest
from comparison.systems import clean_query
from data.votes import Choice, SystemName, Vote, VoteLog, count_votes
from pages.context import PageContext
from views.blind import BLIND_INTRO, MARKS, render_blind, render_same, render_tally, render_vote
from views.compare import render_hint

SHOWN = 5
LABELS: dict[Choice, str] = {
    "left": "Left is better",
    "right": "Right is better",
    "tie": "Equally good",
    "bad": "Both bad",
}
START = "Propose a query, or type your own, and compare two lists without knowing whose they are."
SEND_MARKS = "(trial, shown) => [trial, shown, window.shortlist.marks()]"
SAVE_FILE = "(text) => window.shortlist.save('votes.jsonl', text)"
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


@dataclass(frozen=True)
class Trial:
    """Two lists that one person is shown. It stays on the server until the vote."""

    query: str
    proposed: bool
    lot: str
    base_ids: tuple[str, ...]
    tuned_ids: tuple[str, ...]

    @property
    def token(self) -> str:
        """Names this showing in the page, and tells nothing of the sides."""
        return hashlib.sha256(f"shown:{self.lot}".encode()).hexdigest()[:12]

    @property
    def names(self) -> dict[str, SystemName]:
        """`left` and `right` -> system."""
        left = draw_left(self.lot, self.query)
        return {"left": left, "right": "base" if left == "tuned" else "tuned"}

    @property
    def lists(self) -> dict[str, tuple[str, ...]]:
        """`left` and `right` -> ids."""
        ids = {"base": self.base_ids, "tuned": self.tuned_ids}
        return {side: ids[name] for side, name in self.names.items()}


@dataclass(frozen=True)
class BlindTest:
    """What the tab's handlers work on; `proposals` are queries of the test split, `models` the fingerprints of base and tuned."""

    context: PageContext
    log: VoteLog
    models: tuple[str, str]
    proposals: Sequence[str] = field(default_factory=tuple)

    def begin(self, typed: str, *, proposed: bool = False) -> Trial | None:
        """Rank for a query and draw the sides; None for an empty one."""
        query = clean_query(typed or "").text
        if not query:
            return None
        comparison = self.context.compare(ComparisonRequest(query, SHOWN))
        lot = secrets.token_hex(8)
        return Trial(query, proposed, lot, comparison.base.listing_ids, comparison.tuned.listing_ids)

    def vote(self, trial: Trial, choice: Choice, voter: str, marks: Mapping[str, tuple[str, ...]]) -> Vote:
        """Keep a vote and return it; `marks` as of `read_marks`."""
        base_model, tuned_model = self.models
        vote = Vote(
            time=datetime.now(UTC).isoformat(timespec="seconds"),
            voter=voter,
            query=trial.query,
            proposed=trial.proposed,
            lot=trial.lot,
            left=trial.names["left"],
            choice=choice,
            base_model=base_model,
            tuned_model=tuned_model,
            base_ids=trial.base_ids,
            tuned_ids=trial.tuned_ids,
            **marks,
        )
        self.log.append(vote)
        return vote

    def tally(self) -> str:
        """Return the HTML of the tally of votes on these two models."""
        about = [vote for vote in self.log.votes if (vote.base_model, vote.tuned_model) == self.models]
        counts = asdict(count_votes(about))
        share, low, high = (counts.pop(name) for name in ("share", "low", "high"))
        return render_tally(counts, share=share, low=low, high=high)


def draw_left(lot: str, query: str) -> SystemName:
    """Return the system that stands left: drawn by a lot that is made for each showing and kept with the vote."""
    return "tuned" if hashlib.sha256(f"{lot}:{query}".encode()).digest()[0] % 2 else "base"


def show_trial(test: BlindTest, typed: str, *, proposed: bool = False) -> tuple[Any, ...]:
    """Return what the tab shows for a query: the trial, the lists, the line above them, each vote's button."""
    trial = test.begin(typed, proposed=proposed)
    if trial is None:
        return None, "", render_hint(START), *_buttons(active=False)
    if trial.base_ids == trial.tuned_ids:
        return None, "", render_same(trial.query), *_buttons(active=False)
    return (
        trial,
        render_blind(trial.query, trial.lists, test.context.systems.listings, token=trial.token),
        "",
        *_buttons(active=True),
    )


def propose(test: BlindTest) -> tuple[Any, ...]:
    """Draw a query of the test split: the text for the field, then as `show_trial`."""
    query = secrets.choice(test.proposals)
    return query, *show_trial(test, query, proposed=True)


def read_marks(text: str, trial: Trial) -> dict[str, tuple[str, ...]]:
    """Read what the page says of its listings: `fits` and `unfit` -> ids, in the order they are shown; what it can't say is left out."""
    try:
        said = json.loads(text or "{}")
    except (ValueError, RecursionError):
        said = {}
    shown = dict.fromkeys((*trial.base_ids, *trial.tuned_ids))
    marked = said if isinstance(said, dict) else {}
    return {mark: tuple(name for name in shown if marked.get(name) == mark) for mark in MARKS}


def cast_vote(
    test: BlindTest, choice: Choice, trial: Trial | None, shown: str, marks: str, request: gr.Request
) -> tuple[Any, ...]:
    """Keep a vote and tell the names: as `show_trial`, and the tally.

    Nothing changes without a trial, as after a vote, or when the lists in the page (`shown`, their HTML) are another's: the
    person asked for new ones that have not come yet.
    """
    if trial is None or f'data-shown="{trial.token}"' not in (shown or ""):
        return tuple(gr.skip() for _ in range(4 + len(LABELS)))
    # The visit's name is not given away: only its hash is kept.
    voter = hashlib.sha256(f"voter:{request.session_hash}".encode()).hexdigest()[:12]
    vote = test.vote(trial, choice, voter, read_marks(marks, trial))
    lists = render_blind(trial.query, trial.lists, test.context.systems.listings, token=trial.token, names=trial.names)
    return (
        None,
        lists,
        render_vote(vote.winner, trial.query, marks=len(vote.fits + vote.unfit)),
        *_buttons(active=False),
        test.tally(),
    )


def _voting(test: BlindTest, choice: Choice) -> Callable[..., tuple[Any, ...]]:
    """Return the handler of a choice; a function of its own, as Gradio hands no request to a partial one."""

    def vote(trial: Trial | None, shown: str, marks: str, request: gr.Request) -> tuple[Any, ...]:
        return cast_vote(test, choice, trial, shown, marks, request)

    return vote


def _buttons(*, active: bool) -> list[Any]:
    return [gr.update(interactive=active) for _ in LABELS]


def build_blind_tab(test: BlindTest, page: gr.Blocks) -> None:
    """Lay out the tab and wire its events."""
    trial = gr.State(None)
    gr.HTML(f'<p class="sl-legend">{BLIND_INTRO}</p>')
    with gr.Row(elem_classes="sl-ask"):
        query = gr.Textbox(
            label="A query for the blind test", max_lines=4, scale=8, min_width=260, elem_id="sl-blind-query"
        )
        show = gr.Button("Show lists", variant="primary", scale=1, min_width=110)
        proposing = gr.Button("Propose a query", scale=1, min_width=190, visible=bool(test.proposals))
    said = gr.HTML(render_hint(START), elem_id="sl-blind-said")
    with gr.Row(elem_id="sl-votes"):
        buttons = [gr.Button(label, interactive=False, min_width=120) for label in LABELS.values()]
    lists = gr.HTML("", elem_id="sl-blind-lists")
    marks = gr.Textbox(visible="hidden", label="Marks of listings")
    tally = gr.HTML(test.tally(), elem_id="sl-blind-tally")
    export = gr.Button("Download all votes (JSON Lines)", size="sm", min_width=200, elem_id="sl-export")
    exported = gr.Textbox(visible="hidden", label="All votes")
    shown = [trial, lists, said, *buttons]
    gr.on([show.click, query.submit], partial(show_trial, test), query, shown, **QUIET)
    proposing.click(partial(propose, test), None, [query, *shown], **QUIET)
    for choice, button in zip(get_args(Choice), buttons, strict=True):
        button.click(_voting(test, choice), [trial, lists, marks], [*shown, tally], js=SEND_MARKS, **QUIET)
    # Another's votes since this page was served.
    page.load(test.tally, None, tally, **QUIET)
    export.click(test.log.to_json_lines, None, exported, **QUIET).then(None, exported, None, js=SAVE_FILE, **QUIET)
