"""The query's words in a text: marks and excerpts."""

from collections import Counter
from collections.abc import Sequence

from markupsafe import Markup

from search.lexical import TERM, stem_word
from search.records import Span

EXCERPT_CHARACTERS = 190
# What an excerpt shows before the first of its words.
LEAD_CHARACTERS = 40


def query_stems(query: str) -> frozenset[str]:
    """Return the stems of a query's words."""
    return frozenset(map(stem_word, TERM.findall(query))) - {""}


def find_words(text: str, stems: frozenset[str]) -> list[tuple[Span, str]]:
    """Find the characters and stem of each such word."""
    return [(match.span(), stem) for match in TERM.finditer(text) if (stem := stem_word(match[0])) in stems]


def mark_words(text: str, stems: frozenset[str]) -> Markup:
    """Return the text as HTML, with such words in `<mark>`."""
    parts, last = [], 0
    for (start, end), _ in find_words(text, stems):
        parts += [text[last:start], Markup("<mark>{}</mark>").format(text[start:end])]
        last = end
    return Markup("").join([*parts, text[last:]])


def excerpt(text: str, stems: frozenset[str], *, characters: int = EXCERPT_CHARACTERS) -> str:
    """Cut out the stretch with the most different query words."""
    flat = " ".join(text.split())
    found = [(start, stem) for (start, _), stem in find_words(flat, stems)]
    start = max(0, _find_densest(found, characters - LEAD_CHARACTERS) - LEAD_CHARACTERS)
    if start:
        start = flat.rfind(" ", 0, start) + 1
    end = min(len(flat), start + characters)
    if end < len(flat):
        end = max(flat.rfind(" ", start, end), start + 1)
    return ("… " if start else "") + flat[start:end] + (" …" if end < len(flat) else "")


def _find_densest(found: Sequence[tuple[int, str]], length: int) -> int:
    """Find the start of the stretch with most different stems."""
    start, most, ahead = 0, 0, 0
    inside: Counter[str] = Counter()
    for position, stem in found:
        while ahead < len(found) and found[ahead][0] < position + length:
            inside[found[ahead][1]] += 1
            ahead += 1
        if len(inside) > most:
            start, most = position, len(inside)
        inside[stem] -= 1
        if inside[stem] <= 0:
            del inside[stem]
    return start
