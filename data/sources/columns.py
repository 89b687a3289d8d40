"""Which column holds which field, and how cells are read."""

import ast
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

KNOWN_COLUMNS: Mapping[str, Sequence[str]] = tomllib.loads(
    (Path(__file__).parent / "known_columns.toml").read_text(encoding="utf-8")
)
NEEDED = ("title", "description")
YES, NO = ("1", "true", "yes", "y"), ("0", "false", "no", "n")


def parse_columns(value: str) -> dict[str, str]:
    """Read `--columns FIELD=NAME,...`; an empty name leaves a field out.

    Raises:
        ValueError: something is no FIELD=NAME, or the field is none of a listing's.
    """
    given = {}
    for part in value.split(",") if value.strip() else ():
        field, equals, column = (piece.strip() for piece in part.partition("="))
        field = "queries" if field == "query" else field
        if not equals or field not in KNOWN_COLUMNS:
            raise ValueError(
                f"expected FIELD=COLUMN by comma, FIELD one of {', '.join(KNOWN_COLUMNS)}, "
                f"got {part.strip()!r} in --columns"
            )
        given[field] = column
    return given


def find_columns(columns: Sequence[str], given: Mapping[str, str], *, source: str) -> dict[str, str]:
    """Map fields to columns: as given, else by known names.

    Raises:
        ValueError: a given column is missing, or none is found for a needed field.
    """
    found_names = ", ".join(columns) or "no column"
    by_name = {re.sub(r"[\s-]+", "_", column.strip().lower()): column for column in reversed(columns)}
    mapping = {}
    for field, names in KNOWN_COLUMNS.items():
        column = given.get(field, next((by_name[name] for name in names if name in by_name), ""))
        if column and column not in columns:
            raise ValueError(f"expected the column {column!r} of --columns in {source}, it has {found_names}")
        if column:
            mapping[field] = column
    missing = [field for field in NEEDED if field not in mapping]
    if missing:
        raise ValueError(
            f"expected a column for {' and '.join(missing)} in {source}, it has {found_names}; "
            f"name it with --columns {','.join(f'{field}=COLUMN' for field in missing)}"
        )
    return mapping


def text_value(value: object, column: str, where: str) -> str:
    """Return a cell as text, integers without decimal point."""
    if value is None or value != value:  # NaN, an empty cell of a column of numbers
        return ""
    if isinstance(value, float):
        value = int(value) if value.is_integer() else repr(value)
    if not isinstance(value, int):
        check_text(value, column, where)
    return str(value)


def check_text(value: object, name: str, where: str) -> None:
    """Refuse what is no text that UTF-8 can hold."""
    if not isinstance(value, str):
        raise ValueError(f"expected a text in {name!r}, {where} has {value!r}; mend that line")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"expected text that UTF-8 can hold in {name!r}, {where} has {value[error.start]!r}; mend that line"
        ) from error


def company_value(value: object, column: str, where: str) -> str:
    """Return a company's name, also out of an object."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            value = ast.literal_eval(value)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return text_value(value, column, where)
    if isinstance(value, dict):
        value = value.get("name")
    return text_value(value, column, where)


def work_mode_value(value: object, column: str, where: str) -> str:
    """Return a work mode; some files answer whether it is remote."""
    text = str(value) if isinstance(value, bool) else text_value(value, column, where)
    plain = text.strip().lower().removesuffix(".0")
    if plain in YES:
        return "remote"
    return "" if plain in NO else text


def queries_value(value: Any, column: str, where: str) -> tuple[str, ...]:
    """Return a cell's queries: one text or a list."""
    if value is None or value != value or value == "":
        return ()
    if not isinstance(value, str | list):
        raise ValueError(f"expected `{column}` to be a text or a list of texts, {where} has {value!r}; mend that line")
    queries = (value,) if isinstance(value, str) else tuple(value)
    for query in queries:
        check_text(query, column, where)
    return queries
