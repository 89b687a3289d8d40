"""Sources of listings: the sample, files, datasets on the Hub."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi

from data.sources.columns import company_value, find_columns, queries_value, text_value, work_mode_value
from data.sources.readers import Row, read_csv, read_hub, read_json_lines, read_parquet
from search.hub_errors import NETWORK_ERRORS, first_line
from search.records import text_id

SAMPLE_PATH = Path(__file__).parents[1] / "sample" / "listings.jsonl"
SAMPLE_NAME = "sample"
HUB_NAME = "hub"
DEFAULT_HUB_DATASET = "datastax/linkedin_job_listings"
FILE_READERS = {".jsonl": read_json_lines, ".csv": read_csv, ".parquet": read_parquet}
# Fields of a listing that are one line of text.
FACTS = ("title", "company", "location", "work_mode", "seniority")
# What an id is made of where there is none, in this order.
ID_FIELDS = ("title", "description", "location", "seniority", "company", "work_mode")
# How cells are read that are no plain text.
CELLS: Mapping[str, Callable[[Any, str, str], Any]] = {
    "company": company_value,
    "work_mode": work_mode_value,
    "queries": queries_value,
}
# A JSON Lines file names its columns in its rows; so many are looked at.
PEEK_ROWS = 100


@dataclass(frozen=True, slots=True)
class SourceListing:
    """A listing as its source has it, uncleaned."""

    listing_id: str
    title: str
    description: str
    company: str = ""
    location: str = ""
    work_mode: str = ""
    seniority: str = ""
    queries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Rows that can be read repeatedly, and their origin."""

    name: str  # published with the dataset, so without folders
    revision: str  # a commit of the Hub, or a file's sha256
    rows: Callable[[], Iterator[Row]]
    license: str = ""


def parse_source(source: str) -> tuple[str, str]:
    """Split `--source` into its kind and path or repository.

    The kind is sample, hub, .csv, .jsonl or .parquet.

    Raises:
        ValueError: no reader is for it.
        FileNotFoundError: no such file.
    """
    if source == SAMPLE_NAME:
        return SAMPLE_NAME, str(SAMPLE_PATH)
    kind, _, name = source.partition(":")
    if kind == HUB_NAME:
        name = name or DEFAULT_HUB_DATASET
        if not re.fullmatch(r"\w[\w.-]*/\w[\w.-]*(@[\w./-]+)?", name):
            raise ValueError(f"expected --source hub:USER/NAME or hub:USER/NAME@REVISION, got {source!r}")
        return HUB_NAME, name
    path = Path(source)
    if path.suffix.lower() not in FILE_READERS:
        raise ValueError(
            f"expected --source sample, hub, hub:USER/NAME[@revision], or a path ending in "
            f"{', '.join(FILE_READERS)}, got {source!r}"
        )
    if not path.is_file():
        raise FileNotFoundError(f"expected a file of listings at {path}, there is none; check --source")
    return path.suffix.lower(), source


def open_source(source: str) -> Source:
    """Open the source that `--source` names, its revision resolved.

    Raises:
        ValueError: no reader is for it.
        FileNotFoundError: no such file or Hub dataset.
    """
    kind, name = parse_source(source)
    path = Path(name)
    if kind == SAMPLE_NAME:
        return Source(SAMPLE_NAME, file_hash(path), lambda: read_json_lines(path), license="cc0-1.0")
    if kind != HUB_NAME:
        return Source(path.name, file_hash(path), lambda: FILE_READERS[kind](path))
    repo_id, _, revision = name.partition("@")
    try:
        info = HfApi().dataset_info(repo_id, revision=revision or None)
    except NETWORK_ERRORS as error:
        raise FileNotFoundError(
            f"could not find the dataset {name!r} on the Hub: {first_line(error)}; check the name and the network"
        ) from error
    sha = info.sha or "main"
    license_name = str(getattr(info.card_data, "license", None) or "")
    return Source(f"{HUB_NAME}:{repo_id}", sha, lambda: read_hub(repo_id, sha), license=license_name)


def read_listings(source: Source, columns: Mapping[str, str] | None = None) -> Iterator[SourceListing]:
    """Yield a source's listings; only ids stay in memory.

    A repeated row is yielded too: grouping counts it. Without a column of ids an id is the hash of its texts.

    Args:
        source: Where the rows are.
        columns: Field -> column, for fields whose column has an uncommon name.

    Raises:
        FileNotFoundError: the source is gone.
        ValueError: there is no row, a column is missing, a cell is unusable, or one id stands for two listings.
    """
    rows = source.rows()
    peeked = list(islice(rows, PEEK_ROWS))
    if not peeked:
        raise ValueError(f"expected at least one listing in {source.name}, found none; check --source")
    names = list(dict.fromkeys(name for _, row in peeked for name in row))
    mapping = find_columns(names, columns or {}, source=source.name)
    seen: dict[str, str] = {}
    for where, row in chain(peeked, rows):
        listing = _source_listing(row, mapping, where)
        content = text_id(f"{listing.title}\n{listing.description}")
        if seen.setdefault(listing.listing_id, content) != content:
            raise ValueError(
                f"expected one listing for each id, {where} repeats {listing.listing_id!r} with another text; "
                "make the ids unique, or leave them out with --columns listing_id="
            )
        yield listing


def _source_listing(row: Mapping[str, object], mapping: Mapping[str, str], where: str) -> SourceListing:
    values: dict[str, Any] = {
        field: CELLS.get(field, text_value)(row.get(column), column, where) for field, column in mapping.items()
    }
    if "listing_id" not in values:
        values["listing_id"] = text_id("\n".join(values[field] for field in ID_FIELDS if field in values))
    values["listing_id"] = values["listing_id"].strip()
    if not values["listing_id"]:
        raise ValueError(
            f"expected an id in {mapping['listing_id']!r}, {where} has none; mend that line, or leave the "
            "column out with --columns listing_id="
        )
    return SourceListing(**values)


def file_hash(path: Path) -> str:
    """Return the sha256 of a file, its revision in build.json."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
