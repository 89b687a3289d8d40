"""The pool as a file for people, and their grades from it.

A spreadsheet runs cells that begin as a formula; such cells of a CSV file get an apostrophe before them.
"""

import csv
import io
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data.judging.pool import Pair, PairId
from data.judgments.records import GRADES
from data.sources.delimited import read_csv
from data.sources.json_rows import read_json_lines
from data.sources.values import text_value

COLUMNS = ("query_id", "query", "want", "listing_id", "title", "level", "work_mode", "location", "text", "grade")
NEEDED = ("query_id", "listing_id", "grade")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
APOSTROPHE = "'"
# A spreadsheet's cell holds no more.
MAX_CELL_CHARACTERS = 32_000


@dataclass(slots=True)
class PeopleGrades:
    """Grades by pair, how many cells were left empty, and where each pair stands."""

    grades: dict[PairId, int] = field(default_factory=dict)
    n_empty: int = 0
    places: dict[PairId, str] = field(default_factory=dict)


def save_pool(pairs: Sequence[Pair], path: Path) -> None:
    """Write pairs as CSV or JSON Lines, by the path's end, with an empty `grade` each."""
    rows = [dict(zip(COLUMNS, _values(pair), strict=True)) for pair in pairs]
    text = (
        _to_csv(rows) if path.suffix == ".csv" else "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.partial")
    # With a byte order mark a spreadsheet knows that CSV is UTF-8.
    aside.write_text(text, encoding="utf-8-sig" if path.suffix == ".csv" else "utf-8", newline="")
    aside.replace(path)


def _values(pair: Pair) -> tuple[str, ...]:
    query, listing = pair.query, pair.listing
    facts = (listing.title, listing.seniority, listing.work_mode, listing.location, listing.text)
    return (query.query_id, query.text, query.want, listing.listing_id, *facts, "")


def _to_csv(rows: Iterable[Mapping[str, str]]) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS, quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows({name: _escape(value[:MAX_CELL_CHARACTERS]) for name, value in row.items()} for row in rows)
    return file.getvalue()


def _escape(cell: str) -> str:
    return APOSTROPHE + cell if cell.startswith((*FORMULA_STARTS, APOSTROPHE)) else cell


def _unescape(cell: str) -> str:
    escaped = cell.startswith(APOSTROPHE) and cell[1:].startswith((*FORMULA_STARTS, APOSTROPHE))
    return cell[1:] if escaped else cell


def read_grades(path: Path) -> PeopleGrades:
    """Read people's grades from a file of `save_pool`; empty ones are counted only.

    Raises:
        ValueError: a column is missing, a grade is none, or a pair is there twice.
    """
    is_csv = path.suffix == ".csv"
    found = PeopleGrades()
    for where, row in read_csv(path) if is_csv else read_json_lines(path):
        query_id, listing_id, grade = _cells(row, where, is_csv=is_csv)
        if (first := found.places.setdefault((query_id, listing_id), where)) != where:
            raise ValueError(f"expected each result of a query once, {where} has that of {first} again; remove one")
        if grade:
            found.grades[query_id, listing_id] = _grade(grade, where, (query_id, listing_id))
        else:
            found.n_empty += 1
    return found


def check_pairs(found: PeopleGrades, *, query_ids: Collection[str], listing_ids: Collection[str]) -> None:
    """Refuse pairs of queries or listings that are not there.

    Raises:
        ValueError: one is unknown.
    """
    for (query_id, listing_id), where in found.places.items():
        _check_known(query_id, query_ids, "query_id", where)
        _check_known(listing_id, listing_ids, "listing_id", where)


def _cells(row: Mapping[str, Any], where: str, *, is_csv: bool) -> tuple[str, ...]:
    missing = [name for name in NEEDED if name not in row]
    if missing:
        raise ValueError(
            f"expected the columns {', '.join(NEEDED)}, {where} has no {missing[0]!r}; take the file of --pool"
        )
    cells = (text_value(row[name], name, where).strip() for name in NEEDED)
    return tuple(_unescape(cell) if is_csv else cell for cell in cells)


def _check_known(name: str, known: Collection[str], column: str, where: str) -> None:
    if name not in known:
        raise ValueError(
            f"expected a {column} of this run, {where} has {name[:80]!r}; name the same --dataset and --queries as for "
            "--pool, or mend it: a spreadsheet may have changed it"
        )


def _grade(text: str, where: str, pair_id: PairId) -> int:
    # Some tools write whole numbers with a decimal point.
    digits = text.removesuffix(".0")
    if digits not in map(str, GRADES):
        raise ValueError(
            f"expected a grade from 0 to 3 or nothing, {where} has {text[:80]!r} for {pair_id[1]!r} of {pair_id[0]!r}; "
            "mend that cell"
        )
    return int(digits)
