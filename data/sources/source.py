"""Where listings come from: the bundled sample, a file, or a dataset on the Hub, behind one interface."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from huggingface_hub import HfApi

from data.sources.columns import company_value, find_columns, queries_value, text_value, work_mode_value
from data.sources.readers import Row, read_csv, read_hub, read_json_lines, read_parquet
from search.hub_errors import NETWORK_ERRORS, first_line
from search.records import text_id

SAMPLE_PATH = Path(__file__).parents[1] / "sample" / "listings.jsonl"
SAMPLE_NAME = "sample"
HUB_NAME = "hub"
DEFAULT_HUB_DATASET = "datastax/linkedin_job_listings"
FILE_READERS: Mapping[str, Callable[[Path], Iterator[Row]]] = {
    ".jsonl": read_json_lines,
    ".csv": read_csv,
    ".parquet": read_parquet,
}
# A JSON Lines file names its columns in its rows; so many are looked at.
PEEK_ROWS = 100


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


@dataclass(frozen=True, slots=True)
class Source:
    """Rows that can be read again and again, and what build.json says of them.

    `name` is published with the dataset, so it holds no folder. `revision` is a commit of the Hub,
    or the sha256 of a file. `license` is what the Hub says, "" where nobody does.
    """

    name: str
    revision: str
    rows: Callable[[], Iterator[Row]]
    license: str = ""

    @property
    def is_sample(self) -> bool:
        """Whether this is the bundled, fictional sample."""
        return self.name == SAMPLE_NAME


def parse_source(source: str) -> tuple[str, str]:
    """Split `--source` into its kind (sample, hub, .csv, .jsonl, .parquet) and its place.

    Raises:
        ValueError: no reader is for it.
        FileNotFoundError: no such file.
    """
    if source == SAMPLE_NAME:
        return SAMPLE_NAME, str(SAMPLE_PATH)
    kind, _, place = source.partition(":")
    if kind == HUB_NAME:
        place = place or DEFAULT_HUB_DATASET
        if not re.fullmatch(r"\w[\w.-]*/\w[\w.-]*(@[\w./-]+)?", place):
            raise ValueError(f"expected --source hub:USER/NAME or hub:USER/NAME@REVISION, got {source!r}")
        return HUB_NAME, place
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
    """Return the source that `--source` names, its revision resolved.

    Raises:
        ValueError: no reader is for it.
        FileNotFoundError: no such file or Hub dataset.
    """
    kind, place = parse_source(source)
    if kind == HUB_NAME:
        return _open_hub(place)
    path = Path(place)
    if kind == SAMPLE_NAME:
        return Source(SAMPLE_NAME, file_hash(path), lambda: read_json_lines(path), license="cc0-1.0")
    return Source(path.name, file_hash(path), lambda: FILE_READERS[kind](path))


def _open_hub(place: str) -> Source:
    repo_id, _, revision = place.partition("@")
    try:
        info = HfApi().dataset_info(repo_id, revision=revision or None)
    except NETWORK_ERRORS as error:
        raise FileNotFoundError(
            f"could not find the dataset {place!r} on the Hub: {first_line(error)}; check the name and the network"
        ) from error
    sha = info.sha or "main"
    return Source(
        f"{HUB_NAME}:{repo_id}",
        sha,
        lambda: read_hub(repo_id, sha),
        license=str(getattr(info.card_data, "license", None) or ""),
    )


def read_listings(source: Source, columns: Mapping[str, str] | None = None) -> Iterator[SourceListing]:
    """Yield the listings of a source one by one; nothing but the ids is kept in memory.

    A row that repeats an earlier one word for word is yielded too: grouping counts it. Without a
    column of ids a listing's id is the hash of its texts.

    Args:
        source: Where the rows are.
        columns: Field -> column, for fields whose column has an uncommon name.

    Raises:
        FileNotFoundError: the source is gone.
        ValueError: a column is missing, a field has a wrong type, one id stands for two listings, or
            there is no row.
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
    texts = {
        field: text_value(row.get(mapping[field]), mapping[field], where)
        for field in ("title", "description", "location", "seniority")
        if field in mapping
    }
    for field, read in (("company", company_value), ("work_mode", work_mode_value)):
        if field in mapping:
            texts[field] = read(row.get(mapping[field]), mapping[field], where)
    queries = queries_value(row.get(mapping["queries"]), mapping["queries"], where) if "queries" in mapping else ()
    if "listing_id" in mapping:
        listing_id = text_value(row.get(mapping["listing_id"]), mapping["listing_id"], where).strip()
        if not listing_id:
            raise ValueError(
                f"expected an id in {mapping['listing_id']!r}, {where} has none; mend that line, or leave the "
                "column out with --columns listing_id="
            )
    else:
        listing_id = text_id("\n".join(texts.values()))
    return SourceListing(listing_id=listing_id, queries=queries, **texts)


def file_hash(path: Path) -> str:
    """Return the sha256 of a file, its revision in build.json."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
