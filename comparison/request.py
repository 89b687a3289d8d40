"""A comparison as it was asked for, in an address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal
from urllib.parse import parse_qsl, urlencode

from comparison.filters import CHOICES, MAX_FILTER_CHARACTERS, Filters

MAX_QUERY_CHARACTERS = 2000
MIN_RESULTS, MAX_RESULTS, DEFAULT_RESULTS = 5, 25, 10
# A query of 2,000 characters and all filters, each character as three bytes in percent signs.
MAX_ADDRESS_CHARACTERS = 30_000
# Names in the address -> fields of the filters.
FILTER_NAMES = {
    "family": "family",
    "mode": "work_mode",
    "seniority": "seniority",
    "location": "location",
    "without": "exclude",
}
# What the page calls a choice, where it is not the address's name.
CHOICE_WORDS = {"family": "job type"}
# The systems that stand left and right unless others are asked for.
BASE, TUNED = "base", "tuned"
# All names in the address. `left` and `right` name systems; `understand` is "off" or nothing; `ignore` and `must` hold
# keys of statements; `view` is "cards" or nothing; `listings` is "own" or nothing.
NAMES = ("q", "k", *FILTER_NAMES, "left", "right", "understand", "ignore", "must", "view", "listings")
# In older addresses, a system whose list stood beside the two.
FORMER_THIRD = "third"
OFF = "off"
# Listings that the visitor brought; no address carries them.
OWN = "own"
NOT_KEPT = (
    "This comparison was over somebody's own listings, which are kept only while the page that they were brought to is "
    "open. These are the app's."
)
View = Literal["compact", "cards"]
COMPACT: Final = "compact"
CARDS: Final = "cards"
# Between the keys of several statements: no statement holds it.
BETWEEN_KEYS = ";"
MAX_KEYS = 20


@dataclass(frozen=True, slots=True)
class ComparisonRequest:
    """A query and its options; `left` and `right` name the systems that are compared.

    `ignored` and `required` are keys of what the query states: taken back, or made a filter; `is_own` asks for the
    visitor's own listings. How it is shown is no part of what is compared: `view`, and `is_example` for a query that
    nobody asked for, which no address holds.
    """

    query: str = ""
    k: int = DEFAULT_RESULTS
    filters: Filters = field(default_factory=Filters)
    listens: bool = True
    ignored: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    left: str = BASE
    right: str = TUNED
    is_own: bool = False
    view: View = field(default=COMPACT, compare=False)
    is_example: bool = field(default=False, compare=False)

    @property
    def values(self) -> dict[str, str | int]:
        """Values by their names in the address, ordered as NAMES."""
        filters = {name: getattr(self.filters, attribute) for name, attribute in FILTER_NAMES.items()}
        listening = {"understand": "" if self.listens else OFF}
        keys = {"ignore": BETWEEN_KEYS.join(self.ignored), "must": BETWEEN_KEYS.join(self.required)}
        view = {"view": "" if self.view == COMPACT else self.view}
        systems = {"left": self.left, "right": self.right}
        listings = {"listings": OWN if self.is_own else ""}
        return {"q": self.query, "k": self.k, **filters, **systems, **listening, **keys, **view, **listings}

    def to_address(self) -> str:
        """Return the query string of an address, without defaults."""
        k = "" if self.k == DEFAULT_RESULTS else self.k
        query = "" if self.is_example else self.query
        left, right = ("" if self.left == BASE else self.left), ("" if self.right == TUNED else self.right)
        values = self.values | {"q": query, "k": k, "left": left, "right": right}
        return urlencode({name: value for name, value in values.items() if value})


def clean_query(typed: str) -> str:
    """Fold white space, and cut what no model would read."""
    return fold_space(typed)[:MAX_QUERY_CHARACTERS].rstrip()


def fold_space(text: str) -> str:
    """Return the text with single spaces for all white space."""
    return " ".join(text.replace("\x00", " ").split())


def read_request(
    values: Mapping[str, str], *, choices: Mapping[str, Sequence[str]]
) -> tuple[ComparisonRequest, list[str]]:
    """Read a request, with notices of what was put right.

    Args:
        values: Names as in NAMES -> what came.
        choices: `family`, `work_mode`, `seniority`, `system` and `listings` -> the values there are.
    """
    notices: list[str] = []
    given = len(fold_space(values.get("q", "")))
    if given > MAX_QUERY_CHARACTERS:
        notices.append(f"Your query has {given:,} characters; the first {MAX_QUERY_CHARACTERS:,} were searched for.")
    filters: dict[str, str] = {}
    for name, attribute in FILTER_NAMES.items():
        value = fold_space(values.get(name, ""))
        if attribute in CHOICES:
            value = _choose(CHOICE_WORDS.get(name, name), value, choices.get(attribute, ()), notices)
        elif len(value) > MAX_FILTER_CHARACTERS:
            notices.append(f"Of {name}, the first {MAX_FILTER_CHARACTERS} characters were used.")
            value = value[:MAX_FILTER_CHARACTERS].rstrip()
        filters[attribute] = value
    left, right = _read_systems(values, choices.get("system", ()), notices)
    k = _read_count(values.get("k", ""), notices)
    listens = _choose("value of understand", values.get("understand", ""), ("on", OFF), notices) != OFF
    ignored, required = (_read_keys(values.get(name, "")) for name in ("ignore", "must"))
    view: View = CARDS if _choose("view", values.get("view", ""), (COMPACT, CARDS), notices) == CARDS else COMPACT
    query = clean_query(values.get("q", ""))
    is_own = _read_own(values.get("listings", ""), choices.get("listings", ()), notices)
    request = ComparisonRequest(query, k, Filters(**filters), listens, ignored, required, left, right, is_own, view)
    return request, notices


def read_address(address: str, *, choices: Mapping[str, Sequence[str]]) -> tuple[ComparisonRequest, list[str]]:
    """Read an address's query string, see `read_request`."""
    if len(address) > MAX_ADDRESS_CHARACTERS:
        return ComparisonRequest(), ["The address is too long to be a comparison; it was not opened."]
    try:
        values = dict(parse_qsl(address.removeprefix("?"), max_num_fields=50))
    except ValueError:
        return ComparisonRequest(), ["The address has too many parts to be a comparison; it was not opened."]
    return read_request(values, choices=choices)


def without_filters(request: ComparisonRequest) -> ComparisonRequest:
    """Return the same comparison over all listings."""
    return replace(request, filters=Filters(), required=())


def between_models(request: ComparisonRequest) -> ComparisonRequest:
    """Return the same comparison between base and tuned."""
    return replace(request, left=BASE, right=TUNED)


def _read_systems(values: Mapping[str, str], systems: Sequence[str], notices: list[str]) -> tuple[str, str]:
    """Read which systems stand left and right; a former third one stands left."""
    names = (BASE, TUNED, *systems)
    left, right = (_choose("system", values.get(side, ""), names, notices) for side in ("left", "right"))
    third = _choose("system", values.get(FORMER_THIRD, ""), names, notices)
    if third and not left:
        notices.append(f"There is no third list any more: “{third}” stands on the left.")
    return left or third or BASE, right or TUNED


def _read_own(value: str, listings: Sequence[str], notices: list[str]) -> bool:
    """Tell whether the visitor's own listings are asked for, and there."""
    if value == OWN and OWN not in listings:
        notices.append(NOT_KEPT)
        return False
    return _choose("listings", value, (OWN,), notices) == OWN


def _choose(name: str, value: str, choices: Sequence[str], notices: list[str]) -> str:
    """Find a choice in any case, or add a notice."""
    found = next((choice for choice in choices if choice.casefold() == value.casefold()), "")
    if value and not found:
        notices.append(f"There is no {name} “{value[:60]}” here; it was left out.")
    return found


def _read_keys(value: str) -> tuple[str, ...]:
    """Read keys of statements; what the query does not state has no effect."""
    keys = (
        fold_space(key).casefold()[:MAX_FILTER_CHARACTERS] for key in value.split(BETWEEN_KEYS, MAX_KEYS)[:MAX_KEYS]
    )
    return tuple(dict.fromkeys(key for key in keys if key))


def _read_count(value: str, notices: list[str]) -> int:
    """Read the number of results, put right with a notice."""
    if not value:
        return DEFAULT_RESULTS
    digits = value if value.isascii() and value.isdigit() and len(value) < 7 else ""
    count = min(max(int(digits), MIN_RESULTS), MAX_RESULTS) if digits else DEFAULT_RESULTS
    if str(count) != value:
        notices.append(f"The number of results goes from {MIN_RESULTS} to {MAX_RESULTS}; {count} are shown.")
    return count
