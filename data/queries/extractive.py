"""Queries without a language model: a listing's own distinctive terms, put together."""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from data.corpus.sections import REQUIREMENTS, requirement_parts, split_sections
from data.queries.given import GivenQuery
from search.records import Listing

STYLES = ("skills", "profile", "wish")
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
    r"([,;:()\[\]\n!?•|\"“”–—]|(?<=[A-Za-z]{3})/|/(?![A-Za-z]{1,2}\b)|\.\s|\.$|\s-\s|^- |\b(?:and|or|such as|like|including|e\.g\.?)\b)",
    re.MULTILINE,
)
TITLE_PARTS = re.compile(r"\s[-–|@/]\s|[,(\[|]")
TITLE_REST = re.compile(r"[)\]/:].*|\b(?:jobs?|hiring|urgent|remote|hybrid|onsite|contract)\b", re.IGNORECASE)
SKILLS_JOINS = (", ", " ", " and ", ", ")
PROFILES = (
    "{role} with {years}{first} and {second}",
    "{role}, {years}{first}, {second}",
    "experienced {role} who knows {first} and {second}",
)
WISHES = (
    "looking for a {mode}{role} job with {first} and {second}{place}",
    "i want a {mode}job where i can use {first} and {second}{place}",
    "{mode}{role} position, mostly {first}, some {second}{place}",
)


@cache
def _stopwords() -> frozenset[str]:
    lines = (Path(__file__).parent / "stopwords.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


@dataclass(slots=True)
class TermUse:
    """How often a term is written, so often as an item of a list, and so often with a capital."""

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
    """Find the runs of up to three words between punctuation and common words, lower case.

    Source: Rose et al. 2010, "Automatic keyword extraction from individual documents" (RAKE's
    candidates); longer runs are left out, and scores come from the corpus instead.
    """
    terms: dict[str, TermUse] = {}
    # With the capturing group, pieces and what stood between them come in turn.
    pieces = PIECE_END.split(text)
    for piece, before in zip(pieces[::2], ["\n", *pieces[1::2]], strict=True):
        begins_sentence = before.strip() in ("", ".", "!", "?", "-", "•")
        words = [word.strip("'’*") for word in piece.split()]
        start = 0
        for place in range(len(words) + 1):
            if place < len(words) and _is_term_word(words[place]):
                continue
            if 0 < place - start <= MAX_TERM_WORDS:
                run = " ".join(words[start:place])
                # A capital that does not only begin a sentence.
                capital = re.search("[A-Z]", run[1:] if begins_sentence and not start else run) is not None
                use = TermUse(1, start == 0 and place == len(words), capital)
                terms.setdefault(run.lower(), TermUse()).add(use)
            start = place + 1
    return terms


def _is_term_word(word: str) -> bool:
    return WORD.fullmatch(word) is not None and word.lower().replace("’", "'") not in _stopwords()


def rank_terms(listings: Sequence[Listing]) -> list[list[str]]:
    """Give each listing the terms of its requirements, the most telling first, lower case.

    A term's weight is the share of its uses that are an item of a list ("Python, R or SQL": that is how
    skills are written), times the share of its uses that stand under requirements, times the root of
    its rarity's logarithm, doubled for one that is mostly written with a capital. Where a listing has
    no section of requirements, its whole text gives the terms, but no weights.
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
    """Return the terms under requirements, and those of the rest of the text."""
    required: list[str] = []
    other: list[str] = []
    for part in split_sections(text):
        (required if part.section == REQUIREMENTS else other).append(text[part.start : part.end])
    return find_terms("\n".join(required)), find_terms("\n".join(other))


def _is_skill(term: str, use: TermUse) -> bool:
    if use.is_name:
        return use.listed >= MIN_LISTED_NAME * use.count
    return use.listed >= MIN_LISTED_WORD * use.count and not (term.endswith("ed") and " " not in term)


def _weight(use: TermUse, elsewhere: int, rarity: float) -> float:
    return (NAME_WEIGHT if use.is_name else 1.0) * use.listed / (use.count + elsewhere) * math.sqrt(math.log(rarity))


def _distinct(terms: Sequence[str]) -> list[str]:
    """Leave out a term that stands inside a better one, or holds it."""
    kept: list[str] = []
    for term in terms:
        if not any(set(term.split()) & set(other.split()) for other in kept):
            kept.append(term)
    return kept


def build_extractive_queries(
    listings: Sequence[Listing], *, per_listing: int = len(STYLES), seed: int = 42
) -> dict[str, list[GivenQuery]]:
    """Compose queries of the styles skills, profile and wish from each listing's own terms.

    They repeat the listing's words, so they are easier than what people type, and weaker to train on.
    A listing gets one query for every two terms at most, and none with fewer.

    Args:
        listings: The corpus; rarity is measured in it.
        per_listing: The most queries that a listing gets, styles in turn.
        seed: Of the wording, drawn for each listing by its id.
    """
    queries = {}
    for listing, ranked in zip(listings, rank_terms(listings), strict=True):
        company = set(listing.company.lower().split())
        terms = [term for term in ranked if not company.issuperset(term.split())]
        count = min(per_listing, len(terms) // SENTENCE_TERMS)
        texts = [_compose(listing, terms, number, seed) for number in range(count)]
        if texts:
            queries[listing.listing_id] = [GivenQuery(text, STYLES[n % len(STYLES)]) for n, text in enumerate(texts)]
    return queries


def _compose(listing: Listing, terms: Sequence[str], number: int, seed: int) -> str:
    draw = int.from_bytes(hashlib.sha256(f"{seed}:{listing.listing_id}:{number}".encode()).digest()[:8], "big")
    style = STYLES[number % len(STYLES)]
    # Each query starts further down the list, so that no two of them say the same.
    start = number * SENTENCE_TERMS
    if style == "skills":
        chosen = list(terms[start : start + SKILLS_TERMS])
        return SKILLS_JOINS[draw % len(SKILLS_JOINS)].join(chosen)
    first, second = terms[start], terms[start + 1]
    values = {"role": _role(listing), "first": first, "second": second}
    if style == "profile":
        return PROFILES[draw % len(PROFILES)].format(years=_years(listing.text), **values)
    mode = f"{listing.work_mode.lower()} " if listing.work_mode else ""
    city = listing.location.partition(",")[0].strip()
    return WISHES[draw % len(WISHES)].format(mode=mode, place=f" in {city}" if city and draw % 2 else "", **values)


def _years(text: str) -> str:
    required = (text[part.start : part.end] for part in requirement_parts(text))
    years = [int(found) for found in YEARS.findall("\n".join(required))]
    if not years or not 0 < years[0] <= MAX_YEARS:
        return ""
    return f"{years[0]} year{'s' if years[0] > 1 else ''} of "


def _role(listing: Listing) -> str:
    """Return the part of the title that names the occupation, without places and conditions."""
    parts = [part for part in TITLE_PARTS.split(listing.title) if part.strip()]
    named = [part for part in parts if listing.family and listing.family.lower() in part.lower()]
    role = " ".join(TITLE_REST.sub("", (named or parts or [""])[0]).lower().split())
    return role or (listing.family or "job").lower()
