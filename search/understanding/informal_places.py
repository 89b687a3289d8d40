"""Names of places that our gazetteers lack, such as "Midwest" and "Twin Cities", by what lies in them."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from search.understanding.gazetteer import AREA_KM, Area, cities, countries, fold_name, regions

# Names, the first of which people read: ISO 3166 codes of countries and regions, or cities with what is around them.
# Sources: the US Census Bureau's regions and divisions, the UN's geoscheme, the members of the EU in 2026.
INFORMAL_AREAS: Mapping[tuple[str, ...], str] = {
    ("Bay Area", "SF Bay Area", "San Francisco Bay Area", "SF Bay"): "san francisco",
    ("Silicon Valley",): "san jose",
    ("Washington DC", "DC", "Washington D C"): "washington",
    ("London", "LDN"): "london",
    ("Philadelphia", "Philly"): "philadelphia",
    ("Twin Cities",): "minneapolis",
    ("GTA", "Greater Toronto Area"): "toronto",
    ("Research Triangle", "Research Triangle Park"): "raleigh",
    ("DFW", "Dallas Fort Worth"): "dallas",
    ("Southern California", "SoCal"): "los angeles; san diego",
    ("Northern California", "NorCal"): "san francisco; san jose; sacramento",
    ("Tri-state area",): "US-NY US-NJ US-CT",
    ("New England",): "US-CT US-ME US-MA US-NH US-RI US-VT",
    ("Northeast",): "US-CT US-ME US-MA US-NH US-RI US-VT US-NJ US-NY US-PA",
    ("Mid-Atlantic",): "US-NY US-NJ US-PA US-DE US-MD US-VA US-DC",
    ("East Coast",): "US-ME US-NH US-MA US-RI US-CT US-NY US-NJ US-PA US-DE US-MD US-DC US-VA US-NC US-SC US-GA US-FL",
    ("Midwest", "American Midwest"): "US-IL US-IN US-MI US-OH US-WI US-IA US-KS US-MN US-MO US-NE US-ND US-SD",
    ("West Coast",): "US-CA US-OR US-WA CA-BC",
    ("Pacific Northwest", "PNW"): "US-WA US-OR CA-BC",
    ("Carolinas",): "US-NC US-SC",
    ("Northern England", "North of England", "Up North"): "manchester; leeds; newcastle upon tyne; liverpool",
    ("Benelux", "Low Countries"): "BE NL LU",
    ("DACH",): "DE AT CH",
    ("Scandinavia",): "DK NO SE",
    ("Nordics", "Nordic countries"): "DK FI IS NO SE",
    ("Baltics",): "EE LV LT",
    ("British Isles",): "GB IE",
    ("EU", "European Union"): "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE",
    ("Southeast Asia", "South East Asia"): "SG MY ID TH VN PH KH LA MM BN TL",
    ("Australasia",): "AU NZ",
}


@lru_cache(maxsize=1)
def informal_places() -> Mapping[str, tuple[Area, ...]]:
    """Return the areas by folded name; each has the name that people read."""
    found: dict[str, tuple[Area, ...]] = {}
    by_code = {area.country: area for area in countries().values()}
    for names, meant in INFORMAL_AREAS.items():
        areas = tuple(replace(area, name=names[0]) for area in _areas(meant, by_code))
        found |= {fold_name(name): areas for name in names}
    return found


def _areas(meant: str, by_code: Mapping[str, Area]) -> tuple[Area, ...]:
    if meant.islower():
        return tuple(replace(cities()[name.strip()][0], radius=AREA_KM) for name in meant.split(";"))
    return tuple(_by_iso(code, by_code) for code in meant.split())


def _by_iso(code: str, by_code: Mapping[str, Area]) -> Area:
    country = code.partition("-")[0]
    if country == code:
        return by_code[code]
    return next(area for area in regions(country).values() if area.region == code)
