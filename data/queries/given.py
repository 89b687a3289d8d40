"""Queries given with the listings or in a file."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import Field

from data.corpus.cleaning import clean_and_mask_line
from data.sources.json_rows import read_json_lines
from data.sources.source import SourceListing
from data.sources.values import check_text
from data.splits import SPLITS
from search.record_files import Count, Record

# Of queries that are made here.
STYLES = ("skills", "profile", "wish")
# Of the bundled corpus's, in this order; listings to train on have all six.
SAMPLE_STYLES = (*STYLES, "plain", "changer", "cv")
MAX_QUERY_CHARACTERS = 1000


@dataclass(frozen=True, slots=True)
class GivenQuery:
    """A query as given: text, style, and split where fixed."""

    text: str
    style: str
    split: str | None = None


class QueryCounts(Record):
    """How many queries were given, retained, dropped by fault."""

    given: Count
    retained: Count = Field(validation_alias="kept")
    empty: Count
    too_long: Count
    duplicate: Count
    without_listing: Count


def own_queries(listing: SourceListing, *, is_sample: bool) -> list[GivenQuery]:
    """Take a listing's own queries; the bundled sample's have styles."""
    has_styles = is_sample and len(listing.queries) in (len(STYLES), len(SAMPLE_STYLES))
    styles = SAMPLE_STYLES[: len(listing.queries)] if has_styles else [""] * len(listing.queries)
    return [GivenQuery(text, style) for text, style in zip(listing.queries, styles, strict=True)]


def read_queries_file(path: Path) -> dict[str, list[GivenQuery]]:
    """Read listing_id -> queries from JSON Lines.

    Every text field but `listing_id` and `split` is a query; the field's name is its style.

    Raises:
        FileNotFoundError: no such file.
        ValueError: a line has no listing_id, no query, a query that is no text, or an unknown split.
    """
    found: dict[str, list[GivenQuery]] = {}
    for where, row in read_json_lines(path):
        if row.get("listing_id") is None:
            raise ValueError(f"expected the field 'listing_id', {where} has only {sorted(row)}; add it")
        split = row.get("split")
        if split is not None and split not in SPLITS:
            raise ValueError(f"expected `split` to be one of {', '.join(SPLITS)}, {where} has {split!r}; mend it")
        columns = {name: value for name, value in row.items() if name not in ("listing_id", "split")}
        if not columns:
            raise ValueError(f"expected at least one query column, {where} has none; add one")
        for name, value in columns.items():
            check_text(value, name, where)
            found.setdefault(str(row["listing_id"]), []).append(GivenQuery(value, name, split))
    if not found:
        raise ValueError(f"expected at least one line of queries in {path}, found none; check --queries-file")
    return found


def select_queries(
    given: Mapping[str, Sequence[GivenQuery]], representative: Mapping[str, str]
) -> tuple[dict[str, list[GivenQuery]], QueryCounts]:
    """Clean queries, drop unusable ones, merge those of reposts.

    Of queries with one text the first is retained, so that none stands in two splits or has two answers.
    """
    selected: dict[str, list[GivenQuery]] = {}
    counts = Counter(dict.fromkeys(QueryCounts.model_fields, 0))
    seen: set[str] = set()
    for listing_id, query in ((name, query) for name, queries in given.items() for query in queries):
        text = clean_query(query.text)
        fault = _fault(text, listing_id in representative, seen)
        counts.update(given=1, **{fault or "retained": 1})
        if not fault:
            seen.add(text.casefold())
            selected.setdefault(representative[listing_id], []).append(replace(query, text=text))
    return selected, QueryCounts(**counts)


def clean_query(text: str) -> str:
    """Clean a query and mask its contacts."""
    # So long a text is no query, whatever is cleaned away.
    return clean_and_mask_line(text[: 4 * MAX_QUERY_CHARACTERS])


def _fault(text: str, has_listing: bool, seen: set[str]) -> str | None:
    if not has_listing:
        return "without_listing"
    if not text:
        return "empty"
    if len(text) > MAX_QUERY_CHARACTERS:
        return "too_long"
    return "duplicate" if text.casefold() in seen else None


def fixed_splits(queries: Mapping[str, Sequence[GivenQuery]], earlier: Mapping[str, str]) -> dict[str, str]:
    """Map listings to splits fixed by earlier datasets or queries."""
    fixed: dict[str, str] = {}
    for listing_id, given in queries.items():
        splits = sorted({query.split for query in given if query.split})
        if len(splits) > 1 and listing_id not in earlier:
            raise ValueError(
                f"expected one split for a listing and its reposts, {listing_id!r} has {splits}; "
                "fix the queries file, or leave `split` out"
            )
        if splits:
            fixed[listing_id] = splits[0]
    return fixed | dict(earlier)
