"""Judged queries and the grades of their results."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from pydantic import Field

from search.benchmark_report import FACTS, Agreement, Assessor
from search.record_files import Count, File
from search.records import Listing

DEVELOPMENT, TEST = JUDGED_SPLITS = ("development", "test")
# Of a wrong result, a related one, a good one, and one that the person would apply for at once.
GRADES = (0, 1, 2, 3)


@dataclass(frozen=True, slots=True)
class StatedFacts:
    """What a query says in so many words; of several values one is enough.

    `family` has names of title families, `level` and `work_mode` the listings' own words, `place` parts of a
    listing's location, `excluded` words that must not occur.
    """

    family: tuple[str, ...] = ()
    level: tuple[str, ...] = ()
    work_mode: tuple[str, ...] = ()
    place: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def meets(self, listing: Listing) -> dict[str, bool]:
        """Tell of each stated fact, by its name in FACTS, whether the listing meets it.

        An exclusion is met where none of its words occurs in title, level or text, inside longer words neither: a
        hard test, as a listing may name what it does not ask for.
        """
        excluded = f"{listing.title}\n{listing.seniority}\n{listing.text}"
        met = (
            (self.family, (listing.family or "").casefold() in _folded(self.family)),
            (self.level, listing.seniority.casefold() in _folded(self.level)),
            (self.work_mode, listing.work_mode.casefold() in _folded(self.work_mode)),
            (self.place, _names_any(listing.location, self.place)),
            (self.excluded, not _names_any(excluded, self.excluded)),
        )
        return {fact: is_met for fact, (stated, is_met) in zip(FACTS, met, strict=True) if stated}


def _folded(values: Sequence[str]) -> set[str]:
    return {value.casefold() for value in values}


def _names_any(text: str, words: Sequence[str]) -> bool:
    folded = text.casefold()
    return any(word.casefold() in folded for word in words)


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A query that nobody wrote from a listing.

    `want` is what the person would want, for whoever grades; `kind` groups queries in reports.
    """

    query_id: str
    text: str
    split: str
    kind: str = ""
    want: str = ""
    stated: StatedFacts = field(default_factory=StatedFacts)


@dataclass(frozen=True, slots=True)
class Judgment:
    """A result's grade for a query, 0 to 3, and the name of who gave it."""

    query_id: str
    listing_id: str
    grade: int
    assessor: str


def check_assessor(name: str, where: str) -> None:
    """Refuse an assessor's name that is no single line, as cards and reports show it.

    Raises:
        ValueError: it is empty, has a line break, or white space around it, which files lose.
    """
    if name != name.strip() or len(name.splitlines()) != 1:
        raise ValueError(
            f"expected an assessor's name on one line, without spaces around it, {where} has {name[:80]!r}; rename it"
        )


class JudgingRecord(File):
    """judging.json: who graded what. Of several grades of one result, that of the first assessor here counts."""

    has_checksum: ClassVar[bool] = False

    assessors: list[Assessor]
    pooled: list[str] = Field(default_factory=list)
    depth: Count | None = None
    agreement: list[Agreement] = Field(default_factory=list)


@dataclass(frozen=True)
class Judgments:
    """Judged queries, all grades of their results, and who gave them."""

    # For messages only.
    name: str = field(compare=False)
    queries: tuple[JudgedQuery, ...]
    grades: tuple[Judgment, ...]
    record: JudgingRecord

    @property
    def qrels(self) -> dict[str, dict[str, int]]:
        """query_id -> listing_id -> the grade that counts, in the order of the queries."""
        rank = {assessor.name: number for number, assessor in enumerate(self.record.assessors)}
        qrels: dict[str, dict[str, int]] = {query.query_id: {} for query in self.queries}
        for judgment in sorted(self.grades, key=lambda one: rank[one.assessor]):
            qrels[judgment.query_id].setdefault(judgment.listing_id, judgment.grade)
        return qrels

    @property
    def hash(self) -> str:
        """16 hex digits that identify the queries, their splits and the grades that count."""
        queries = sorted((query.query_id, query.split, query.text) for query in self.queries)
        qrels = {query_id: sorted(graded.items()) for query_id, graded in sorted(self.qrels.items())}
        return hashlib.sha256(json.dumps([queries, qrels]).encode()).hexdigest()[:16]

    def of_split(self, split: str) -> "Judgments":
        """Return the part of one split, `development` or `test`."""
        queries = tuple(query for query in self.queries if query.split == split)
        known = {query.query_id for query in queries}
        return replace(self, queries=queries, grades=tuple(grade for grade in self.grades if grade.query_id in known))

    def by_assessor(self) -> dict[str, dict[tuple[str, str], int]]:
        """Return assessor -> (query_id, listing_id) -> grade."""
        graded: dict[str, dict[tuple[str, str], int]] = {assessor.name: {} for assessor in self.record.assessors}
        for one in self.grades:
            graded[one.assessor][one.query_id, one.listing_id] = one.grade
        return graded
