"""Values that people filter by: one choice for all spellings of it, and places by any usual name."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable

from search.understanding.gazetteer import Area, countries, fold_name
from search.understanding.informal_places import informal_places
from search.understanding.locations import resolve_location

# Short forms that the gazetteers lack.
SHORT_FORMS = {
    "nyc": "New York, NY",
    "ny": "New York, US",
    "la": "Los Angeles, CA",
    "sf": "San Francisco, CA",
    "philly": "Philadelphia, PA",
    "atl": "Atlanta, GA",
    "chi": "Chicago, IL",
    "blr": "Bengaluru, India",
}


# Fewer letters are a short form, or nothing yet.
MIN_BEGINNING = 3


def value_key(value: str) -> str:
    """Return what all spellings of a value share: its letters and digits, small and without accents.

    >>> value_key("Mid-Senior level") == value_key("mid_senior Level")
    True
    """
    plain = unicodedata.normalize("NFKD", value.casefold())
    return "".join(c for c in plain if c.isalnum() and not unicodedata.combining(c))


def one_of_each(values: Iterable[str | None]) -> list[str]:
    """Return one spelling of each value, the most frequent one, sorted; of equally frequent ones the first by letter."""
    counts = Counter(value for value in values if value and value_key(value))
    spelled: dict[str, str] = {}
    for value in sorted(counts, key=lambda value: (-counts[value], value)):
        spelled.setdefault(value_key(value), value)
    return sorted(spelled.values())


def place_matcher(wanted: str) -> Callable[[str], bool]:
    """Return what tells whether a listing's location is the place that somebody wants, or lies in it.

    Accents, case, marks and spaces do not count: `zurich` finds "Zürich, Switzerland", `denver,co` "Denver, CO". So do
    usual short forms: NYC, UK, USA, "Bay Area". A location's words and its beginning find it too, while somebody types;
    nothing wanted finds all.
    """
    name = fold_name(wanted)
    areas = _areas(wanted, name)

    def matches(location: str) -> bool:
        if not name or f" {name} " in (folded := f" {fold_name(location)} "):
            return True
        # "la" is no Lagos.
        if len(name) >= MIN_BEGINNING and folded.startswith(f" {name}"):
            return True
        return any(_lies_in(resolve_location(location), area) for area in areas)

    return matches


def _areas(wanted: str, name: str) -> tuple[Area, ...]:
    if areas := informal_places().get(name):
        return areas
    if name in countries():
        return (countries()[name],)
    area = resolve_location(SHORT_FORMS.get(name, wanted))
    return (area,) if area.country else ()


def _lies_in(place: Area, area: Area) -> bool:
    # A city is that one and not what is near it; informal areas of several cities have a name of their own.
    if area.city and area.name not in _informal_names():
        return place.city == area.city
    return area.holds(place) is True


def _informal_names() -> frozenset[str]:
    return frozenset(area.name for areas in informal_places().values() for area in areas)
