"""The arguments of the endpoints, as programs send them: texts, one whole number, nothing else."""

from collections.abc import Mapping

COUNT = "k"
# Names in an address -> the endpoints'.
PARAMETERS = {"q": "query"}
# Beyond what a list shows; the request's own rule brings it to what there is.
MAX_COUNT = 999


def read_arguments(values: Mapping[str, object]) -> dict[str, str]:
    """Return arguments as the texts that an address would hold; null and what is missing are empty.

    A number of results may be a float without a fraction, or its digits. What is refused is not repeated: it may be
    long, and it would stand in a log.

    Raises:
        ValueError: a value is of another type, or a text is no Unicode.
    """
    return {name: _read_count(value) if name == COUNT else _read_text(name, value) for name, value in values.items()}


def _read_text(name: str, value: object) -> str:
    name = PARAMETERS.get(name, name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"expected text in `{name}`, got {_kind(value)}")
    if not _is_unicode(value):
        raise ValueError(f"expected Unicode text in `{name}`, got half of a surrogate pair; send UTF-8")
    return value


def _read_count(value: object) -> str:
    if isinstance(value, str):
        return _read_text(COUNT, value).strip()
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"expected a whole number in `{COUNT}`, got {_kind(value)}")
    if value != value or abs(value) == float("inf") or value != int(value):
        raise ValueError(f"expected a whole number in `{COUNT}`, got one with a fraction")
    return str(min(max(int(value), 0), MAX_COUNT))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _kind(value: object) -> str:
    kinds = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return kinds.get(type(value), f"a {type(value).__name__}")
