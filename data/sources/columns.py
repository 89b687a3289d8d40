"""Which columns hold which field of a listing."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from data.sources.values import is_empty

KNOWN: Mapping[str, Mapping[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "known_columns.toml").read_text(encoding="utf-8")
)
DESCRIPTION = "description"
SALARY_FIELDS = ("salary", "salary_min", "salary_max", "salary_currency", "salary_period")
FIELDS = (
    "listing_id",
    "title",
    DESCRIPTION,
    *(name for name in KNOWN["fields"] if name not in ("listing_id", "title")),
)
NEEDED = ("title", DESCRIPTION)
TEXT_GROUPS = ("duties", "requirements", "more")
# The part of an object that names it: `company.display_name` is the company.
NAME_PARTS = frozenset(("name", "displayname", "label", "title", "legalname", "value", "rendered"))
MAX_DEPTH = 4
JOIN = "+"
PIECE = re.compile(r'(?:"(?:[^"]|"")*"|[^,"])+|"')


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Field -> its columns, which of them were told by name, and the columns that nobody reads."""

    fields: Mapping[str, tuple[str, ...]]
    given: frozenset[str] = frozenset()
    unread: tuple[str, ...] = ()
    has_plain_text: bool = field(default=True)  # whether the first column of the text needs no heading

    def describe(self) -> str:
        """Return the mapping in one line."""
        read = ", ".join(f"{name}={JOIN.join(columns)}" for name, columns in self.fields.items())
        return f"{read}; not read: {', '.join(self.unread) or 'none'}"


def parse_columns(value: str) -> dict[str, str]:
    """Read `--columns FIELD=NAME,...`; an empty name leaves a field out.

    Several columns are joined by a plus. Names with a comma may stand in double quotes.

    Raises:
        ValueError: something is no FIELD=NAME, or the field is none of a listing's.
    """
    given: dict[str, str] = {}
    last = ""
    for part in PIECE.findall(value) if value.strip() else ():
        name, equals, column = (piece.strip() for piece in part.partition("="))
        name = "queries" if name == "query" else name
        if last and (not equals or name not in FIELDS) and given[last]:
            # The rest of a name that has a comma.
            given[last] += f",{part.rstrip()}"
            continue
        if not equals or name not in FIELDS:
            raise ValueError(
                f"expected FIELD=COLUMN by comma, FIELD one of {', '.join(FIELDS)}, got {part.strip()!r} in --columns"
            )
        given[name], last = column, name
    return given


@cache
def fold_column(name: str) -> str:
    """Return a column's name in small letters and digits, without accents; dots between parts stay."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return ".".join(part for part in ("".join(filter(str.isalnum, each)) for each in plain.split(".")) if part)


@cache
def _folded(group: str, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(fold_column, KNOWN[group][name])))


def column_names(rows: Iterable[Mapping[str, object]]) -> list[str]:
    """Return the columns of rows in their order; those of nested objects as `outer.inner`."""
    return list(dict.fromkeys(name for row in rows for name in _names(row)))


def _names(row: Mapping[str, object], prefix: str = "", depth: int = 0) -> Iterator[str]:
    for name, value in row.items():
        yield f"{prefix}{name}"
        if isinstance(value, Mapping) and depth < MAX_DEPTH:
            yield from _names(value, f"{prefix}{name}.", depth + 1)


def value_at(row: Mapping[str, Any], column: str) -> Any:
    """Return a row's value of a column, also of one in nested objects; None for none."""
    if column in row:
        return row[column]
    outer, dot, inner = column.partition(".")
    while dot:
        if isinstance(found := row.get(outer), Mapping):
            return value_at(found, inner)
        more, dot, inner = inner.partition(".")
        outer = f"{outer}.{more}"
    return None


def count_known(columns: Sequence[str]) -> int:
    """Tell how much column names look like those of listings: how many fields are found, ten more for both needed."""
    found = _Finder(columns, frozenset(columns))
    fields = found.find_all()
    return len(fields) + 10 * all(name in fields for name in NEEDED)


def map_columns(rows: Sequence[Mapping[str, Any]], given: Mapping[str, str], *, source: str) -> ColumnMap:
    """Map fields to columns: as given, else by known names.

    Args:
        rows: The first ones; of two columns for a field one that is empty in all of them comes last.
        given: Field -> columns, as `parse_columns` reads them.
        source: What to call the file.

    Raises:
        ValueError: a given column is missing, or none is found for a needed field.
    """
    columns = column_names(rows)
    filled = frozenset(name for name in columns if any(not is_empty(value_at(row, name)) for row in rows))
    finder = _Finder(columns, filled)
    fields = finder.find_all({name: _given_columns(text, columns, source) for name, text in given.items()})
    missing = [name for name in NEEDED if name not in fields]
    if missing:
        raise ValueError(
            f"expected a column for {' and '.join(missing)} in {source}, it has {', '.join(columns) or 'no column'}; "
            f"name it with --columns {','.join(f'{name}=COLUMN' for name in missing)}"
        )
    used = set(chain.from_iterable(fields.values()))
    unread = tuple(name for name in columns if not any(_covers(one, name) or _covers(name, one) for one in used))
    has_plain_text = fold_column(fields[DESCRIPTION][0]).rpartition(".")[2] in _plain_text_names()
    return ColumnMap(fields, frozenset(given), unread, has_plain_text)


@cache
def _plain_text_names() -> frozenset[str]:
    return frozenset(name.rpartition(".")[2] for name in _folded("text", DESCRIPTION))


def _covers(outer: str, inner: str) -> bool:
    return inner == outer or inner.startswith(f"{outer}.")


def _given_columns(text: str, columns: Sequence[str], source: str) -> tuple[str, ...]:
    """Return the columns that a text of --columns names, between pluses; none for an empty one."""
    if not text:
        return ()
    if text in columns:
        return (text,)
    # A plus may be part of a name, such as "C++".
    pieces, found = text.split(JOIN), list[str]()
    while pieces:
        joined = {count: _unquoted(JOIN.join(pieces[:count])) for count in range(len(pieces), 0, -1)}
        count = next((count for count, name in joined.items() if name in columns), 0)
        if not count:
            raise ValueError(
                f"expected the column {_unquoted(pieces[0])!r} of --columns in {source}, it has {', '.join(columns)}"
            )
        found.append(joined[count])
        pieces = pieces[count:]
    return tuple(found)


def _unquoted(name: str) -> str:
    name = name.strip()
    return name[1:-1].replace('""', '"') if len(name) > 1 and name[0] == name[-1] == '"' else name


class _Finder:
    """Finds columns by their known names, also inside of one object that wraps each listing."""

    def __init__(self, columns: Sequence[str], filled: frozenset[str]) -> None:
        self.columns = columns
        self.filled = filled
        self.by_name = self._by_name("")

    def _by_name(self, prefix: str) -> dict[str, list[str]]:
        """Return folded name -> columns under a prefix; an object comes before its parts."""
        found: dict[str, list[str]] = {}
        for column in sorted(
            (name for name in self.columns if name.startswith(prefix)), key=lambda name: name.count(".")
        ):
            folded = fold_column(column.removeprefix(prefix))
            outer, _, last = folded.rpartition(".")
            for name in (folded, outer) if outer and last in NAME_PARTS else (folded,):
                found.setdefault(name, []).append(column)
        return found

    def find_all(self, given: Mapping[str, tuple[str, ...]] | None = None) -> dict[str, tuple[str, ...]]:
        """Return field -> columns, in the order of the fields."""
        given = given or {}
        if not self._has_needed(given):
            for prefix in dict.fromkeys(f"{name.rpartition('.')[0]}." for name in self.columns if "." in name):
                outside, self.by_name = self.by_name, self._by_name(prefix)
                if self._has_needed(given):
                    self.by_name = {**outside, **self.by_name}
                    break
                self.by_name = outside
        return self._find(given)

    def _has_needed(self, given: Mapping[str, tuple[str, ...]]) -> bool:
        fields = self._find(given)
        return all(name in fields for name in NEEDED)

    def _find(self, given: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        taken = set(chain.from_iterable(given.values()))
        found = {name: columns for name, columns in given.items() if columns}
        # The text first: what may be a title, such as "text", may be that too.
        text = self._first("text", DESCRIPTION, taken) if DESCRIPTION not in given else ()
        taken.update(text)
        for name in KNOWN["fields"]:
            if name not in given and (columns := self._first("fields", name, taken) or self._parts(name, taken)):
                found[name] = columns
                taken.update(columns)
        if DESCRIPTION not in given and (columns := (*text, *self._more_text(taken))):
            found[DESCRIPTION] = columns
        return {name: found[name] for name in FIELDS if name in found}

    def _first(self, group: str, name: str, taken: set[str]) -> tuple[str, ...]:
        """Return the likeliest column that is filled, else the likeliest."""
        matches = [
            column for known in _folded(group, name) for column in self.by_name.get(known, ()) if column not in taken
        ]
        return tuple([*(column for column in matches if column in self.filled), *matches][:1])

    def _parts(self, name: str, taken: set[str]) -> tuple[str, ...]:
        found = []
        for names in KNOWN["parts"].get(name, ()):
            matches = (column for known in names for column in self.by_name.get(fold_column(known), ()))
            found.extend([column for column in matches if column in self.filled and column not in taken][:1])
        return tuple(found)

    def _more_text(self, taken: set[str]) -> Iterator[str]:
        """Yield the other columns of the posting's text."""
        known = (name for group in TEXT_GROUPS for name in _folded("text", group))
        matches = dict.fromkeys(column for name in known for column in self.by_name.get(name, ()))
        yield from (column for column in matches if column in self.filled and column not in taken)
