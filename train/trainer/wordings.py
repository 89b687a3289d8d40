"""A listing's facts as people say them in a query, drawn by seed."""

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from search.understanding.gazetteer import cities, regions, wider_names
from search.understanding.levels import LEVELS, levels_of_years
from search.understanding.locations import resolve_location

# Facts of a listing: its columns in a row.
FACTS = ("level", "work_mode", "location")
LEVEL_WORDS: Mapping[str, Sequence[str]] = {
    "internship": ("internship", "intern", "summer internship", "student placement", "working student"),
    "junior": ("junior", "jr", "entry level", "graduate role", "first job", "new grad", "starter position"),
    "mid": ("mid-level", "mid level", "midlevel", "intermediate"),
    "senior": ("senior", "sr", "sr.", "senior level", "experienced"),
    "lead": ("lead", "team lead", "tech lead", "lead level", "lead role"),
    "principal": ("principal", "staff level", "principal level", "staff or principal"),
}
YEAR_WORDS = (
    "{} yrs",
    "{} years",
    "{}+ years",
    "{} years of experience",
    "{} yrs exp",
    "{} yoe",
    "with {} years behind me",
)
MOST_YEARS = 16
MODE_WORDS: Mapping[str, Sequence[str]] = {
    "remote": ("remote", "fully remote", "wfh", "work from home", "100% remote", "remote only", "from home"),
    "hybrid": ("hybrid", "hybrid work", "2 days office", "part of the week from home", "3 days in the office"),
    "on-site": ("on-site", "onsite", "in the office", "in person", "office based", "on site"),
}
COUNTRY_WORDS = {"United States": ("US", "USA", "the US"), "United Kingdom": ("UK", "the UK")}
# Said of a place where only its city was named.
CITY = "city"
JOINED = ("{0}, {1}", "{1}, {0}", "{1} {0}", "{0} {1}", "{0} - {1}", "{1}: {0}")
# Behind a paragraph.
WISHED = ("{} Looking for: {}.", "{} Want {}.", "{} Now seeking {}.", "{} {}, please.", "{} Next job: {}.")
PARAGRAPH_CHARACTERS = 220


@dataclass(frozen=True, slots=True)
class Worded:
    """A query, and the facts that were said in it; for a place CITY too, where no wider one was said."""

    text: str
    facts: frozenset[str] = frozenset()


def say_facts(text: str, row: Mapping[str, str], rng: random.Random, *, needed: Collection[str] = ()) -> Worded:
    """Add what a listing's facts say, in words drawn for about half of them, and for those needed.

    Of a place that is needed as CITY, the city is said.
    """
    wanted = [
        name for name in FACTS if rng.random() < 1 / 2 or name in needed or (CITY in needed and name == "location")
    ]
    said = {name: word for name in wanted if (word := word_fact(name, row[name], rng, needs_city=CITY in needed))}
    if not said:
        return Worded(text)
    facts = set(said)
    if said.get("location", "").removeprefix("in ").removeprefix("near ") in city_words(row["location"]):
        facts.add(CITY)
    words = rng.choice((", ", " ")).join(rng.sample(list(said.values()), len(said)))
    forms = WISHED if len(text) > PARAGRAPH_CHARACTERS else JOINED
    return Worded(rng.choice(forms).format(text, words), frozenset(facts))


def word_fact(name: str, value: str, rng: random.Random, *, needs_city: bool = False) -> str:
    """Return one wording of a fact, empty for what has none."""
    if name == "level":
        return _word_level(value.casefold(), rng)
    if name == "work_mode":
        return rng.choice(MODE_WORDS.get(value.casefold(), ("",)))
    words = city_words(value) if needs_city else place_words(value)
    return rng.choice(("in ", "near ", "", "")) + rng.choice(words) if words else ""


def _word_level(level: str, rng: random.Random) -> str:
    if level not in LEVELS:
        return ""
    years = [
        number
        for number in range(MOST_YEARS)
        if levels_of_years(number, number) == (level,) or (number > 8 and level in levels_of_years(number, number))
    ]
    if years and level != "internship" and rng.random() < 1 / 2:
        return rng.choice(YEAR_WORDS).format(rng.choice(years))
    return rng.choice(LEVEL_WORDS[level])


@lru_cache(maxsize=10_000)
def place_words(location: str) -> tuple[str, ...]:
    """Return what people call a place: city, region, country, short forms."""
    place = resolve_location(location)
    wider = wider_names(place)
    codes = regions(place.country).items() if place.region else ()
    # Cities count twice, as people name them most.
    return (
        *city_words(location) * 2,
        *wider,
        *(short for name in wider for short in COUNTRY_WORDS.get(name, ())),
        *(code.upper() for code, area in codes if area.region == place.region and len(code) == 2),
    )


@lru_cache(maxsize=10_000)
def city_words(location: str) -> tuple[str, ...]:
    """Return a location's city, and its names of two or three letters without a vowel, such as NYC."""
    place = resolve_location(location)
    short = (name for name, areas in cities().items() if len(name) <= 3 and areas[0].city == place.city)
    shorts = (name.upper() for name in short if not set(name) & set("aeiou"))
    return (location.partition(",")[0].strip(), *shorts) if place.city else ()
