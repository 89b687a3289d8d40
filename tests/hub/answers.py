"""Requests and answers as values, and the Hub's way to say no."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

BYTE_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True)
class Asked:
    """A request: `target` is the raw path with its query, `user` the owner of a valid token."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)
    user: str | None = None
    may_write: bool = False

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    def query(self, name: str) -> str | None:
        """Return the first value of a query parameter."""
        return parse_qs(urlsplit(self.target).query).get(name, [None])[0]

    def flag(self, name: str) -> bool:
        return (self.query(name) or "").lower() in ("true", "1")

    def json(self) -> dict[str, Any]:
        return json.loads(self.body)

    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.body.decode())


@dataclass(frozen=True)
class Answer:
    """What is sent back; a HEAD request gets the headers of the same answer."""

    status: int
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


class RefusalError(Exception):
    """Raised by a route to answer with an error."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def json_answer(value: object, status: int = 200, *, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})})


def error_answer(
    status: int, message: str, *, code: str | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """Return an error in the Hub's form: `code` becomes the client's kind of exception."""
    said = {"X-Error-Message": message} | ({"X-Error-Code": code} if code else {}) | dict(headers or {})
    return json_answer({"error": message}, status, headers=said)


def refuse(
    status: int, message: str, *, code: str | None = None, headers: Mapping[str, str] | None = None
) -> RefusalError:
    """Return the exception that answers with an error."""
    return RefusalError(error_answer(status, message, code=code, headers=headers))


def content_answer(content: bytes, asked: Asked, headers: Mapping[str, str]) -> Answer:
    """Return a file's content, or the part that the Range header asks for."""
    named = {"Accept-Ranges": "bytes", "Content-Type": "application/octet-stream", **headers}
    wanted = BYTE_RANGE.fullmatch(asked.headers.get("Range", "").strip())
    if not wanted or wanted.groups() == ("", ""):
        return Answer(200, content, named)
    first, last = wanted.groups()
    size = len(content)
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if start >= end:
        return error_answer(416, "Range not satisfiable", headers={"Content-Range": f"bytes */{size}"})
    return Answer(206, content[start:end], {**named, "Content-Range": f"bytes {start}-{end - 1}/{size}"})


def unquoted(groups: Mapping[str, str | None]) -> dict[str, str]:
    """Return the named parts of a path, each unquoted after the split (a revision may hold a slash)."""
    return {name: unquote(value or "") for name, value in groups.items()}
