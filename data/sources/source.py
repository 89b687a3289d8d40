"""Sources of listings: the sample, files, datasets on the Hub."""

import hashlib
import re
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi

from data.sources.columns import DESCRIPTION, SALARY_FIELDS, ColumnMap, fold_column, map_columns, value_at
from data.sources.json_rows import read_json_lines
from data.sources.opening import ENDINGS, PACKED_ENDINGS, ending_of
from data.sources.readers import read_file, read_hub
from data.sources.reading import Reading, Row
from data.sources.salaries import salary_text
from data.sources.values import CELLS, body_value, line_value, spaced
from search.hub_errors import NETWORK_ERRORS, first_line
from search.records import text_id

SAMPLE_PATH = Path(__file__).parents[1] / "sample" / "listings.jsonl"
SAMPLE_NAME = "sample"
HUB_NAME = "hub"
FILE_KIND = "file"
DEFAULT_HUB_DATASET = "datastax/linkedin_job_listings"
HUB_SOURCE = re.compile(r"(?P<repo_id>\w[\w.-]*/\w[\w.-]*)(?::(?P<config>[\w.-]+))?(?:@(?P<revision>[\w./-]+))?")
# Fields of a listing that are one line of text.
FACTS = ("title", "company", "location", "work_mode", "seniority")
# What an id is made of where there is none, in this order.
ID_FIELDS = ("title", DESCRIPTION, "location", "seniority", "company", "work_mode")
# Of few values each, which people filter by.
SPELLED = ("work_mode", "seniority")
# Rows may differ in their columns; so many are looked at.
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
    salary: str = ""
    queries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Rows that can be read repeatedly, and their origin."""

    name: str  # published with the dataset, so without folders
    revision: str  # a commit of the Hub, or a file's sha256
    rows: Callable[[Reading], Generator[Row, None, None]]
    license: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)  # field -> columns, where that is known


@dataclass(slots=True)
class ReadListings:
    """Listings as they come; how they are read is known once the first is there."""

    listings: Iterator[SourceListing]
    reading: Reading
    columns: ColumnMap
    peeked: list[dict[str, Any]]  # the first rows


def parse_source(source: str) -> tuple[str, str]:
    """Split `--source` into its kind and path or repository.

    The kind is sample, hub or file.

    Raises:
        ValueError: no reader is for it.
        FileNotFoundError: no such file.
    """
    if source == SAMPLE_NAME:
        return SAMPLE_NAME, str(SAMPLE_PATH)
    kind, _, name = source.partition(":")
    if kind == HUB_NAME:
        name = name or DEFAULT_HUB_DATASET
        _parse_hub(name)
        return HUB_NAME, name
    path = Path(source)
    if path.is_file():
        return FILE_KIND, source
    if ending_of(path.name) not in ENDINGS:
        raise ValueError(
            f"expected --source sample, hub, hub:USER/NAME[:CONFIG][@revision], or a file, such as one ending in "
            f"{', '.join(ENDINGS)}, also with {', '.join(PACKED_ENDINGS)}, got {source!r}"
        )
    raise FileNotFoundError(f"expected a file of listings at {path}, there is none; check --source")


def _parse_hub(name: str) -> re.Match[str]:
    if named := HUB_SOURCE.fullmatch(name):
        return named
    raise ValueError(f"expected --source hub:USER/NAME, hub:USER/NAME:CONFIG or hub:USER/NAME@REVISION, got {name!r}")


def open_source(source: str, *, hashed: bool = True) -> Source:
    """Open the source that `--source` names, its revision resolved.

    Args:
        source: As people write it.
        hashed: Whether a file's revision is wanted, for which all of it is read.

    Raises:
        ValueError: no reader is for it.
        FileNotFoundError: no such file or Hub dataset.
    """
    kind, name = parse_source(source)
    path = Path(name)
    revision = file_hash(path) if hashed and kind != HUB_NAME else ""
    if kind == SAMPLE_NAME:
        # Its `skills` are what its author had in mind, not words of the posting.
        columns = {DESCRIPTION: DESCRIPTION}
        return Source(SAMPLE_NAME, revision, lambda reading: read_json_lines(path, reading), "cc0-1.0", columns)
    if kind != HUB_NAME:
        return Source(path.name, revision, lambda reading: read_file(path, reading))
    return _open_hub(name)


def _open_hub(name: str) -> Source:
    repo_id, config, revision = _parse_hub(name).group("repo_id", "config", "revision")
    try:
        info = HfApi().dataset_info(repo_id, revision=revision)
    except NETWORK_ERRORS as error:
        raise FileNotFoundError(
            f"could not find the dataset {name!r} on the Hub: {first_line(error)}; check the name and the network"
        ) from error
    sha = info.sha or "main"
    license_name = str(getattr(info.card_data, "license", None) or "")
    public = f"{HUB_NAME}:{repo_id}" + (f":{config}" if config else "")
    return Source(public, sha, lambda reading: read_hub(repo_id, config, sha, reading), license_name)


def read_listings(source: Source, columns: Mapping[str, str] | None = None) -> Iterator[SourceListing]:
    """Yield a source's listings; see `start_reading`."""
    yield from start_reading(source, columns).listings


def start_reading(source: Source, columns: Mapping[str, str] | None = None) -> ReadListings:
    """Read a source's first rows, map its columns, and return its listings as they come; only ids stay in memory.

    A repeated row is yielded too: grouping counts it. Without a column of ids an id is the hash of its texts.

    Args:
        source: Where the rows are.
        columns: Field -> column, for fields whose column has an uncommon name.

    Raises:
        FileNotFoundError: the source is gone.
        ValueError: there is no row, a column is missing, a cell is unusable, or one id stands for two listings.
    """
    reading = Reading()
    rows = source.rows(reading)
    peeked = list(islice(rows, PEEK_ROWS))
    try:
        if not peeked:
            raise ValueError(f"expected at least one listing in {source.name}, found none; check --source")
        mapping = map_columns([row for _, row in peeked], {**source.columns, **(columns or {})}, source=source.name)
    except ValueError:
        # Its file would stay open.
        rows.close()
        raise
    listings = _listings(chain(peeked, rows), mapping)
    return ReadListings(listings, reading, mapping, [row for _, row in peeked])


def _listings(rows: Iterator[Row], mapping: ColumnMap) -> Iterator[SourceListing]:
    seen: dict[str, int] = {}
    spelled: dict[tuple[str, str], str] = {}
    for where, row in rows:
        listing = _spell_alike(_source_listing(row, mapping, where), spelled)
        content = hash((listing.title, listing.description))
        if seen.setdefault(listing.listing_id, content) != content:
            raise ValueError(
                f"expected one listing for each id, {where} repeats {listing.listing_id!r} with another text; "
                "make the ids unique, or leave them out with --columns listing_id="
            )
        yield listing


def _spell_alike(listing: SourceListing, spelled: dict[tuple[str, str], str]) -> SourceListing:
    """Write a level or work mode as it was written first: "Mid-Senior level" and "mid_senior level" are one."""
    work_mode, seniority = (
        spelled.setdefault((name, fold_column(value)), value) if (value := getattr(listing, name)) else ""
        for name in SPELLED
    )
    return replace(listing, work_mode=work_mode, seniority=seniority)


def _source_listing(row: Mapping[str, object], mapping: ColumnMap, where: str) -> SourceListing:
    values: dict[str, Any] = {
        name: _field(row, name, columns, where)
        for name, columns in mapping.fields.items()
        if name != DESCRIPTION and name not in SALARY_FIELDS
    }
    values[DESCRIPTION] = _description(row, mapping, where)
    money = {name: columns[0] for name, columns in mapping.fields.items() if name in SALARY_FIELDS}
    values["salary"] = salary_text({name: value_at(row, column) for name, column in money.items()}, money, where)
    if "listing_id" not in values:
        values["listing_id"] = text_id("\n".join(values[name] for name in ID_FIELDS if name in values))
    values["listing_id"] = values["listing_id"].strip()
    if not values["listing_id"]:
        raise ValueError(
            f"expected an id in {mapping.fields['listing_id'][0]!r}, {where} has none; mend that line, or leave the "
            "column out with --columns listing_id="
        )
    return SourceListing(**values)


def _field(row: Mapping[str, object], name: str, columns: tuple[str, ...], where: str) -> Any:
    read = CELLS.get(name, line_value)
    if len(columns) == 1:
        return read(value_at(row, columns[0]), columns[0], where)
    each = [read(value_at(row, column), column, where) for column in columns]
    if name == "queries":
        return tuple(chain.from_iterable(each))
    return (" " if name == "title" else ", ").join(dict.fromkeys(filter(None, each)))


def _description(row: Mapping[str, object], mapping: ColumnMap, where: str) -> str:
    """Return the text of all its columns, each but a plain description under its column's name."""
    texts: list[str] = []
    for number, column in enumerate(mapping.fields[DESCRIPTION]):
        value = value_at(row, column)
        text = body_value(value, column, where)
        # Some files have parts of the text again, in columns of their own.
        if not text or any(text in earlier for earlier in texts):
            continue
        has_own = (number == 0 and mapping.has_plain_text) or not _is_plain(value)
        texts.append(text if has_own or len(mapping.fields[DESCRIPTION]) == 1 else f"{spaced(column)}:\n{text}")
    return "\n\n".join(texts)


def _is_plain(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))


def file_hash(path: Path) -> str:
    """Return the sha256 of a file, its revision in build.json."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
