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
    """Trials that were shown and not voted on yet; thread-safe."""

    def __init__(self, *, most: int = MAX_OPEN) -> None:
        self._open: OrderedDict[str, None] = OrderedDict()
        self._most = most
        self._lock = threading.Lock()

    def issue(self, token: str) -> None:
        """Let a trial be voted on."""
        with self._lock:
            self._open[token] = None
            while len(self._open) > self._most:
                self._open.popitem(last=False)

    def is_open(self, token: str) -> bool:
        """Tell whether a trial was shown and not voted on yet."""
        with self._lock:
            return token in self._open

    def take(self, token: str) -> bool:
        """Use up a trial's vote; False where it was never shown, or has been voted on."""
        with self._lock:
            return self._open.pop(token, token) is None


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
