"""Which column of a source holds which field of a listing."""

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any

# The names that real files use, the likeliest first; case, spaces and hyphens do not count.
KNOWN_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "listing_id": ("listing_id", "job_id", "id", "jobid", "job_posting_id", "uniq_id", "job_link", "job_url"),
    "title": ("title", "job_title", "jobtitle", "position_title", "position", "job_name"),
    "description": (
        "description",
        "job_description",
        "jobdescription",
        "job_desc",
        "job_summary",
        "description_text",
        "text",
    ),
    "company": ("company", "company_name", "employer", "employer_name", "organization", "hiring_organization"),
    "location": ("location", "job_location", "formatted_location", "city"),
    "work_mode": ("work_mode", "workplace_type", "work_location_type", "remote_allowed", "remote", "is_remote"),
    "seniority": ("seniority", "formatted_experience_level", "experience_level", "seniority_level", "job_level"),
    "queries": ("queries", "query", "search_query"),
}
NEEDED = ("title", "description")
YES, NO = ("1", "true", "yes", "y"), ("0", "false", "no", "n")


def parse_columns(value: str) -> dict[str, str]:
    """Read `--columns title=NAME,description=NAME`; an empty name leaves that field out.

    Raises:
        ValueError: a part is no FIELD=NAME, or the field is none of a listing's.
    """
    given = {}
    for part in value.split(",") if value.strip() else ():
        field, equals, column = (piece.strip() for piece in part.partition("="))
        field = "queries" if field == "query" else field
        if not equals or field not in KNOWN_COLUMNS:
            raise ValueError(
                f"expected FIELD=COLUMN by comma, FIELD one of {', '.join(KNOWN_COLUMNS)}, got {part.strip()!r} in --columns"
            )
        given[field] = column
    return given


def find_columns(columns: Sequence[str], given: Mapping[str, str], *, source: str) -> dict[str, str]:
    """Return field -> column: as given, else by the known names.

    Raises:
        ValueError: a column that was given is not there, or none is found for title or description.
    """
    found_names = ", ".join(columns) or "no column"
    by_name = {_plain(column): column for column in reversed(columns)}
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


def _plain(column: str) -> str:
    return re.sub(r"[\s-]+", "_", column.strip().lower())


def text_value(value: object, column: str, where: str) -> str:
    """Return a cell as text: "" for none, whole numbers without a decimal point.

    Raises:
        ValueError: the value is no text and no number, or UTF-8 can't hold it.
    """
    if value is None or value != value:  # NaN, an empty cell of a column of numbers
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    check_text(value, column, where)
    return str(value)


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


def company_value(value: object, column: str, where: str) -> str:
    """Return a company's name, also out of an object that has one, as scraped files hold it."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            value = ast.literal_eval(value)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return text_value(value, column, where)
    if isinstance(value, dict):
        value = value.get("name")
    return text_value(value, column, where)


def work_mode_value(value: object, column: str, where: str) -> str:
    """Return a work mode; a yes to "remote" is "remote", a no says nothing."""
    text = str(value) if isinstance(value, bool) else text_value(value, column, where)
    plain = text.strip().lower().removesuffix(".0")
    if plain in YES:
        return "remote"
    return "" if plain in NO else text


def queries_value(value: Any, column: str, where: str) -> tuple[str, ...]:
    """Return the queries of a cell: one text, or a list of them.

    Raises:
        ValueError: it is neither.
    """
    if value is None or value != value or value == "":
        return ()
    if isinstance(value, str):
        check_text(value, column, where)
        return (value,)
    if not isinstance(value, list):
        raise ValueError(f"expected `{column}` to be a text or a list of texts, {where} has {value!r}; mend that line")
    for query in value:
        check_text(query, column, where)
    return tuple(value)
