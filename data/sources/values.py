"""Cells of any kind as text: nested objects, lists, placeholders, flags."""

import ast
import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

# What files write for "nothing here".
PLACEHOLDERS = frozenset(
    ("\\n", "nan", "-1", "-1.0", "n/a", "na", "#n/a", "<na>", "null", "none", "nil", "-", "--", "---", "?", "undefined",
     "not applicable", "not specified", "not available", "not provided", "not disclosed", "unspecified", "unknown", "tbd",
     "[]", "{}", "nat", "(null)", "none specified"),
)  # fmt: skip
YES = frozenset(("1", "true", "yes", "y", "t", "telecommute", "wahr", "ja", "oui"))
NO = frozenset(("0", "false", "no", "n", "f", "falsch", "nein", "non"))
REMOTE, HYBRID, ON_SITE = "remote", "hybrid", "on-site"
# As job boards write them, letters only.
WORK_MODES = {
    **dict.fromkeys(
        ("remote", "fullyremote", "fullremote", "remoteonly", "telecommute", "telework", "workfromhome", "wfh", "homeoffice",
         "virtual", "distributed", "remotefirst", "remotework"), REMOTE),
    **dict.fromkeys(("hybrid", "hybridremote", "partiallyremote", "partialremote", "remotehybrid", "hybridwork"), HYBRID),
    **dict.fromkeys(
        ("onsite", "inoffice", "inperson", "office", "onpremise", "onpremises", "officebased", "notremote", "onsiteonly",
         "onlocation"), ON_SITE),
}  # fmt: skip
# Of an object, the part that names it.
NAMES = (
    "name", "display_name", "displayName", "displayValue", "title", "label", "legalName", "company_name", "companyName", "LocationName",
    "text", "rendered", "value", "description", "@value", "locationName", "full", "fullLocation", "formatted",
)  # fmt: skip
PLACE_PARTS = (
    ("city", "addressLocality", "locality", "town", "City"),
    ("region", "addressRegion", "state", "stateCode", "province", "Region"),
    ("country", "addressCountry", "countryName", "countryCode", "Country"),
)
PLACES_INSIDE = ("address", "postalAddress", "location", "jobLocation")
BETWEEN_PLACES, MAX_PLACES = "; ", 5
# Glassdoor's: "Quarry & Fern\n3.8".
RATING = re.compile(r"\s*\n\s*[0-5]\.\d\s*$")
MAX_DEPTH = 6
WORDS_OF_NAME = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\s-]+")


def is_empty(value: object) -> bool:
    """Tell whether a cell holds nothing: no value, NaN, blanks, or a placeholder."""
    if value is None or value != value:  # NaN, an empty cell of a column of numbers
        return True
    if isinstance(value, str):
        return not value.strip() or value.strip().casefold() in PLACEHOLDERS
    return isinstance(value, int | float) and value == -1 and not isinstance(value, bool)


def refuse(value: object, name: str, where: str) -> ValueError:
    """Return the error for a cell that is no text."""
    return ValueError(f"expected a text in {name!r}, {where} has {value!r}; mend that line")


def check_text(value: object, name: str, where: str) -> None:
    """Refuse what is no text that UTF-8 can hold."""
    if not isinstance(value, str):
        raise refuse(value, name, where)
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"expected text that UTF-8 can hold in {name!r}, {where} has {value[error.start]!r}; mend that line"
        ) from error


def text_value(value: object, name: str, where: str) -> str:
    """Return a cell that is no list and no object as text, integers without decimal point.

    Raises:
        ValueError: it is a list or an object, or no text that UTF-8 can hold.
    """
    if value is None or value != value:
        return ""
    match value:
        case bool():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case int() | Decimal():
            return str(value)
        case date() | datetime():
            return value.isoformat()
        case bytes():
            return value.decode(errors="replace")
    check_text(value, name, where)
    return str(value)


def unpack(value: object) -> object:
    """Return an object or a list that a file wrote as text."""
    if not isinstance(value, str) or value.strip()[:1] not in ("{", "["):
        return value
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(value.strip())
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            continue
        if isinstance(found, dict | list) and found:
            return found
    return value


def line_value(value: object, name: str, where: str) -> str:
    """Return a one-line fact: of an object its name, of a list each, joined by commas."""
    return _named(unpack(value), name, where, ", ")


def title_value(value: object, name: str, where: str) -> str:
    """Return a title, also out of an object such as `{"rendered": "Data Engineer"}`."""
    if isinstance(value, dict):
        value = next((value[key] for key in NAMES if isinstance(value.get(key), str)), value)
    return "" if is_empty(value) else text_value(value, name, where)


def id_value(value: object, name: str, where: str) -> str:
    """Return an id, also out of an object such as schema.org's `identifier`."""
    if isinstance(value, dict):
        value = next((value[key] for key in ("value", "id", "@id", "name") if key in value), value)
    return text_value(value, name, where)


def company_value(value: object, name: str, where: str) -> str:
    """Return a company's name, also out of an object, without a rating glued to it."""
    return RATING.sub("", _named(unpack(value), name, where, ", "))


def _named(value: object, name: str, where: str, between: str, depth: int = 0) -> str:
    if is_empty(value) or depth > MAX_DEPTH:
        return ""
    if isinstance(value, Mapping):
        inner = next((value[key] for key in NAMES if not is_empty(value.get(key))), None)
        return _named(inner, name, where, between, depth + 1)
    if isinstance(value, list | tuple):
        each = (_named(one, name, where, between, depth + 1) for one in value)
        return between.join(dict.fromkeys(filter(None, each)))
    return text_value(value, name, where)


def location_value(value: object, name: str, where: str) -> str:
    """Return a place: of an object its name or its parts, of a list each, joined by semicolons."""
    return _place(unpack(value), name, where)


def _place(value: object, name: str, where: str, depth: int = 0) -> str:
    if is_empty(value) or depth > MAX_DEPTH:
        return ""
    if isinstance(value, list | tuple):
        each = (_place(one, name, where, depth + 1) for one in value)
        return BETWEEN_PLACES.join(list(dict.fromkeys(filter(None, each)))[:MAX_PLACES])
    if not isinstance(value, Mapping):
        return text_value(value, name, where)
    parts = [next((value[key] for key in keys if not is_empty(value.get(key))), None) for keys in PLACE_PARTS]
    named = [_named(part, name, where, ", ") for part in parts]
    if any(named):
        return ", ".join(dict.fromkeys(filter(None, named)))
    inside = next((found for key in PLACES_INSIDE if (found := _place(value.get(key), name, where, depth + 1))), "")
    return inside or _named(value, name, where, ", ")


def work_mode_value(value: object, name: str, where: str) -> str:
    """Return a work mode; some files answer whether it is remote."""
    if isinstance(value, Mapping) and isinstance(value.get("remote"), bool):
        value = value["remote"]
    text = _named(unpack(value), name, where, ", ")
    plain = text.strip().casefold().removesuffix(".0")
    if plain in YES:
        return REMOTE
    return "" if plain in NO else WORK_MODES.get("".join(filter(str.isalpha, plain)), text)


def queries_value(value: Any, name: str, where: str) -> tuple[str, ...]:
    """Return a cell's queries: one text or a list."""
    if is_empty(value):
        return ()
    if not isinstance(value, str | list):
        raise ValueError(f"expected `{name}` to be a text or a list of texts, {where} has {value!r}; mend that line")
    queries = (value,) if isinstance(value, str) else tuple(value)
    for query in queries:
        check_text(query, name, where)
    return queries


def body_value(value: object, name: str, where: str) -> str:
    """Return a stretch of a posting's text: lists as items, objects as headings with what is under them."""
    return _body(_unpack_body(value), name, where)


def _unpack_body(value: object) -> object:
    """Return a list that a file wrote as text; a text that begins like one stays."""
    found = unpack(value)
    return found if isinstance(found, list) and all(isinstance(one, str) for one in found) else value


def _body(value: object, name: str, where: str, depth: int = 0) -> str:
    if is_empty(value) or depth > MAX_DEPTH:
        return ""
    if isinstance(value, Mapping):
        return _body_of_object(value, name, where, depth)
    if isinstance(value, list | tuple):
        parts = [one for one in (_body(one, name, where, depth + 1) for one in value) if one]
        if any("\n" in one or "<" in one for one in parts):
            return "\n\n".join(parts)
        return "\n".join(f"- {one}" for one in parts)
    return text_value(value, name, where)


def _body_of_object(value: Mapping[str, object], name: str, where: str, depth: int) -> str:
    heading = next(
        (str(value[key]) for key in ("text", "title", "heading", "name") if isinstance(value.get(key), str)), ""
    )
    content = next(
        (value[key] for key in ("content", "text", "body", "description", "rendered") if not is_empty(value.get(key))),
        None,
    )
    if content is not None:
        text = _body(content, name, where, depth + 1)
        return text if text == heading or not heading else f"{heading}:\n{text}"
    parts = ((key, _body(one, name, where, depth + 1)) for key, one in value.items() if key[:1] != "@")
    return "\n\n".join(
        text if "\n" in text[:40] and ":" in text[:40] else f"{spaced(key)}:\n{text}" for key, text in parts if text
    )


def spaced(name: str) -> str:
    """Return a column's name as people write it: `minimumQualifications` is Minimum qualifications."""
    words = " ".join(word for word in WORDS_OF_NAME.split(name.rpartition(".")[2]) if word)
    return words[:1].upper() + (words[1:] if " " in name else words[1:].lower())


# How the cells of a field are read.
CELLS: Mapping[str, Callable[[Any, str, str], Any]] = {
    "listing_id": id_value,
    "title": title_value,
    "company": company_value,
    "location": location_value,
    "work_mode": work_mode_value,
    "queries": queries_value,
}
