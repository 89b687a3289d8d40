"""Readers of listings: the bundled sample, and JSON Lines files of a person's own."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SAMPLE_PATH = Path(__file__).parent / "sample" / "listings.jsonl"
SAMPLE_NAME = "sample"


@dataclass(frozen=True, slots=True)
class SourceListing:
    """One listing as its source has it; nothing is cleaned yet."""

    listing_id: str
    title: str
    description: str
    company: str = ""
    location: str = ""
    work_mode: str = ""
    seniority: str = ""
    queries: tuple[str, ...] = ()


def resolve_source(source: str) -> Path:
    """Turn `--source` into the path of a JSON Lines file.

    Raises:
        ValueError: the file is of a kind that no reader is for.
        FileNotFoundError: no such file.
    """
    if source == SAMPLE_NAME:
        return SAMPLE_PATH
    path = Path(source)
    if path.suffix != ".jsonl":
        raise ValueError(f"expected --source sample or a path ending in .jsonl, got {source!r}")
    if not path.is_file():
        raise FileNotFoundError(f"expected a JSON Lines file at {path}, there is none; check --source")
    return path


def read_json_lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield ("file:line", object) for each line that is not blank.

    Raises:
        FileNotFoundError: no such file.
        ValueError: a line is no JSON object, or not UTF-8.
    """
    if not path.is_file():
        raise FileNotFoundError(f"expected a JSON Lines file at {path}, there is none; check the name")
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            where = f"{path}:{number}"
            try:
                value = json.loads(line)
            except (json.JSONDecodeError, UnicodeDecodeError) as error:
                raise ValueError(
                    f"expected one JSON object a line, {where} is none ({error}); mend that line"
                ) from error
            if not isinstance(value, dict):
                raise ValueError(f"expected a JSON object, {where} holds a {type(value).__name__}; mend that line")
            yield where, value


def read_listings(path: Path) -> list[SourceListing]:
    """Read listings from JSON Lines; `listing_id`, `title` and `description` are needed.

    Raises:
        FileNotFoundError: no such file.
        ValueError: a needed field is missing, a field has a wrong type, an id stands twice, or the
            file has no listing.
    """
    listings: dict[str, SourceListing] = {}
    for where, row in read_json_lines(path):
        listing = _source_listing(row, where)
        if listing.listing_id in listings:
            raise ValueError(
                f"expected each listing_id once, {where} repeats {listing.listing_id!r}; make the ids unique"
            )
        listings[listing.listing_id] = listing
    if not listings:
        raise ValueError(f"expected at least one listing in {path}, found none; check --source")
    return list(listings.values())


TEXT_FIELDS = ("title", "description", "company", "location", "work_mode", "seniority")


def _source_listing(row: dict[str, Any], where: str) -> SourceListing:
    missing = [name for name in ("listing_id", "title", "description") if row.get(name) is None]
    if missing:
        raise ValueError(f"expected the field {missing[0]!r}, {where} has only {sorted(row)}; add it")
    listing_id = row["listing_id"]
    if not isinstance(listing_id, str | int) or not str(listing_id).strip():
        raise ValueError(f"expected a text or a number in 'listing_id', {where} has {listing_id!r}; mend that line")
    texts = {name: row.get(name) or "" for name in TEXT_FIELDS}
    queries = row.get("queries") or []
    for name, value in texts.items():
        check_text(value, name, where)
    if not isinstance(queries, list):
        raise ValueError(f"expected `queries` to be a list of texts, {where} has {queries!r}; mend that line")
    for query in queries:
        check_text(query, "queries", where)
    return SourceListing(listing_id=str(listing_id), queries=tuple(queries), **texts)


def check_text(value: object, name: str, where: str) -> None:
    """Refuse what is no text that can be written as UTF-8.

    Raises:
        ValueError: it is of another type, or holds half of a surrogate pair.
    """
    if not isinstance(value, str):
        raise ValueError(f"expected a text in {name!r}, {where} has {value!r}; mend that line")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"expected text that UTF-8 can hold in {name!r}, {where} has {value[error.start]!r}; mend that line"
        ) from error


def file_hash(path: Path) -> str:
    """Return the sha256 of a file, its revision in build.json."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
