"""What a query states, held against the facts of single listings."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from search.understanding.contradictions import ListingFacts
from search.understanding.understanding import WORDS, Statement, Understanding

# For each statement in order: True for a listing that fits it, False for one that contradicts it, None for unknown.
Checks = tuple[bool | None, ...]


def distinct(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """Return each statement once, in order."""
    return tuple({(one.key, one.is_refused): one for one in statements}.values())


def check_listings(
    facts: ListingFacts, understanding: Understanding, positions: Mapping[str, int]
) -> dict[str, Checks]:
    """Hold a query's distinct statements against some listings.

    Args:
        facts: Of the corpus.
        understanding: What the query states.
        positions: listing_id -> its position in the corpus.

    Returns:
        listing_id -> its checks, in the order of the distinct statements.
    """
    rows = np.array(list(positions.values()), dtype=np.int64)
    columns = []
    for one in distinct(understanding.statements):
        fits, contradicts = (mask[rows].tolist() for mask in _hold(facts, understanding, one))
        columns.append([True if fit else False if no else None for fit, no in zip(fits, contradicts, strict=True)])
    checks = zip(*columns, strict=True) if columns else [()] * len(rows)
    return dict(zip(positions, checks, strict=True))


def _hold(
    facts: ListingFacts, understanding: Understanding, statement: Statement
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which listings fit a statement, and which contradict it: `(n_listings,)` each."""
    named = facts.meets(statement)
    if statement.is_refused and statement.kind == WORDS:
        return ~named, named
    if statement.is_refused:
        # A listing fits where it is known to be something else.
        wished = replace(statement, is_refused=False)
        return facts.contradicts(Understanding(understanding.query, (wished,)), [wished]), named
    # Of several wishes of one kind one is enough.
    of_kind = [one for one in understanding.statements if one.kind == statement.kind and not one.is_refused]
    return named, ~named & facts.contradicts(understanding, of_kind)
