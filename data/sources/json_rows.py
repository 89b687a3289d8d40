"""Rows of JSON Lines, and of JSON documents that hold a list of listings somewhere."""

import codecs
import json
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any

import ijson

from data.sources.columns import count_known
from data.sources.opening import open_unpacked
from data.sources.reading import Reading, Row
from search.hub_errors import first_line

# Enough to see where a document keeps its list.
PEEK_EVENTS = 200_000
ITEM = "item"


def read_json_lines(path: Path, reading: Reading | None = None) -> Generator[Row, None, None]:
    """Yield ("file:line", object) for each line, but blank ones.

    Raises:
        FileNotFoundError: no such file.
        ValueError: a line is no object.
    """
    if not path.is_file():
        raise FileNotFoundError(f"expected a JSON Lines file at {path}, there is none; check the name")
    reading = reading or Reading(is_strict=True)
    reading.format += "JSON Lines"
    with open_unpacked(path) as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            where = f"{path}:{number}"
            try:
                value = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise ValueError(
                    f"expected one JSON object a line, {where} is none ({error}); mend that line"
                ) from error
            if not isinstance(value, dict):
                raise ValueError(f"expected a JSON object, {where} holds a {type(value).__name__}; mend that line")
            reading.rows += 1
            yield where, value


def read_json(path: Path, reading: Reading | None = None) -> Generator[Row, None, None]:
    """Yield ("file:number", object) for each object of the document's list of listings, streamed.

    The list may be the document, or lie in it at any depth, as in the answers of job boards. A document without one is
    a listing itself.

    Raises:
        ValueError: it is no JSON, or has no object.
    """
    reading = reading or Reading(is_strict=True)
    with _open_json(path) as stream:
        prefix = _find_list(islice(_events(stream), PEEK_EVENTS))
    place = prefix.removesuffix(ITEM).strip(".")
    reading.format += "JSON" + (f", the list in {place!r}" if place else "" if prefix else ", one object")
    with _open_json(path) as stream:
        for number, value in enumerate(ijson.items(stream, prefix, use_float=True, multiple_values=True), start=1):
            where = f"{path}:{number}"
            if isinstance(value, dict):
                reading.rows += 1
                yield where, value
            else:
                reading.leave_out("no object", f"expected a JSON object, {where} is {str(value)[:40]!r}; mend it")
    reading.finish()


@contextmanager
def _open_json(path: Path) -> Iterator[IO[bytes]]:
    try:
        with open_unpacked(path) as stream:
            if stream.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8:
                yield stream
                return
        with open_unpacked(path) as stream:
            yield stream
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise ValueError(f"expected JSON in UTF-8, {path} is none ({first_line(error)}); make it anew") from error


def _events(stream: IO[bytes]) -> Iterator[tuple[str, str, Any]]:
    return iter(ijson.parse(stream, use_float=True, multiple_values=True))


def _find_list(events: Iterable[tuple[str, str, Any]]) -> str:
    """Return where the objects are whose names look most like those of a listing: as ijson names it."""
    names: dict[str, dict[str, None]] = {"": {}}
    for prefix, event, value in events:
        if event == "map_key":
            for place in _places(prefix):
                inner = prefix.removeprefix(place).lstrip(".")
                names.setdefault(place, {})[f"{inner}.{value}" if inner else value] = None
    # Of equals the outermost one.
    return max(names, key=lambda place: (count_known(list(names[place])), place != "", -place.count(".")))


def _places(prefix: str) -> Iterator[str]:
    """Yield the prefix's document and the lists that it lies in; not through lists of the inner ones."""
    parts = prefix.split(".") if prefix else []
    last = max((number for number, part in enumerate(parts) if part == ITEM), default=-1)
    yield ".".join(parts[: last + 1])
