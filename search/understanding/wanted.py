"""What of a query is wanted: its text without what is refused."""

import re
from collections.abc import Iterable, Iterator, Sequence

from search.records import Span
from search.understanding.words import overlaps

# What is left standing alone where something was left out.
TIDYING: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), instead)
    for pattern, instead in (
        (r"\(\W*\)", ""),
        (r"(?:^|(?<=[,.;:!?]))\s*(?:but|and|or|so|with|that|which|also)\s*(?=[,.;:!?]|$)", ""),
        (r"\s*\b(?:but|and|or|with|that|which|while)\s*(?=[,.;:!?]|$)", ""),
        (r"^(?:but|and|or|so|please|pls)\s+", ""),
        (r"\s+(?=[,.;!?])", ""),
        (r"[,;](?:\s*[,;])+", ","),
        (r"[,;:]+\s*(?=[.!?])", ""),
        (r"([.!?])(?:\s*\.)+(?=\s|$)", r"\1"),
        (r"^[\s.,;:!?]+", ""),
    )
)


def left_out_of(scope: Span, taken_back: Sequence[Span], refused: Sequence[Span]) -> Iterator[Span]:
    """Yield the characters of a scope that are left out: all, but for what of it was taken back."""
    if all(span in taken_back for span in refused if overlaps(span, [scope])):
        return
    position = scope[0]
    for start, end in sorted(span for span in taken_back if overlaps(span, [scope])):
        yield position, start
        position = end
    yield position, scope[1]


def without(query: str, scopes: Iterable[Span]) -> str:
    """Return a query without what is refused, tidied."""
    kept, position = [], 0
    for start, end in sorted(scopes):
        kept.append(query[position : max(position, start)])
        position = max(position, end)
    if not kept:
        return " ".join(query.split())
    kept.append(query[position:])
    text = " ".join(" ".join(kept).split())
    for pattern, instead in TIDYING:
        text = pattern.sub(instead, text)
    return text.strip(" ,;:-–—/&")
