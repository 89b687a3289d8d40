"""A query in parts: each skill or wish by itself."""

import re
from collections.abc import Sequence

# Marks between items, the end of a sentence, and the small words that join what people ask for.
BREAK = re.compile(r"[,;:?!|•\n]+|\.(?=\s|$)|(?<!\S)(?:and|in|with|for|at|to)(?!\S)", re.IGNORECASE)
CONTENT = re.compile(r"\w")


def split_query(text: str) -> list[str]:
    """Return the parts of a query in their order; the query itself where it has only one.

    `c++, node.js and 3.5 years in a bank` has the parts `c++`, `node.js`, `3.5 years` and `a bank`.
    """
    parts = [part.strip() for part in BREAK.split(text)]
    return [part for part in parts if CONTENT.search(part)] or [text]


def split_queries(texts: Sequence[str]) -> tuple[list[str], list[int]]:
    """Return the parts of all queries, one after the other, and where those of each query begin."""
    parts: list[str] = []
    starts = []
    for text in texts:
        starts.append(len(parts))
        parts.extend(split_query(text))
    return parts, starts
