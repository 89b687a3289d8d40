"""Queries given with the listings or in a file."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import Field

from data.corpus.cleaning import clean_and_mask_line
from data.judgments.records import GRADES
from data.sources.json_rows import read_json_lines
from data.sources.source import SourceListing
from data.sources.values import check_text
from data.splits import SPLITS
from search.record_files import Count, Record
from search.records import BEST_GRADE, RELEVANT, Answer

# Of queries that are made here.
STYLES = ("skills", "profile", "wish")
# Of the bundled corpus's, in this order; listings to train on have all six.
SAMPLE_STYLES = (*STYLES, "plain", "changer", "cv")
MAX_QUERY_CHARACTERS = 1000
# Fields of a line of a queries file that are no query.
RESERVED = ("listing_id", "split", "grade")


@dataclass(frozen=True, slots=True)
class GivenQuery:
    """A query as given for a listing: text, style, split where fixed, and the listing's grade."""

    text: str
    style: str
    split: str | None = None
    grade: int = BEST_GRADE


@dataclass(frozen=True, slots=True)
class SelectedQuery:
    """A usable query and its listings, best grade first; `splits` are those fixed, by listing_id."""

    text: str
    style: str
    graded: tuple[Answer, ...]
    splits: Mapping[str, str] = field(default_factory=dict)

    @property
    def answers(self) -> tuple[str, ...]:
        """The ids of its right answers, best first."""
        return tuple(one.listing_id for one in self.graded if one.grade >= RELEVANT)

    @property
    def wrong(self) -> tuple[str, ...]:
        """The ids of listings of grade 0."""
        return tuple(one.listing_id for one in self.graded if not one.grade)


class QueryCounts(Record):
    """How many queries were given, retained, dropped by fault; each once for each of its listings.

    Of the rest, what is not set does not occur: `texts` are the different queries, `several_answers` those with more
    than one right answer, `most_answers` the most that one has, `grades` the given grades.
    """

    given: Count
    retained: Count = Field(validation_alias="kept")
    empty: Count
    too_long: Count
    duplicate: Count
    without_listing: Count
    without_answer: Count | None = None
    texts: Count | None = None
    several_answers: Count | None = None
    most_answers: Count | None = None
    grades: dict[str, Count] | None = None


def own_queries(listing: SourceListing, *, is_sample: bool) -> list[GivenQuery]:
    """Take a listing's own queries; the bundled sample's have styles."""
    has_styles = is_sample and len(listing.queries) in (len(STYLES), len(SAMPLE_STYLES))
    styles = SAMPLE_STYLES[: len(listing.queries)] if has_styles else [""] * len(listing.queries)
    return [GivenQuery(text, style) for text, style in zip(listing.queries, styles, strict=True)]


def read_queries_file(path: Path) -> dict[str, list[GivenQuery]]:
    """Read listing_id -> queries from JSON Lines.

    Every text field but `listing_id`, `split` and `grade` is a query; the field's name is its style.

    Raises:
        FileNotFoundError: no such file.
        ValueError: a line has no listing_id, no query, a query that is no text, an unknown split, or a grade of
            another scale.
    """
    found: dict[str, list[GivenQuery]] = {}
    for where, row in read_json_lines(path):
        if row.get("listing_id") is None:
            raise ValueError(f"expected the field 'listing_id', {where} has only {sorted(row)}; add it")
        split = row.get("split")
        if split is not None and split not in SPLITS:
            raise ValueError(f"expected `split` to be one of {', '.join(SPLITS)}, {where} has {split!r}; mend it")
        grade = _parse_grade(row.get("grade"), where)
        columns = {name: value for name, value in row.items() if name not in RESERVED}
        if not columns:
            raise ValueError(f"expected at least one query column, {where} has none; add one")
        for name, value in columns.items():
            check_text(value, name, where)
            found.setdefault(str(row["listing_id"]), []).append(GivenQuery(value, name, split, grade))
    if not found:
        raise ValueError(f"expected at least one line of queries in {path}, found none; check --queries-file")
    return found


def _parse_grade(value: object, where: str) -> int:
    """Return a line's grade, the best for none."""
    if value is None:
        return BEST_GRADE
    # A table with empty cells has its whole numbers as 2.0.
    if isinstance(value, bool) or not isinstance(value, int | float) or value not in GRADES:
        raise ValueError(
            f"expected `grade` to be one of {', '.join(map(str, GRADES))} (3 and 2 for right answers, 1 for related "
            f"ones, 0 for wrong ones), {where} has {value!r}; bring other scales to this one, or leave `grade` out"
        )
    return int(value)


@dataclass(slots=True)
class _Gathered:
    """A text and what was given with it."""

    text: str
    style: str
    grades: dict[str, int] = field(default_factory=dict)
    splits: dict[str, str] = field(default_factory=dict)
    repeated: int = 0

    def select(self) -> SelectedQuery:
        graded = sorted(self.grades.items(), key=lambda pair: -pair[1])
        return SelectedQuery(self.text, self.style, tuple(Answer(*pair) for pair in graded), self.splits)


def select_queries(
    given: Mapping[str, Sequence[GivenQuery]], representative: Mapping[str, str]
) -> tuple[list[SelectedQuery], QueryCounts]:
    """Clean queries, drop unusable ones, merge those of reposts and those of one text.

    A text that is given for several listings is one query with several answers, so that none stands in two splits. Of
    several grades of one listing the best counts. A query without a right answer is dropped.
    """
    gathered: dict[str, _Gathered] = {}
    counts: Counter[str] = Counter()
    for listing_id, query in ((name, query) for name, queries in given.items() for query in queries):
        text = clean_query(query.text)
        fault = _fault(text, has_listing=listing_id in representative)
        counts.update(given=1, **({fault: 1} if fault else {}))
        if not fault:
            found = gathered.setdefault(text.casefold(), _Gathered(text, query.style))
            _add(found, representative[listing_id], query)
    selected = [one.select() for one in gathered.values()]
    return [one for one in selected if one.answers], _count(counts, list(gathered.values()), selected)


def _add(found: _Gathered, listing_id: str, query: GivenQuery) -> None:
    found.repeated += listing_id in found.grades
    found.grades[listing_id] = max(query.grade, found.grades.get(listing_id, query.grade))
    if query.split and query.grade >= RELEVANT:
        found.splits.setdefault(listing_id, query.split)


def _count(counts: Counter[str], gathered: Sequence[_Gathered], selected: Sequence[SelectedQuery]) -> QueryCounts:
    """Count what was given; what does not occur is not set, so that build.json does not name it."""
    retained = [one for one in selected if one.answers]
    n_retained = sum(len(one.graded) for one in retained)
    extra: dict[str, object] = {}
    if lost := sum(len(one.graded) for one in selected if not one.answers):
        extra["without_answer"] = lost
    if several := [one for one in retained if len(one.answers) > 1]:
        most = max(len(one.answers) for one in several)
        extra |= {"texts": len(retained), "several_answers": len(several), "most_answers": most}
    grades = Counter(one.grade for query in retained for one in query.graded)
    if grades.keys() - {BEST_GRADE}:
        extra["grades"] = {str(grade): grades[grade] for grade in GRADES}
    return QueryCounts.model_validate(
        {name: counts[name] for name in ("given", "empty", "too_long", "without_listing")}
        | {"retained": n_retained, "duplicate": sum(one.repeated for one in gathered)}
        | extra
    )


def clean_query(text: str) -> str:
    """Clean a query and mask its contacts."""
    # So long a text is no query, whatever is cleaned away.
    return clean_and_mask_line(text[: 4 * MAX_QUERY_CHARACTERS])


def _fault(text: str, *, has_listing: bool) -> str | None:
    if not has_listing:
        return "without_listing"
    if not text:
        return "empty"
    return "too_long" if len(text) > MAX_QUERY_CHARACTERS else None
