"""Queries of listings: given with the listing, or in a file of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.corpus.cleaning import clean_and_mask
from data.sources.columns import check_text
from data.sources.readers import read_json_lines
from data.sources.source import SourceListing
from data.splits import SPLITS

# The order in which the bundled corpus holds its three queries.
SAMPLE_STYLES = ("skills", "profile", "wish")
MAX_QUERY_CHARACTERS = 1000


@dataclass(frozen=True, slots=True)
class GivenQuery:
    """A query as it was given: text, style, and the split where that is fixed."""

    text: str
    style: str
    split: str | None = None


def own_queries(listing: SourceListing, *, is_sample: bool) -> list[GivenQuery]:
    """Take a listing's own `queries`; those of the bundled sample have styles, by position."""
    has_styles = is_sample and len(listing.queries) == len(SAMPLE_STYLES)
    styles = SAMPLE_STYLES if has_styles else [""] * len(listing.queries)
    return [GivenQuery(text, style) for text, style in zip(listing.queries, styles, strict=True)]


def read_queries_file(path: Path) -> dict[str, list[GivenQuery]]:
    """Read listing_id -> queries from JSON Lines: every text field but `listing_id` and `split` is one.

    The field's name is the query's style.

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
        for name, value in columns.items():
            check_text(value, name, where)
        if not columns:
            raise ValueError(f"expected at least one query column, {where} has none; add one")
        queries = [GivenQuery(value, name, split) for name, value in columns.items()]
        found.setdefault(str(row["listing_id"]), []).extend(queries)
    if not found:
        raise ValueError(f"expected at least one line of queries in {path}, found none; check --queries-file")
    return found


def select_queries(
    given: Mapping[str, Sequence[GivenQuery]], representative: Mapping[str, str]
) -> tuple[dict[str, list[GivenQuery]], dict[str, int]]:
    """Clean the queries, drop what can't be used, and hand a repost's to its representative.

    Of queries with the same text (case and spaces aside) the first is kept, so that none can stand
    in two splits or have two answers.

    Args:
        given: listing_id -> its queries.
        representative: listing_id -> the listing that stands for its group, for all that are kept.

    Returns:
        listing_id -> its queries, and how many were given, kept, and dropped for which fault.
    """
    kept: dict[str, list[GivenQuery]] = {}
    counts = dict.fromkeys(("given", "kept", "empty", "too_long", "duplicate", "without_listing"), 0)
    seen: set[str] = set()
    for listing_id, queries in given.items():
        for query in queries:
            counts["given"] += 1
            # So long a text is no query, whatever is cleaned away.
            text = " ".join(clean_and_mask(query.text[: 4 * MAX_QUERY_CHARACTERS]).split())
            fault = _fault(text, listing_id in representative, seen)
            counts[fault or "kept"] += 1
            if fault:
                continue
            seen.add(text.casefold())
            owner = representative[listing_id]
            kept.setdefault(owner, []).append(GivenQuery(text, query.style, query.split))
    return kept, counts


def _fault(text: str, has_listing: bool, seen: set[str]) -> str | None:
    if not has_listing:
        return "without_listing"
    if not text:
        return "empty"
    if len(text) > MAX_QUERY_CHARACTERS:
        return "too_long"
    return "duplicate" if text.casefold() in seen else None
