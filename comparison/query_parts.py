"""The parts of a query that a listing's text answers, and those that its facts do."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from comparison.query_facets import split_query
from search.lexical import stem_words
from search.records import Listing, Span
from search.understanding.understanding import LEVEL, PLACE, ROLE, WORK_MODE, Statement

# Words that ask for nothing by themselves, beside a level, a place or a work mode.
FILLERS = frozenset(
    stem
    for stems in stem_words(
        ["job jobs role roles work working position years year experience level based or near area"]
    )
    for stem in stems
)
# What is left over at the edges of a part.
EDGE = re.compile(r"^[^\w.#+]+|[^\w#+)%]+$")


@dataclass(frozen=True, slots=True)
class FactAnswer:
    """What a query states, the listing's fact, and whether they fit; None for not known."""

    statement: Statement
    fact: str
    fits: bool | None


def text_parts(query: str, stated: Sequence[Span]) -> list[Span]:
    """Return the characters of each part of a query that no statement holds; without any, none.

    Args:
        query: What is wanted.
        stated: The characters of the statements that facts answer.
    """
    parts = [piece for facet in split_query(query) for piece in _without(facet, stated)]
    trimmed = [_trim(query, part) for part in parts]
    return [part for part in trimmed if set(stem_words([query[slice(*part)]])[0]) - FILLERS]


def fact_of(listing: Listing, statement: Statement) -> str:
    """Return the listing's fact that a statement is about; empty where it has none, or for words."""
    facts = {
        ROLE: listing.family or "",
        LEVEL: listing.seniority,
        WORK_MODE: listing.work_mode,
        PLACE: listing.location,
    }
    return facts.get(statement.kind, "")


def _without(part: Span, stated: Sequence[Span]) -> list[Span]:
    """Cut statements out of a part: what is left before, between and behind them."""
    start, end = part
    pieces = []
    for first, last in sorted(stated):
        if first < end and last > start:
            pieces.append((start, max(start, first)))
            start = max(start, last)
    return [(first, last) for first, last in (*pieces, (start, end)) if first < last]


def _trim(query: str, part: Span) -> Span:
    start, end = part
    text = query[start:end]
    lead = EDGE.match(text)
    start += lead.end() if lead and lead.start() == 0 and lead.end() < len(text) else 0
    while end > start and EDGE.search(query[end - 1 : end]):
        end -= 1
    return start, end
