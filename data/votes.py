"""Blind votes: saved to files, counted, pushed to the Hub."""

import errno
import json
import logging
import os
import threading
import uuid
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import Annotated, Literal

from huggingface_hub import CommitScheduler, HfApi, get_token
from pydantic import AfterValidator, AliasChoices, Field, TypeAdapter, ValidationError

from data.hub_repository import HUB_ERRORS
from search.hub_errors import first_line

logger = logging.getLogger(__name__)

Choice = Literal["left", "right", "tie", "bad"]
SystemName = Literal["base", "tuned"]
PUSH_MINUTES = 5
# The name in older files.
ASSIGNMENT_SEED = Field(validation_alias=AliasChoices("assignment_seed", "lot"))


def _check_time(text: str) -> str:
    """Refuse what is no ISO time with its offset: a voter's limit is counted by the ages of their votes."""
    if datetime.fromisoformat(text).utcoffset() is None:
        raise ValueError(f"expected a time with an offset as in 2026-11-25T12:00:00+00:00, got {text[:40]!r}")
    return text


@dataclass(frozen=True, slots=True)
class Vote:
    """What one person chose between two unnamed lists."""

    time: Annotated[str, AfterValidator(_check_time)]
    voter: str  # a name of an address, and behind a full stop of one visit, see pages/ballots.py
    query: str
    proposed: bool
    # With the query it decides which system was left, see `draw_left` in pages/blind.py.
    assignment_seed: Annotated[str, ASSIGNMENT_SEED]
    left: SystemName
    choice: Choice
    base_model: str  # a fingerprint, as is the next
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


VOTES = TypeAdapter(Vote)


@dataclass(frozen=True, slots=True)
class Tally:
    """Votes by choice; the tuned model's share and 95 % interval; from how many addresses they are."""

    tuned: int
    base: int
    tie: int
    bad: int
    share: float
    low: float
    high: float
    voters: int = 0


class VoteLog:
    """Votes in a folder, one file a process, thread-safe.

    With `repo_id` the folder is pushed to that dataset every few minutes, and again where a push failed.
    """

    def __init__(self, folder: Path, *, repo_id: str = "", minutes: float = PUSH_MINUTES) -> None:
        """Read earlier votes, and begin a file of this process; warn where it can't be written."""
        check_folder(folder)
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
        """Write a vote to the disk, then remember it.

        Raises:
            OSError: the disk did not take it.
        """
        line = _to_line(vote)
        with self._lock:
            append_line(self.path, line)
            self._votes.append(vote)

    def to_json_lines(self) -> str:
        """Return all votes, a line each."""
        return "".join(map(_to_line, self.votes))


def check_folder(folder: Path) -> None:
    """Make a folder; warn where it takes no files, as votes would be lost."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder) as file:
            file.write(b"a vote")
    except OSError as error:
        logger.warning(
            "votes     expected a folder that takes votes, %s does not (%s); voters are told so, and none is kept: "
            "name another with --votes",
            *(folder, error.strerror),
        )


def append_line(path: Path, line: str) -> None:
    """Write a line to the end of a file and to the disk; what was left of half a line stays, on a line of its own.

    Raises:
        OSError: the disk did not take it; the file is as it was, as far as the disk allows.
    """
    with path.open("ab", buffering=0) as file:
        size = file.tell()
        try:
            data = _ending(path, size) + line.encode()
            if (written := file.write(data)) != len(data):
                raise OSError(errno.ENOSPC, f"expected {len(data)} bytes to be written, {written} were")
            os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                file.truncate(size)
            raise


def _ending(path: Path, size: int) -> bytes:
    """Return what must stand before the next line: a line break where the last line has none."""
    if not size:
        return b""
    with path.open("rb") as file:
        file.seek(size - 1)
        return b"" if file.read(1) == b"\n" else b"\n"


def voter_client(voter: str) -> str:
    """Return the part of a voter's name that stands for its address; all of a name of before there were such."""
    return voter.partition(".")[0]


def _to_line(vote: Vote) -> str:
    return json.dumps(asdict(vote)) + "\n"


def start_pushing(folder: Path, repo_id: str, *, minutes: float) -> CommitScheduler | None:
    """Push the folder regularly; None, logged, if the Hub refuses."""
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
        message = "votes     the Hub did not take %s: %s; votes stay in %s, mend it and start again"
        logger.warning(message, repo_id, first_line(error), folder)
        return None


def read_pushed(repo_id: str) -> list[Vote]:
    """Read votes pushed by former runs; none, logged, on errors."""
    try:
        return read_votes(pushed_files(repo_id))
    except HUB_ERRORS as error:
        logger.warning("votes     could not read those of %s: %s; the tally begins anew", repo_id, first_line(error))
        return []


def pushed_files(repo_id: str, revision: str | None = None) -> list[Path]:
    """Download the votes' files that apps pushed.

    Raises:
        HUB_ERRORS: the Hub does not give them.
    """
    folder = HfApi().snapshot_download(repo_id, repo_type="dataset", revision=revision, allow_patterns="votes/*.jsonl")
    return sorted(Path(folder).glob("votes/*.jsonl"))


def read_votes(files: Iterable[Path]) -> list[Vote]:
    """Read votes by time; log and skip other lines."""
    votes = []
    for file in files:
        lines = file.read_text(encoding="utf-8", errors="replace").rstrip("\n").split("\n")
        for number, line in enumerate(lines, start=1):
            try:
                votes.append(parse_vote(line))
            except ValueError as error:
                logger.warning("votes     %s, line %d is no vote (%s); passed over", file, number, error)
    return sorted(votes, key=lambda vote: vote.time)


def parse_vote(line: str) -> Vote:
    """Read a vote from a line of JSON.

    Raises:
        ValueError: it is none; the message names the first field that does not fit.
    """
    try:
        return VOTES.validate_json(line, strict=True, extra="forbid")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ValueError(f"{'.'.join(map(str, first['loc'])) or 'line'}: {first['msg']}") from error


def first_votes(votes: Iterable[Vote]) -> list[Vote]:
    """Keep each address's first vote per query; later ones are not blind, and visits cost nothing."""
    first: dict[tuple[str, str], Vote] = {}
    for vote in votes:
        first.setdefault((voter_client(vote.voter), vote.query.casefold()), vote)
    return list(first.values())


def count_votes(votes: Iterable[Vote]) -> Tally:
    """Count each address's first vote per query."""
    first = first_votes(votes)
    winners = Counter(vote.winner for vote in first)
    tuned, decided = winners["tuned"], winners["tuned"] + winners["base"]
    low, high = wilson_interval(tuned, decided)
    share = tuned / decided if decided else 0.5
    return Tally(
        tuned,
        winners["base"],
        winners["tie"],
        winners["bad"],
        share,
        low,
        high,
        len({voter_client(one.voter) for one in first}),
    )


def wilson_interval(successes: int, n: int) -> tuple[float, float]:
    """Return a share's 95 % interval (Wilson 1927)."""
    if not n:
        return 0.0, 1.0
    # Imported here: it takes a second, which the app's start need not wait for.
    from scipy.stats import binomtest  # noqa: PLC0415

    interval = binomtest(successes, n).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)
