"""Queries without a language model: a listing's own telling terms."""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

from data.corpus.section_patterns import REQUIREMENTS
from data.corpus.sections import requirement_sentences, split_sections
from data.queries.given import STYLES, GivenQuery
from search.records import Listing

MAX_TERM_WORDS = 3
# A term of fewer listings is a name or a slip, one of more tells no listing from another.
MIN_LISTINGS, MIN_SHARE, MAX_SHARE = 3, 0.001, 0.6
# What is seldom an item of a list is no skill; of words without a capital more is asked.
MIN_LISTED_NAME, MIN_LISTED_WORD = 0.25, 0.5
# Nor is what stands mostly outside the requirements, such as cities.
MIN_REQUIRED = 0.35
SKILLS_TERMS, SENTENCE_TERMS = 4, 2
# Names of tools are what people type; other words count for less.
NAME_WEIGHT = 2.0
WORD = re.compile(r"[A-Za-z][\w+#]*(?:[.&'’/-][\w+#]+)*\+*")
YEARS = re.compile(r"\b(\d{1,2})\s?\+?\s?(?:(?:-|–|to)\s?\d{1,2}\s?\+?\s?)?(?:years|yrs)\b", re.IGNORECASE)
MAX_YEARS = 15
# A slash divides, except in "A/B" and "CI/CD".
PIECE_END = re.compile(
    r"([,;:()\[\]\n!?•|\"“”–—]|(?<=[A-Za-z]{3})/|/(?![A-Za-z]{1,2}\b)|\.\s|\.$|\s-\s|^- |"
    r"\b(?:and|or|such as|like|including|e\.g\.?)\b)",
    re.MULTILINE,
)
TITLE_SEPARATOR = re.compile(r"\s[-–|@/]\s|[,(\[|]")
TITLE_REST = re.compile(r"[)\]/:].*|\b(?:jobs?|hiring|urgent|remote|hybrid|onsite|contract)\b", re.IGNORECASE)
SKILLS_JOINS = (", ", " ", " and ", ", ")
PROFILES = (
    "{occupation} with {years}{first} and {second}",
    "{occupation}, {years}{first}, {second}",
    "experienced {occupation} who knows {first} and {second}",
)
WISHES = (
    "looking for a {mode}{occupation} job with {first} and {second}{location}",
    "i want a {mode}job where i can use {first} and {second}{location}",
    "{mode}{occupation} position, mostly {first}, some {second}{location}",
)


@cache
def _stopwords() -> frozenset[str]:
    lines = (Path(__file__).parent / "stopwords.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


@dataclass(slots=True)
class TermUse:
    """How often a term is used, and in which form."""

    count: int = 0
    listed: int = 0
    capital: int = 0

    @property
    def is_name(self) -> bool:
        """Whether it is mostly written with a capital."""
        return self.capital > 0.5 * self.count

    def add(self, other: "TermUse") -> None:
        """Add what was counted elsewhere."""
        self.count += other.count
        self.listed += other.listed
        self.capital += other.capital


def find_terms(text: str) -> dict[str, TermUse]:
    """Find short runs of words between punctuation and stop words.

    Source: Rose et al. 2010, "Automatic keyword extraction from individual documents" (RAKE's
    candidates); longer runs are left out, and scores come from the corpus instead.
    """
    terms: dict[str, TermUse] = {}
    # With the capturing group, pieces and what stood between them come in turn.
    pieces = PIECE_END.split(text)
    for piece, before in zip(pieces[::2], ["\n", *pieces[1::2]], strict=True):
        begins_sentence = before.strip() in ("", ".", "!", "?", "-", "•")
        words = [word.strip("'’*") for word in piece.split()]
        for number, (is_term, group) in enumerate(groupby(words, _is_term_word)):
            run = list(group)
            if is_term and len(run) <= MAX_TERM_WORDS:
                term = " ".join(run)
                # A capital that does not only begin a sentence.
                capital = re.search("[A-Z]", term[1:] if begins_sentence and number == 0 else term) is not None
                terms.setdefault(term.lower(), TermUse()).add(TermUse(1, len(run) == len(words), capital))
    return terms


def _is_term_word(word: str) -> bool:
    return WORD.fullmatch(word) is not None and word.lower().replace("’", "'") not in _stopwords()


def rank_terms(listings: Sequence[Listing]) -> list[list[str]]:
    """Rank the terms of each listing's requirements, best first.

    A term weighs more if it is often an item of a list ("Python, R or SQL": that is how skills are written), stands
    under requirements, is rare, and has a capital: see `_weight`. A listing without requirements gives terms of its
    whole text, but no weights.
    """
    divided = [_required_and_other(listing.text) for listing in listings]
    uses: dict[str, TermUse] = {}
    elsewhere: Counter[str] = Counter()
    for terms, rest in divided:
        for term, use in terms.items():
            uses.setdefault(term, TermUse()).add(use)
        elsewhere.update({term: use.count for term, use in rest.items()} if terms else {})
    listings_with = Counter(term for terms, _ in divided for term in terms)
    n_listings = sum(1 for terms, _ in divided if terms)
    fewest = max(MIN_LISTINGS, MIN_SHARE * n_listings)
    weights = {
        term: _weight(use, elsewhere[term], n_listings / listings_with[term])
        for term, use in uses.items()
        if fewest <= listings_with[term] <= MAX_SHARE * n_listings
        and _is_skill(term, use)
        and use.count >= MIN_REQUIRED * (use.count + elsewhere[term])
    }
    return [
        _distinct(sorted((terms or rest).keys() & weights.keys(), key=lambda term: (-weights[term], term)))
        for terms, rest in divided
    ]


def _required_and_other(text: str) -> tuple[dict[str, TermUse], dict[str, TermUse]]:
    """Return the terms under requirements, and those elsewhere."""
    required: list[str] = []
    other: list[str] = []
    for sentence in split_sections(text):
        (required if sentence.section == REQUIREMENTS else other).append(text[sentence.start : sentence.end])
    return find_terms("\n".join(required)), find_terms("\n".join(other))


def _is_skill(term: str, use: TermUse) -> bool:
    if use.is_name:
        return use.listed >= MIN_LISTED_NAME * use.count
    return use.listed >= MIN_LISTED_WORD * use.count and not (term.endswith("ed") and " " not in term)


def _weight(use: TermUse, elsewhere: int, rarity: float) -> float:
    return (NAME_WEIGHT if use.is_name else 1.0) * use.listed / (use.count + elsewhere) * math.sqrt(math.log(rarity))


def _distinct(terms: Sequence[str]) -> list[str]:
    """Leave out terms that share words with better ones."""
    distinct: list[str] = []
    for term in terms:
        if not any(set(term.split()) & set(better.split()) for better in distinct):
            distinct.append(term)
    return distinct


def build_extractive_queries(
    listings: Sequence[Listing], *, per_listing: int = len(STYLES), seed: int = 42
) -> dict[str, list[GivenQuery]]:
    """Compose queries from each listing's own terms.

    They repeat the listing's words, so they are easier than what people type, and weaker to train on.
    A listing gets one query for every two terms at most, and none with fewer. Its id draws the wording.
    """
    queries = {}
    for listing, ranked in zip(listings, rank_terms(listings), strict=True):
        company = set(listing.company.lower().split())
        terms = [term for term in ranked if not company.issuperset(term.split())]
        count = min(per_listing, len(terms) // SENTENCE_TERMS)
        if count:
            queries[listing.listing_id] = [_compose(listing, terms, number, seed) for number in range(count)]
    return queries


def _compose(listing: Listing, terms: Sequence[str], number: int, seed: int) -> GivenQuery:
    draw = int.from_bytes(hashlib.sha256(f"{seed}:{listing.listing_id}:{number}".encode()).digest()[:8], "big")
    style = STYLES[number % len(STYLES)]
    # Each query starts further down the list, so that no two of them say the same.
    start = number * SENTENCE_TERMS
    if style == "skills":
        chosen = list(terms[start : start + SKILLS_TERMS])
        return GivenQuery(SKILLS_JOINS[draw % len(SKILLS_JOINS)].join(chosen), style)
    first, second = terms[start], terms[start + 1]
    values = {"occupation": _occupation(listing), "first": first, "second": second}
    if style == "profile":
        return GivenQuery(PROFILES[draw % len(PROFILES)].format(years=_years(listing.text), **values), style)
    mode = f"{listing.work_mode.lower()} " if listing.work_mode else ""
    city = listing.location.partition(",")[0].strip()
    location = f" in {city}" if city and draw % 2 else ""
    return GivenQuery(WISHES[draw % len(WISHES)].format(mode=mode, location=location, **values), style)


def _years(text: str) -> str:
    required = (text[sentence.start : sentence.end] for sentence in requirement_sentences(text))
    years = [int(found) for found in YEARS.findall("\n".join(required))]
    if not years or not 0 < years[0] <= MAX_YEARS:
        return ""
    return f"{years[0]} year{'s' if years[0] > 1 else ''} of "


def _occupation(listing: Listing) -> str:
    """Return what the title names, without locations and conditions."""
    pieces = [piece for piece in TITLE_SEPARATOR.split(listing.title) if piece.strip()]
    named = [piece for piece in pieces if listing.family and listing.family.lower() in piece.lower()]
    occupation = " ".join(TITLE_REST.sub("", (named or pieces or [""])[0]).lower().split())
    return occupation or (listing.family or "job").lower()
