"""The Blind test tab: two unnamed lists, votes, tally."""

import logging
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Any

import gradio as gr

from comparison.request import ComparisonRequest, clean_query
from data.votes import Choice, Vote, VoteLog, count_votes
from pages.ballots import Ballots, find_limit, load_secret, name_voter
from pages.context import PageContext
from pages.trial import Trial, read_marks
from pages.web.crowd_gate import visitor_of
from views.blind import MARKS, render_blind
from views.templating import render

logger = logging.getLogger(__name__)

SHOWN = 5
# For screen readers, as nothing else says it.
TOLD = '<p class="sl-said" role="status">Two lists without names are shown.</p>'
# As the template of the lists has it.
SHOWN_TOKEN = re.compile(r'data-shown="([^"]+)"')
LABELS: dict[Choice, str] = {
    "left": "Left is better",
    "right": "Right is better",
    "tie": "Equally good",
    "bad": "Both bad",
}
# A handler's answer that leaves everything as it is.
SKIPPED: tuple[Any, ...] = tuple(gr.skip() for _ in range(4 + len(LABELS)))
# Random queries that are tried until the two lists differ.
MAX_DRAWS = 20
# What events send in place of their inputs, see views/static/blind.js.
SEND_VOTE = "(trial, shown) => [trial, shown, window.shortlist.marks(), window.shortlist.blind.typed()]"
CARRY = "(typed) => window.shortlist.blind.carry(typed)"
TELL_EDITED = "() => window.shortlist.blind.edited()"
SAVE_FILE = "(text) => window.shortlist.save('votes.jsonl', new Blob([text], { type: 'application/jsonl' }))"
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


@dataclass(frozen=True)
class BlindTest:
    """What handlers share; `models` are fingerprints of base and tuned; a proxy may say who visits."""

    context: PageContext
    log: VoteLog
    models: tuple[str, str]
    proposals: Sequence[str] = field(default_factory=tuple)
    trusts_proxy: bool = False
    ballots: Ballots = field(default_factory=Ballots)

    @cached_property
    def secret(self) -> bytes:
        """By which addresses become names."""
        return load_secret(self.log.path.parent)

    def name_voter(self, request: gr.Request) -> str:
        """Return the name that a visitor votes under."""
        asked = request.request
        address = visitor_of(asked.scope, trusts_proxy=self.trusts_proxy) if asked else ""
        return name_voter(address, request.session_hash, self.secret)

    def render_lists(
        self, trial: Trial, *, names: Mapping[str, str] | None = None, given: Mapping[str, str] | None = None
    ) -> str:
        """Return the HTML of both lists, see `render_blind`."""
        wanted = self.context.systems.understand(ComparisonRequest(trial.query)).wanted
        return render_blind(
            trial.query, wanted, trial.lists, self.context.systems.listings, token=trial.token, names=names, given=given
        )

    def render_tally(self, voter: str = "") -> str:
        """Return the HTML tally of votes on these models, and of one voter's own."""
        votes = [vote for vote in self.log.votes if (vote.base_model, vote.tuned_model) == self.models]
        own = count_votes(vote for vote in votes if vote.voter == voter)
        return render("tally.html", tally=count_votes(votes), own=own, names=self.context.names)


def show_trial(test: BlindTest, typed: str, *, proposed: bool = False) -> tuple[Any, ...]:
    """Rank for a query: trial, lists, message, and buttons."""
    query = clean_query(typed or "")
    if not query:
        return None, "", render("blind_quiet.html"), *_buttons(active=False)
    comparison = test.context.compare(ComparisonRequest(query, SHOWN))
    base_ids, tuned_ids = comparison.base.listing_ids, comparison.tuned.listing_ids
    if base_ids == tuned_ids:
        return None, "", render("same.html", query=query), *_buttons(active=False)
    trial = Trial(query, proposed, secrets.token_hex(8), base_ids, tuned_ids)
    test.ballots.issue(trial.token)
    return trial, test.render_lists(trial), TOLD, *_buttons(active=True)


def propose(test: BlindTest) -> tuple[Any, ...]:
    """Draw test queries until the two lists differ: the query, then its trial as `show_trial` returns it."""
    queries = list(dict.fromkeys(test.proposals))
    drawn = secrets.SystemRandom().sample(queries, min(MAX_DRAWS, len(queries)))
    for query in drawn:
        trial, *shown = show_trial(test, query, proposed=True)
        if trial is not None:
            return query, trial, *shown
    said = render("same.html", query="", drawn=len(drawn))
    return gr.skip(), None, "", said, *_buttons(active=False)


def cast_vote(
    test: BlindTest, choice: Choice, trial: Trial | None, shown: str, marks: str, typed: str, request: gr.Request
) -> tuple[Any, ...]:
    """Save a vote on the `shown` HTML and tell names; `typed` is the query field's text, which must be the lists'."""
    token = found[1] if (found := SHOWN_TOKEN.search(shown or "")) else ""
    if trial is None:
        return _answer_without_ballot(test, token)
    # Lists of another trial are still shown while new ones are on their way.
    if token != trial.token:
        return SKIPPED
    if clean_query(typed or "") != trial.query:
        return _refuse("blind_edited.html", active=False)
    voter = test.name_voter(request)
    if limit := find_limit(voter, test.log.votes):
        return _refuse("blind_refused.html", active=True, limit=limit)
    # Of several clicks at once the first counts.
    if not test.ballots.take(token):
        return _answer_without_ballot(test, token)
    vote = make_vote(test, trial, choice=choice, voter=voter, marks=marks)
    try:
        test.log.append(vote)
    except OSError as error:
        logger.warning("votes     %s did not take a vote: %s", test.log.path, error.strerror)
        test.ballots.issue(token)
        return _refuse("blind_refused.html", active=True, limit="")
    said = render("vote.html", winner=vote.winner, query=trial.query, marks=len(vote.fits + vote.unfit))
    given = {listing_id: mark for mark in MARKS for listing_id in getattr(vote, mark)}
    lists = test.render_lists(trial, names=trial.names, given=given)
    return None, lists, said, *_buttons(active=False), test.render_tally(voter)


def _answer_without_ballot(test: BlindTest, token: str) -> tuple[Any, ...]:
    """Say nothing where lists were voted on before, else that the server forgot them."""
    is_over = not token or test.ballots.is_used(token)
    return SKIPPED if is_over else _refuse("blind_lost.html", active=False)


def _refuse(template: str, *, active: bool, **values: str) -> tuple[Any, ...]:
    """Return a handler's answer that says why there is no vote and leaves the rest; `active` lets people try again."""
    return gr.skip(), gr.skip(), render(template, **values), *_buttons(active=active), gr.skip()


def make_vote(test: BlindTest, trial: Trial, *, choice: Choice, voter: str, marks: str) -> Vote:
    """Return a vote on a trial, as it is kept."""
    base_model, tuned_model = test.models
    return Vote(
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        voter=voter,
        left=trial.names["left"],
        choice=choice,
        base_model=base_model,
        tuned_model=tuned_model,
        **(asdict(trial) | read_marks(marks, trial)),
    )


def _voting(test: BlindTest, choice: Choice) -> Callable[..., tuple[Any, ...]]:
    """Return a choice's handler; partial ones get no request."""

    def vote(trial: Trial | None, shown: str, marks: str, typed: str, request: gr.Request) -> tuple[Any, ...]:
        return cast_vote(test, choice, trial, shown, marks, typed, request)

    return vote


def _buttons(*, active: bool) -> list[Any]:
    return [gr.update(interactive=active) for _ in LABELS]


def build_blind_tab(test: BlindTest, page: gr.Blocks, tab: gr.Tab) -> None:
    """Lay out the tab and wire its events."""
    trial = gr.State(None)
    gr.HTML(render("blind_intro.html"))
    with gr.Row(elem_classes="sl-ask"):
        query = gr.Textbox(
            label="A query for the blind test", max_lines=4, scale=8, min_width=260, elem_id="sl-blind-query"
        )
        show = gr.Button("Show lists", variant="primary", scale=1, min_width=110)
        proposing = gr.Button(
            "Random query", scale=1, min_width=190, visible=bool(test.proposals), elem_id="sl-blind-random"
        )
    said = gr.HTML(render("blind_quiet.html"), elem_id="sl-blind-said")
    with gr.Row(elem_id="sl-votes"):
        buttons = [gr.Button(label, interactive=False, min_width=120) for label in LABELS.values()]
    lists = gr.HTML("", elem_id="sl-blind-lists")
    marks = gr.Textbox(visible="hidden", label="Marks of listings")
    tally = gr.HTML(test.render_tally(), elem_id="sl-blind-tally")
    shown = [trial, lists, said, *buttons]
    gr.on([show.click, query.submit], partial(show_trial, test), query, shown, **QUIET)
    query.input(None, None, [said, *buttons], js=TELL_EDITED, **QUIET)
    proposing.click(partial(propose, test), None, [query, *shown], **QUIET)
    # In the page alone: a server's answer could replace what somebody has typed in the meantime.
    tab.select(None, query, query, js=CARRY, **QUIET)
    sent = [trial, lists, marks, query]
    for choice, button in zip(LABELS, buttons, strict=True):
        button.click(_voting(test, choice), sent, [*shown, tally], js=SEND_VOTE, **QUIET)
    # Another's votes since this page was served.
    page.load(test.render_tally, None, tally, **QUIET)
    build_export(test.log)


def build_export(log: VoteLog) -> None:
    """Lay out the download of all votes."""
    export = gr.Button("Download all votes (JSON Lines)", size="sm", min_width=200, elem_id="sl-export")
    exported = gr.Textbox(visible="hidden", label="All votes")
    export.click(log.to_json_lines, None, exported, **QUIET).then(None, exported, None, js=SAVE_FILE, **QUIET)
