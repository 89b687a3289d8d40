"""Blind votes: appended to a JSON Lines file, read back, counted; and pushed to a dataset on the Hub."""

import json
import logging
import math
import threading
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

from huggingface_hub import CommitScheduler, HfApi, get_token

from data.hub_repository import HUB_ERRORS
from search.hub_errors import first_line

logger = logging.getLogger(__name__)

LISTS = ("base_ids", "tuned_ids", "fits", "unfit")
Choice = Literal["left", "right", "tie", "bad"]
SystemName = Literal["base", "tuned"]
PUSH_MINUTES = 5
# The standard normal's 0.975 quantile: two-sided 95 %.
Z = 1.959964


@dataclass(frozen=True, slots=True)
class Vote:
    """What one person chose between two unnamed lists.

    `lot` and the query decide which system was left, see `draw_left` in pages/blind.py. `voter` is a random name of one visit.
    `base_model` and `tuned_model` are the models' fingerprints, `base_ids` and `tuned_ids` the lists that were shown, `fits` and
    `unfit` the listings that were marked so.
    """

    time: str
    voter: str
    query: str
    proposed: bool
    lot: str
    left: SystemName
    choice: Choice
    base_model: str
    tuned_model: str
    base_ids: tuple[str, ...]
    tuned_ids: tuple[str, ...]
    fits: tuple[str, ...] = ()
    unfit: tuple[str, ...] = ()

    @property
    def winner(self) -> SystemName | Literal["tie", "bad"]:
        """The system that was chosen, or `tie` or `bad`."""
        if self.choice == "tie" or self.choice == "bad":
            return self.choice
        other: SystemName = "tuned" if self.left == "base" else "base"
        return self.left if self.choice == "left" else other


@dataclass(frozen=True, slots=True)
class Tally:
    """How many votes went where, and the tuned model's share of those that chose a list, with its 95 % interval."""

    tuned: int
    base: int
    tie: int
    bad: int
    share: float
    low: float
    high: float


class VoteLog:
    """Votes in a folder, one file a process, each vote a line; safe to use from many threads.

    With `repo_id` the folder is pushed to that dataset every few minutes. What a push could not take stays in the file,
    and goes with the next.
    """

    def __init__(self, folder: Path, *, repo_id: str = "", minutes: float = PUSH_MINUTES) -> None:
        """Read the votes that are there, and begin a file of this process."""
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"votes-{uuid.uuid4().hex[:12]}.jsonl"
        self.scheduler = start_pushing(folder, repo_id, minutes=minutes) if repo_id else None
        pushed = read_pushed(repo_id) if self.scheduler else []
        # A Space's disk is empty at each start; elsewhere the same votes may be here and there.
        votes = dict.fromkeys((*pushed, *read_votes(sorted(folder.glob("*.jsonl")))))
        self._votes = sorted(votes, key=lambda vote: vote.time)
        self._lock = self.scheduler.lock if self.scheduler else threading.Lock()

    @property
    def votes(self) -> tuple[Vote, ...]:
        """All votes, in the order they came."""
        return tuple(self._votes)

    def append(self, vote: Vote) -> None:
        """Keep a vote.

        Raises:
            OSError: the disk did not take it.
        """
        line = _to_line(vote)
        with self._lock:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(line)
            self._votes.append(vote)

    def to_json_lines(self) -> str:
        """Return all votes, a line each."""
        return "".join(map(_to_line, self.votes))


def _to_line(vote: Vote) -> str:
    return json.dumps(asdict(vote)) + "\n"


def start_pushing(folder: Path, repo_id: str, *, minutes: float) -> CommitScheduler | None:
    """Push the folder to a dataset on the Hub again and again; None, and a line in the log, where the Hub refuses."""
    if not get_token():
        logger.warning("votes     expected a Hub token to push to %s, found none; votes stay in %s", repo_id, folder)
        return None
    try:
        return CommitScheduler(
            repo_id=repo_id,
            folder_path=folder,
            every=minutes,
            path_in_repo="votes",
            allow_patterns="votes-*.jsonl",
            repo_type="dataset",
            # What people typed: whoever owns it may open it.
            private=True,
            hf_api=HfApi(),
        )
    except (*HUB_ERRORS, ValueError) as error:
        logger.warning(
            "votes     the Hub did not take %s: %s; votes stay in %s, mend it and start again",
            repo_id,
            first_line(error),
            folder,
        )
        return None


def read_pushed(repo_id: str) -> list[Vote]:
    """Read the votes that former runs pushed; none, and a line in the log, where the Hub does not give them."""
    try:
        folder = HfApi().snapshot_download(repo_id, repo_type="dataset", allow_patterns="votes/*.jsonl")
    except HUB_ERRORS as error:
        logger.warning("votes     could not read those of %s: %s; the tally begins anew", repo_id, first_line(error))
        return []
    return read_votes(sorted(Path(folder).glob("votes/*.jsonl")))


def read_votes(files: Iterable[Path]) -> list[Vote]:
    """Read the votes of these files, in the order they were given; a line that is none is named in the log and passed over."""
    votes = []
    for file in files:
        for number, line in enumerate(
            file.read_text(encoding="utf-8", errors="replace").rstrip("\n").split("\n"), start=1
        ):
            try:
                votes.append(parse_vote(json.loads(line)))
            except (ValueError, TypeError, RecursionError) as error:
                logger.warning("votes     %s, line %d is no vote (%s); passed over", file, number, first_line(error))
    return sorted(votes, key=lambda vote: vote.time)


def parse_vote(row: object) -> Vote:
    """Make a vote of what JSON gave.

    Raises:
        ValueError: it is none.
        TypeError: fields are missing, or unknown.
    """
    if not isinstance(row, dict):
        raise ValueError(f"expected an object, got {type(row).__name__}")
    lists = {name: tuple(map(str, row[name])) for name in LISTS if isinstance(row.get(name), list)}
    vote = Vote(**{**row, **lists})
    given = {name for name in LISTS if name in row}
    texts = (vote.time, vote.voter, vote.query, vote.lot, vote.base_model, vote.tuned_model)
    if not all(isinstance(text, str) for text in texts) or not isinstance(vote.proposed, bool):
        raise ValueError("expected texts, and `proposed` as true or false")
    if vote.choice not in get_args(Choice) or vote.left not in get_args(SystemName) or not lists.keys() >= given:
        raise ValueError(f"expected a choice, a left system and two lists, got {vote.choice!r} and {vote.left!r}")
    return vote


def first_votes(votes: Iterable[Vote]) -> list[Vote]:
    """Keep of several votes that one voter gave on one query the first: a vote tells the names, so later ones are not blind."""
    first: dict[tuple[str, str], Vote] = {}
    for vote in votes:
        first.setdefault((vote.voter, vote.query.casefold()), vote)
    return list(first.values())


def count_votes(votes: Iterable[Vote]) -> Tally:
    """Count the votes, see `first_votes`."""
    winners = [vote.winner for vote in first_votes(votes)]
    tuned, base = winners.count("tuned"), winners.count("base")
    low, high = wilson_interval(tuned, tuned + base)
    share = tuned / (tuned + base) if tuned + base else 0.5
    return Tally(tuned, base, winners.count("tie"), winners.count("bad"), share, low, high)


def wilson_interval(successes: int, n: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share; (0, 1) for no trials.

    Source: Wilson 1927.
    """
    if not n:
        return 0.0, 1.0
    share, square = successes / n, Z * Z / n
    middle = (share + square / 2) / (1 + square)
    half = Z * math.sqrt(share * (1 - share) / n + square / (4 * n)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)
