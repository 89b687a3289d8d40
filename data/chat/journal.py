"""The journal of a language model's answers."""

import json
import os
import threading
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Answer:
    """A model's text and what it cost."""

    content: str
    prompt_tokens: int
    completion_tokens: int

    @property
    def tokens(self) -> dict[str, int]:
        """The tokens by name."""
        return {"prompt_tokens": self.prompt_tokens, "completion_tokens": self.completion_tokens}


class Journal:
    """Answers by their question's hash, in memory and a file.

    A killed run leaves at most half a last line: it is cut off, and its question is asked again.
    """

    def __init__(self, path: Path) -> None:
        """Read the journal, or begin one.

        Raises:
            ValueError: the file holds something else.
        """
        self.path = path
        self._lock = threading.Lock()
        self.answers: dict[str, Answer] = {}
        content = path.read_bytes() if path.exists() else b""
        complete = content[: content.rfind(b"\n") + 1]
        for number, line in enumerate(complete.splitlines(), start=1):
            try:
                values = dict(**json.loads(line))
                key = values.pop("key")
                self.answers[key] = Answer(**values)
            except (ValueError, TypeError, KeyError) as error:
                raise ValueError(
                    f"expected a journal of answers, {path}:{number} is no line of one; "
                    "name another file with --journal"
                ) from error
        if content and not complete and not content.startswith(b'{"key"'):
            raise ValueError(f"expected a journal of answers, {path} is none; name another file with --journal")
        if len(complete) < len(content):
            os.truncate(path, len(complete))

    def append(self, key: str, answer: Answer) -> None:
        """Write an answer to the disk, then remember it."""
        line = json.dumps({"key": key} | asdict(answer)).encode() + b"\n"
        with self._lock:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
            self.answers[key] = answer
