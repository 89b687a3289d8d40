"""A listing's location as a place, and in plain words."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from search.understanding.gazetteer import REGION_CODES, Area, cities, countries, fold_name, regions, wider_names

# In locations, no part of a place's name.
NOISE = re.compile(
    r"\b(?:remote|hybrid|on-?site|greater|metropolitan|metroplex|metro|bay|area)\b|\([^()]*\)|\b\d{5}\b", re.IGNORECASE
)
BETWEEN_PARTS = re.compile(r"[,;/|\n]|\s-\s")
UNKNOWN = Area("")


@lru_cache(maxsize=100_000)
def resolve_location(location: str) -> Area:
    """Find the place that a listing's location names, such as `Denver, CO`; `UNKNOWN` for none."""
    return _resolve(location)[0]


def without_noise(location: str) -> str:
    """Return a location without work modes, zip codes and words such as "Greater"."""
    return " ".join(NOISE.sub(" ", location).split()).strip(" ,;:-–—|")


def names_only_a_place(location: str) -> bool:
    """Tell whether a text is a place's name and nothing else, as far as can be known."""
    place, rest = _resolve(location)
    if len(rest) > 1 or not place.country:
        return False
    # A city alone has to be a large one, as many villages have the names of things; three letters are an airport.
    is_known = BETWEEN_PARTS.search(location) is not None or (place.is_large and len(location) > 3)
    return not rest or (bool(place.city) and is_known)


@lru_cache(maxsize=100_000)
def plain_place(location: str) -> str:
    """Return a location in plain words: `Denver, Colorado, United States`; as it came where no gazetteer knows it."""
    place, rest = _resolve(location)
    return ", ".join(dict.fromkeys((*rest, *wider_names(place)))) if place.country else location


def _resolve(location: str) -> tuple[Area, list[str]]:
    """Find the place, and the parts of the location that name no region or country."""
    parts = [" ".join(part.split()) for part in BETWEEN_PARTS.split(NOISE.sub(" ", location)) if fold_name(part)]
    place = UNKNOWN
    while parts:
        wider = list(_wider_areas(parts[-1], place, has_city=len(parts) > 1))
        # "Georgia" is the one where the rest of the location lies.
        holding = (area for area in wider if _find_city(parts[:-1], area))
        found = next(holding, next(iter(wider), None))
        if not found or (len(parts) == 1 and place.country and _find_city(parts, place)):
            break
        place = found
        parts.pop()
    if city := _find_city(parts, place):
        return (city if city.region else replace(city, region=place.region)), parts
    # "Singapore" is a city too, where nothing else is said.
    both = (city for city in cities().get(fold_name(location), ()) if city.country == place.country)
    return (next(both, place) if not parts else place), parts


def _wider_areas(part: str, known: Area, *, has_city: bool) -> Iterator[Area]:
    """Yield the countries and regions that a part of a location may name."""
    name = fold_name(part)
    if known.country:
        if not known.region and name in regions(known.country):
            yield regions(known.country)[name]
        return
    # Two letters after a city are a region of these countries: "CA" is no Canada.
    for country in REGION_CODES:
        if name in regions(country) and (has_city or len(name) > 3):
            yield regions(country)[name]
    if name in countries():
        yield countries()[name]


def _find_city(parts: list[str], place: Area) -> Area | None:
    named = (city for part in parts for city in cities().get(fold_name(part), ()) if _agrees(city, place))
    return next(named, None)


def _agrees(city: Area, place: Area) -> bool:
    if place.country and city.country != place.country:
        return False
    return not (place.region and city.region) or city.region == place.region
