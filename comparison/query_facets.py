"""The facets of a query: each skill or wish."""

import re

from search.records import Span

# Marks between items, the end of a sentence, and the small words that join what people ask for.
BREAK = re.compile(r"[,;:?!|•\n]+|\.(?=\s|$)|(?<!\S)(?:and|in|with|for|at|to)(?!\S)", re.IGNORECASE)
FACET = re.compile(r"\S(?:.*\S)?", re.DOTALL)
CONTENT = re.compile(r"\w")


def split_query(text: str) -> list[Span]:
    """Return the characters of each facet, else of all.

    `c++, node.js and 3.5 years in a bank` has the facets `c++`, `node.js`, `3.5 years` and `a bank`.
    """
    marks = [match.span() for match in BREAK.finditer(text)]
    starts, ends = [0, *(end for _, end in marks)], [*(start for start, _ in marks), len(text)]
    facets = [FACET.search(text, start, end) for start, end in zip(starts, ends, strict=True)]
    return [facet.span() for facet in facets if facet and CONTENT.search(facet[0])] or [(0, len(text))]
