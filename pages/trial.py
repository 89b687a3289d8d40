"""A trial of the blind test: two lists of which nobody is told whose they are before the vote."""

import hashlib
import json
from dataclasses import dataclass

from data.votes import SystemName
from views.blind import MARKS


@dataclass(frozen=True)
class Trial:
    """Two lists shown to one person, known to the server."""

    query: str
    proposed: bool
    assignment_seed: str
    base_ids: tuple[str, ...]
    tuned_ids: tuple[str, ...]

    @property
    def token(self) -> str:
        """The trial's public name, which tells nothing of sides."""
        return _digest("shown", self.assignment_seed)

    @property
    def names(self) -> dict[str, SystemName]:
        """`left` and `right` -> system."""
        left = draw_left(self.assignment_seed, self.query)
        return {"left": left, "right": "base" if left == "tuned" else "tuned"}

    @property
    def lists(self) -> dict[str, tuple[str, ...]]:
        """`left` and `right` -> ids."""
        ids = {"base": self.base_ids, "tuned": self.tuned_ids}
        return {side: ids[name] for side, name in self.names.items()}


def draw_left(assignment_seed: str, query: str) -> SystemName:
    """Draw the system on the left by a random seed."""
    return "tuned" if hashlib.sha256(f"{assignment_seed}:{query}".encode()).digest()[0] % 2 else "base"


def _digest(purpose: str, secret: str | None) -> str:
    """Make a name of 12 hex digits from a secret."""
    return hashlib.sha256(f"{purpose}:{secret}".encode()).hexdigest()[:12]


def read_marks(text: str, trial: Trial) -> dict[str, tuple[str, ...]]:
    """Read the page's marks: `fits` and `unfit` -> ids."""
    try:
        marks = json.loads(text or "{}")
    except (ValueError, RecursionError):
        marks = {}
    marks = marks if isinstance(marks, dict) else {}
    shown = dict.fromkeys((*trial.base_ids, *trial.tuned_ids))
    return {mark: tuple(listing_id for listing_id in shown if marks.get(listing_id) == mark) for mark in MARKS}
