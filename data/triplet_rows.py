"""Triplets as rows of a table: a row pairs an answer of a query with a negative."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from search.records import BEST_GRADE, RELEVANT, Answer, Query, text_id

SEED_COLUMNS = ("query", "job_description_pos", "job_description_neg")
ID_COLUMNS = ("query_id", "listing_id_pos", "listing_id_neg", "style")
# Only where a query has several answers, or grades: the positive's grade, and what is related only.
GRADE, RELATED = "grade", "listing_ids_related"
# Only where splits share listings or near-duplicates.
SPLIT_BY = "split_by"


def pair_up(answers: Sequence[str], negatives: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield pairs of a positive and a negative until each answer and each negative has been there."""
    for number in range(max(len(answers), len(negatives))):
        yield answers[number % len(answers)], negatives[number % len(negatives)]


def triplet_rows(
    triplets: Iterable[tuple[Query, Sequence[str]]], documents: Mapping[str, str], *, has_grades: bool
) -> Iterator[dict[str, Any]]:
    """Yield the rows of queries with their negatives; `has_grades` adds the columns of grades."""
    for query, negative_ids in triplets:
        grades = query.grades
        related = [name for name, grade in grades.items() if grade < RELEVANT]
        for positive_id, negative_id in pair_up(query.answers, negative_ids):
            row = {
                "query": query.text,
                "job_description_pos": documents[positive_id],
                "job_description_neg": documents[negative_id],
                "query_id": query.query_id,
                "listing_id_pos": positive_id,
                "listing_id_neg": negative_id,
                "style": query.style,
            }
            yield row | ({GRADE: grades[positive_id], RELATED: related} if has_grades else {})


def gather_rows(rows: Iterable[Mapping[str, Any]], source: str) -> list[tuple[Query, tuple[str, ...]]]:
    """Return each query with its answers, and its negatives; a repeated row counts once.

    Raises:
        ValueError: a query_id stands for two queries, or a grade is none of a right answer.
    """
    first: dict[str, Mapping[str, Any]] = {}
    answers: dict[str, dict[str, int]] = {}
    negatives: dict[str, dict[str, None]] = {}
    for row in rows:
        query_id = row["query_id"]
        known = first.setdefault(query_id, row)
        if any((known[name] or "") != (row[name] or "") for name in ("query", "style")):
            raise ValueError(f"expected one query for each query_id, {source} has {query_id!r} with two; build it anew")
        answers.setdefault(query_id, {}).setdefault(row["listing_id_pos"], _grade(row, source))
        negatives.setdefault(query_id, {})[row["listing_id_neg"]] = None
    return [
        (_query(row, answers[query_id]), _negatives(negatives[query_id], answers[query_id]))
        for query_id, row in first.items()
    ]


def _grade(row: Mapping[str, Any], source: str) -> int:
    grade = row.get(GRADE)
    if grade is None:
        return BEST_GRADE
    if grade not in range(RELEVANT, BEST_GRADE + 1):
        raise ValueError(
            f"expected a positive's grade from {RELEVANT} to {BEST_GRADE}, {source} has {grade!r} for "
            f"{row['query_id']!r}; build it anew"
        )
    return int(grade)


def _query(row: Mapping[str, Any], answers: Mapping[str, int]) -> Query:
    (best, grade), *others = sorted(answers.items(), key=lambda pair: -pair[1])
    related = [Answer(name, 1) for name in row.get(RELATED) or () if name not in answers]
    further = (*(Answer(*pair) for pair in others), *related)
    return Query(row["query_id"], row["query"], best, row["style"] or "", grade, further)


def _negatives(found: Iterable[str], answers: Mapping[str, int]) -> tuple[str, ...]:
    """Leave out of one answer's negatives the other answers, unless these are all."""
    named = tuple(found)
    return tuple(name for name in named if name not in answers) or named


def rows_with_ids(rows: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """Add ids, made of the texts, to rows of the seed's columns; rows of one query text are one query."""
    query_ids: dict[str, tuple[str, str]] = {}
    made = []
    for row in rows:
        first = (text_id(f"{row['query']}\n{row['job_description_pos']}"), row["query"])
        query_id, text = query_ids.setdefault(row["query"].casefold(), first)
        ids = {f"listing_id_{side}": text_id(row[f"job_description_{side}"]) for side in ("pos", "neg")}
        made.append({**row, "query": text, "query_id": query_id, **ids, "style": ""})
    return made
