"""Rows of files and tables -> judged queries and their grades, checked."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from data.judgments.records import (
    GRADES,
    JUDGED_SPLITS,
    JudgedQuery,
    JudgingRecord,
    Judgment,
    Judgments,
    StatedFacts,
    check_assessor,
)
from data.queries.given import MAX_QUERY_CHARACTERS, clean_query
from data.sources.reading import Row
from data.sources.values import check_text, text_value
from search.benchmark_report import Assessor
from search.records import text_id

# Who graded, where nothing says it.
UNNAMED = "unnamed"
# A key of `stated` in a file -> the field of StatedFacts.
STATED = {"family": "family", "seniority": "level", "work_mode": "work_mode", "place": "place", "not": "excluded"}
# `clean_query` reads no more of a text.
MAX_CHARACTERS = 4 * MAX_QUERY_CHARACTERS
SHOWN_CHARACTERS = 80
# A cleaned text, read again, stays as it is; once is enough but for odd bullets.
MAX_PASSES = 5


def gather_judgments(
    name: str, queries: Iterable[Row], grades: Iterable[Row], record: JudgingRecord | None
) -> Judgments:
    """Join queries, grades and who gave them; without a record the grades name their assessors.

    Raises:
        ValueError: a row is unusable, or names a query or an assessor that is not there.
    """
    judged = draw_splits(parse_queries(queries, name))
    names = [assessor.name for assessor in record.assessors] if record else []
    for assessor in names:
        check_assessor(assessor, f"judging.json of {name}")
    if len(set(names)) < len(names):
        raise ValueError(f"expected each assessor's name once in {name}, got {', '.join(names)}; rename one")
    given = tuple(_parse_grades(grades, {query.query_id for query in judged}, names if record else None))
    found = dict.fromkeys(judgment.assessor for judgment in given)
    unknown = JudgingRecord(assessors=[Assessor(name=assessor, kind="unknown") for assessor in found])
    return Judgments(name, judged, given, record or unknown)


def parse_queries(rows: Iterable[Row], name: str) -> tuple[JudgedQuery, ...]:
    """Read judged queries; where none has a split, theirs are empty.

    Raises:
        ValueError: there is no query, one is empty, too long or there twice, or some have a split and others none.
    """
    found: list[tuple[str, JudgedQuery]] = []
    seen: dict[str, str] = {}
    for where, row in rows:
        query = _judged_query(row, where)
        for what in (f"query_id {query.query_id!r}", f"text {query.text.casefold()!r}"):
            if (first := seen.setdefault(what, where)) != where:
                raise ValueError(f"expected each query once, {where} has the {_shorten(what)} of {first}; remove one")
        found.append((where, query))
    if not found:
        raise ValueError(f"expected at least one judged query in {name}, found none; write one a line")
    without = [where for where, query in found if not query.split]
    if 0 < len(without) < len(found):
        raise ValueError(
            f"expected a `split` on all judged queries or on none, {without[0]} has none and "
            f"{len(found) - len(without)} have one; add it, or leave all out"
        )
    return tuple(query for _, query in found)


def _judged_query(row: Mapping[str, Any], where: str) -> JudgedQuery:
    check_text(row.get("query"), "query", where)
    text = _clean(row, "query", where)
    if not text:
        raise ValueError(f"expected a query, {where} has none that is left after cleaning; write one, or remove it")
    split = row.get("split")
    if split is not None and split not in JUDGED_SPLITS:
        raise ValueError(f"expected `split` to be one of {', '.join(JUDGED_SPLITS)}, {where} has {split!r}; mend it")
    return JudgedQuery(
        _id(row, "query_id", where) or f"q-{text_id(text)}",
        text,
        split or "",
        _clean(row, "kind", where),
        _clean(row, "want", where),
        _stated(row.get("stated"), where),
    )


def _clean(row: Mapping[str, Any], name: str, where: str) -> str:
    """Return a text on one line, its contacts masked; empty where there is none."""
    value = row.get(name)
    if value is None:
        return ""
    check_text(value, name, where)
    if len(value) > MAX_CHARACTERS:
        raise ValueError(
            f"expected at most {MAX_CHARACTERS} characters in {name!r}, {where} has {len(value)}; shorten it"
        )
    text = str(value)
    for _ in range(MAX_PASSES):
        if (cleaned := clean_query(text)) == text:
            break
        text = cleaned
    return text


def _id(row: Mapping[str, Any], name: str, where: str) -> str:
    return text_value(row.get(name), name, where).strip()


def _shorten(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}..."


def _stated(value: object, where: str) -> StatedFacts:
    """Read what a query states: key -> null or a list of texts."""
    if value is None:
        return StatedFacts()
    if not isinstance(value, dict) or not STATED.keys() >= value.keys():
        keys = ", ".join(sorted(set(value) - set(STATED))) if isinstance(value, dict) else repr(value)
        raise ValueError(
            f"expected `stated` to be an object with keys of {', '.join(STATED)}, {where} has {_shorten(keys)}; mend it"
        )
    return StatedFacts(**{STATED[key]: _words(words, key, where) for key, words in value.items()})


def _words(value: object, key: str, where: str) -> tuple[str, ...]:
    words = [] if value is None else value
    if not isinstance(words, list) or not all(isinstance(word, str) and word.strip() for word in words):
        raise ValueError(
            f"expected a list of texts or null in `stated`, {where} has {_shorten(repr(value))} as {key!r}; mend it"
        )
    for word in words:
        check_text(word, key, where)
    return tuple(word.strip() for word in words)


def draw_splits(queries: Iterable[JudgedQuery]) -> tuple[JudgedQuery, ...]:
    """Give each query without a split one by its id alone, so that others may join later: about half for each."""
    return tuple(query if query.split else replace(query, split=_draw_split(query.query_id)) for query in queries)


def _draw_split(query_id: str) -> str:
    return JUDGED_SPLITS[hashlib.sha256(f"split:{query_id}".encode()).digest()[0] % len(JUDGED_SPLITS)]


def _parse_grades(rows: Iterable[Row], known: Collection[str], assessors: Sequence[str] | None) -> Iterator[Judgment]:
    """Yield the grades; `assessors` is None where nothing names them."""
    seen: dict[tuple[str, str, str], str] = {}
    for where, row in rows:
        judgment = _judgment(row, where, known, assessors)
        key = (judgment.query_id, judgment.listing_id, judgment.assessor)
        if (first := seen.setdefault(key, where)) != where:
            raise ValueError(
                f"expected one grade of a result by an assessor, {where} grades {judgment.listing_id!r} for "
                f"{judgment.query_id!r} again after {first}; remove one"
            )
        yield judgment


def _judgment(row: Mapping[str, Any], where: str, known: Collection[str], assessors: Sequence[str] | None) -> Judgment:
    query_id, listing_id = (_id(row, name, where) for name in ("query_id", "listing_id"))
    if query_id not in known:
        raise ValueError(
            f"expected the query_id of a judged query, {where} has {query_id!r}; add the query, or remove the line"
        )
    if not listing_id:
        raise ValueError(f"expected a listing_id, {where} has none; add it, or remove the line")
    grade = row.get("grade")
    if isinstance(grade, bool) or not isinstance(grade, int) or grade not in GRADES:
        raise ValueError(f"expected a grade of {', '.join(map(str, GRADES))}, {where} has {grade!r}; mend that line")
    assessor = _id(row, "assessor", where) or (assessors[0] if assessors else UNNAMED)
    check_assessor(assessor, where)
    if assessors is not None and assessor not in assessors:
        raise ValueError(
            f"expected an assessor that judging.json names ({', '.join(assessors) or 'it names none'}), {where} is of "
            f"{assessor!r}; add the assessor there"
        )
    return Judgment(query_id, listing_id, grade, assessor)
