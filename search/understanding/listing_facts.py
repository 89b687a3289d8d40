"""A listing's facts: in plain words for systems to read, and derived from title and text where its source has none."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from search.records import Listing
from search.understanding.experience import YEARS
from search.understanding.levels import INTERNSHIP, find_levels, levels_of_years
from search.understanding.locations import names_only_a_place, plain_place, without_noise
from search.understanding.vocabulary import read_number
from search.understanding.words import split_words
from search.understanding.work_modes import find_work_modes

# What a posting says of itself stands near its beginning or its end; years are a requirement wherever they stand.
EDGE_CHARACTERS = 1500
YEARS_CHARACTERS = 24
EXPERIENCE = re.compile(r"\b(?:years?|yrs?)\b(?P<after>)\W*(?:\w+\W+){0,4}?experience", re.IGNORECASE)
TITLE_PART = re.compile(r"\s[-–—|]\s|[()\[\]|]|,\s")
PLACE_LINE = re.compile(
    r"\b(?i:(?:work\s+)?location|place of work|based|located|office)\s*(?::|\bin\b|\bis\b)\s*(?P<place>[A-Z][^\n.;()]{1,60})"
)


def describe_facts(level: str, work_mode: str, location: str) -> str:
    """Return facts in plain words: `senior level, hybrid, Denver, Colorado, United States`."""
    # "Entry level", "internship"
    said = level if not level or "level" in level.lower() or level.casefold() == INTERNSHIP else f"{level} level"
    return ", ".join(fact for fact in (said, work_mode, plain_place(location)) if fact)


def with_facts(listing: Listing) -> Listing:
    """Return the listing with its facts in plain words; what its source lacks is read from title and text.

    Only what these say plainly counts; the rest stays empty. `derived` names what was read.
    """
    found = {"seniority": derive_level, "work_mode": derive_work_mode, "location": derive_location}
    read = {name: value for name, derive in found.items() if not getattr(listing, name) and (value := derive(listing))}
    derived = ", ".join([*filter(None, [listing.derived]), *read])
    filled = replace(listing, **read, derived=derived) if read else listing
    return replace(filled, facts=describe_facts(filled.seniority, filled.work_mode, filled.location))


def derive_level(listing: Listing) -> str:
    """Return the level that the title names, else the one of the years of experience asked for."""
    titled = {level for levels, _ in find_levels(listing.title, split_words(listing.title)) for level in levels}
    if titled:
        return titled.pop() if len(titled) == 1 else ""
    for unit in EXPERIENCE.finditer(listing.text):
        years = YEARS.search(listing.text[max(0, unit.start() - YEARS_CHARACTERS) : unit.start("after")])
        low = read_number(years["low"].casefold()) if years else None
        if low is not None:
            levels = levels_of_years(low, low)
            return levels[0] if len(levels) == 1 else ""
    return ""


def derive_work_mode(listing: Listing) -> str:
    """Return the one work mode that title, beginning and end of the text name."""
    for text in (listing.title, f"{listing.text[:EDGE_CHARACTERS]}\n{listing.text[-EDGE_CHARACTERS:]}"):
        modes = {mode for modes, _ in find_work_modes(text, split_words(text)) for mode in modes}
        if modes:
            return modes.pop() if len(modes) == 1 else ""
    return ""


def derive_location(listing: Listing) -> str:
    """Return the place that the title ends with, or that the text gives as its location."""
    return next(filter(names_only_a_place, _place_parts(listing)), "")


def _place_parts(listing: Listing) -> Iterator[str]:
    parts = [part for part in map(without_noise, TITLE_PART.split(listing.title)) if part]
    # "Data Scientist - Shanghai, China"
    yield from (f"{first}, {second}" for first, second in pairwise(parts[1:]))
    yield from parts[1:]
    for match in PLACE_LINE.finditer(listing.text[:EDGE_CHARACTERS]):
        named = [part for part in map(without_noise, match["place"].split(",")) if part]
        yield from (", ".join(named[:2]), *named[:1])
