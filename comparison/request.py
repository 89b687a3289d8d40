"""One comparison as it was asked for: from an address and back, with whatever came in put right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlencode

from comparison.filters import CHOICES, MAX_FILTER_CHARACTERS, Filters
from comparison.systems import clean_query

LEAST_RESULTS, MOST_RESULTS, DEFAULT_RESULTS = 5, 25, 10
# A query of 2,000 characters and all filters, each character as three bytes in percent signs.
MAX_ADDRESS_CHARACTERS = 30_000
# Names in the address -> fields.
FILTER_NAMES = {
    "family": "family",
    "mode": "work_mode",
    "seniority": "seniority",
    "location": "location",
    "without": "exclude",
}


@dataclass(frozen=True, slots=True)
class ComparisonRequest:
    """A query and its options. `third` names a third list, or none."""

    query: str = ""
    k: int = DEFAULT_RESULTS
    third: str = ""
    filters: Filters = field(default_factory=Filters)

    def to_address(self) -> str:
        """Return the part of an address after the `?`; values that are the default are left out."""
        values = {"q": self.query, "k": "" if self.k == DEFAULT_RESULTS else str(self.k)}
        values |= {name: getattr(self.filters, attribute) for name, attribute in FILTER_NAMES.items()}
        values["third"] = self.third.lower()
        return urlencode({name: value for name, value in values.items() if value})


def read_request(
    values: Mapping[str, str], *, choices: Mapping[str, Sequence[str]], thirds: Sequence[str]
) -> tuple[ComparisonRequest, list[str]]:
    """Read what someone asked for; what can't be meant is left out, with a line that says so.

    Args:
        values: Names as in an address (`q`, `k`, `family`, `mode`, ...) -> what came.
        choices: Field -> the corpus's values, of fields that are chosen from a list.
        thirds: The names of the third lists that there are.

    Returns:
        The request, and a line for each value that was left out or put right.
    """
    notices: list[str] = []
    query = clean_query(values.get("q", ""))
    notices += [query.notice] if query.notice else []
    kept: dict[str, str] = {}
    for name, attribute in FILTER_NAMES.items():
        value = " ".join(values.get(name, "").replace("\x00", " ").split())
        if attribute in CHOICES:
            value = _choose(name, value, choices.get(attribute, ()), notices)
        elif len(value) > MAX_FILTER_CHARACTERS:
            notices.append(f"Of {name}, the first {MAX_FILTER_CHARACTERS} characters were used.")
            value = value[:MAX_FILTER_CHARACTERS].rstrip()
        kept[attribute] = value
    third = _choose("third", values.get("third", ""), thirds, notices)
    request = ComparisonRequest(query.text, _read_count(values.get("k", ""), notices), third, Filters(**kept))
    return request, notices


def read_address(
    address: str, *, choices: Mapping[str, Sequence[str]], thirds: Sequence[str]
) -> tuple[ComparisonRequest, list[str]]:
    """Read the part of an address after its `?`, as `read_request` does; of a name that stands twice, the last."""
    if len(address) > MAX_ADDRESS_CHARACTERS:
        return ComparisonRequest(), ["The address is too long to be a comparison; it was not opened."]
    try:
        values = dict(parse_qsl(address.removeprefix("?"), max_num_fields=50))
    except ValueError:
        return ComparisonRequest(), ["The address has too many parts to be a comparison; it was not opened."]
    return read_request(values, choices=choices, thirds=thirds)


def without_filters(request: ComparisonRequest) -> ComparisonRequest:
    """Return the same comparison over all listings."""
    return replace(request, filters=Filters())


def _choose(name: str, value: str, among: Sequence[str], notices: list[str]) -> str:
    """Return the choice that is meant, in whatever case it came; none, and a notice, where there is none."""
    found = next((choice for choice in among if choice.casefold() == value.casefold()), "")
    if value and not found:
        notices.append(f"There is no {name} “{value[:60]}” here; it was left out.")
    return found


def _read_count(value: str, notices: list[str]) -> int:
    if not value:
        return DEFAULT_RESULTS
    digits = value if value.isascii() and value.isdigit() and len(value) < 7 else ""
    count = min(max(int(digits), LEAST_RESULTS), MOST_RESULTS) if digits else DEFAULT_RESULTS
    if str(count) != value:
        notices.append(f"The number of results goes from {LEAST_RESULTS} to {MOST_RESULTS}; {count} are shown.")
    return count
