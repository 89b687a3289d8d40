"""Who may vote on what: a trial that was shown takes one vote, and one address casts so many at most."""

import hashlib
import hmac
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from data.votes import Vote, voter_client

# Trials that wait for a vote at a time; the oldest give way.
MAX_OPEN = 10_000
# More than a person who reads both lists casts.
MAX_A_MINUTE, MAX_A_DAY = 10, 100
SECRET_FILE = "voter-secret"  # noqa: S105 (a file's name)


class Ballots:
    """Trials that were shown: those not voted on yet, and those that were; thread-safe."""

    def __init__(self, *, most: int = MAX_OPEN) -> None:
        self._open: OrderedDict[str, None] = OrderedDict()
        self._used: OrderedDict[str, None] = OrderedDict()
        self._most = most
        self._lock = threading.Lock()

    def issue(self, token: str) -> None:
        """Let a trial be voted on."""
        with self._lock:
            self._used.pop(token, None)
            self._keep(self._open, token)

    def _keep(self, tokens: OrderedDict[str, None], token: str) -> None:
        tokens[token] = None
        while len(tokens) > self._most:
            tokens.popitem(last=False)

    def is_used(self, token: str) -> bool:
        """Tell whether a trial has been voted on."""
        with self._lock:
            return token in self._used

    def take(self, token: str) -> bool:
        """Use up a trial's vote; False where it was never shown, was forgotten, or has been voted on."""
        with self._lock:
            is_open = self._open.pop(token, token) is None
            if is_open:
                self._keep(self._used, token)
            return is_open


def load_secret(folder: Path) -> bytes:
    """Read or make the secret by which addresses become names; one for this process where none can be kept."""
    path = folder / SECRET_FILE
    with suppress(OSError):
        path.touch(mode=0o600)
        if not path.stat().st_size:
            path.write_text(secrets.token_hex(32), encoding="ascii")
        return path.read_bytes()
    return secrets.token_bytes(32)


def name_voter(address: str, session: str | None, secret: bytes) -> str:
    """Name a voter: its address and its visit, both as digests of which nobody else can tell them."""
    parts = (hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()[:12] for text in (address, session or ""))
    return ".".join(parts)


def find_limit(voter: str, votes: Iterable[Vote]) -> str:
    """Say which limit a voter's address has reached; empty for none."""
    now = datetime.now(UTC)
    client = voter_client(voter)
    ages = [now - datetime.fromisoformat(vote.time) for vote in votes if voter_client(vote.voter) == client]
    for most, span, words in (
        (MAX_A_MINUTE, timedelta(minutes=1), "a minute"),
        (MAX_A_DAY, timedelta(days=1), "a day"),
    ):
        # A clock that was set back makes ages negative.
        if sum(abs(age) < span for age in ages) >= most:
            return f"{most} {words}"
    return ""
