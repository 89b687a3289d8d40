"""A query in parts: each skill or wish by itself."""

import re

from search.records import Span

# Marks between items, the end of a sentence, and the small words that join what people ask for.
BREAK = re.compile(r"[,;:?!|•\n]+|\.(?=\s|$)|(?<!\S)(?:and|in|with|for|at|to)(?!\S)", re.IGNORECASE)
PART = re.compile(r"\S(?:.*\S)?", re.DOTALL)
CONTENT = re.compile(r"\w")


def split_query(text: str) -> list[Span]:
    """Return the characters of the parts of a query, in their order; all of it where it has only one.

    `c++, node.js and 3.5 years in a bank` has the parts `c++`, `node.js`, `3.5 years` and `a bank`.
    """
    marks = [match.span() for match in BREAK.finditer(text)]
    starts, ends = [0, *(end for _, end in marks)], [*(start for start, _ in marks), len(text)]
    parts = [PART.search(text, start, end) for start, end in zip(starts, ends, strict=True)]
    return [part.span() for part in parts if part and CONTENT.search(part[0])] or [(0, len(text))]
