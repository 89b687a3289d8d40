"""The journal of a language model's answers: each is on disk before its listing counts as asked."""

import json
import os
import threading
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a question. `key` is the hash of all that it was asked with."""

    key: str
    content: str
    prompt_tokens: int
    completion_tokens: int


class Journal:
    """Answers by key, in memory and in a JSON Lines file that only grows.

    A killed run leaves at most half a last line; it is cut off, and its question is asked again.
    """

    def __init__(self, path: Path) -> None:
        """Read the journal, or begin one.

        Raises:
            ValueError: the file holds something else.
        """
        self.path = path
        self._lock = threading.Lock()
        self.answers: dict[str, Answer] = {}
        whole = path.read_bytes() if path.exists() else b""
        complete = whole[: whole.rfind(b"\n") + 1]
        for number, line in enumerate(complete.splitlines(), start=1):
            try:
                answer = Answer(**json.loads(line))
            except (ValueError, TypeError) as error:
                raise ValueError(
                    f"expected a journal of answers, {path}:{number} is no line of one; name another file with --journal"
                ) from error
            self.answers[answer.key] = answer
        if whole and not complete and not whole.startswith(b'{"key"'):
            raise ValueError(f"expected a journal of answers, {path} is none; name another file with --journal")
        if len(complete) < len(whole):
            os.truncate(path, len(complete))

    def append(self, answer: Answer) -> None:
        """Write an answer to the disk, then remember it; threads may do so at once."""
        line = json.dumps(asdict(answer)).encode() + b"\n"
        with self._lock:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
            self.answers[answer.key] = answer
