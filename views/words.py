"""The query's words in a text: marks and excerpts."""

from collections import Counter
from collections.abc import Sequence

from markupsafe import Markup

from search.lexical import TERM, stem_word
from search.records import Span

EXCERPT_CHARACTERS = 190
# What an excerpt shows before the first of its words.
LEAD_CHARACTERS = 40


# Endings of one word's forms. Others make another word: "excellent" is no form of "excel", though it has its stem.
INFLECTIONS = frozenset(("", "e", "s", "es", "'s", "d", "ed", "ing", "y", "ies", "ied", "is", "a", "um"))


def query_words(query: str) -> frozenset[str]:
    """Return a query's words in lower case, without stop words."""
    return frozenset(word.lower() for word in TERM.findall(query) if stem_word(word))


def is_form(word: str, other: str) -> bool:
    """Tell whether two words in lower case are one word's forms: `pricing` and `prices`."""
    shorter = min(len(word), len(other))
    length = next((at for at in range(shorter) if word[at] != other[at]), shorter)
    # "modelling", "planned": the last letter stands twice.
    endings = [_without_doubled(one[length:], word[:length]) for one in (word, other)]
    return word == other or (length > 2 and all(ending in INFLECTIONS for ending in endings))


def _without_doubled(ending: str, before: str) -> str:
    is_doubled = len(ending) > 2 and ending[0] == before[-1:] and ending[1:] in ("ed", "ing")
    return ending[1:] if is_doubled else ending


def find_words(text: str, words: frozenset[str]) -> list[tuple[Span, str]]:
    """Find the characters of each such word and its forms, and its stem."""
    by_stem: dict[str, list[str]] = {}
    for word in words:
        by_stem.setdefault(stem_word(word), []).append(word)
    found = ((match, stem_word(match[0])) for match in TERM.finditer(text))
    return [
        (match.span(), stem)
        for match, stem in found
        if any(is_form(match[0].lower(), word) for word in by_stem.get(stem, ()))
    ]


def mark_words(text: str, words: frozenset[str]) -> Markup:
    """Return the text as HTML, with such words in `<mark>`."""
    parts, last = [], 0
    for (start, end), _ in find_words(text, words):
        parts += [text[last:start], Markup("<mark>{}</mark>").format(text[start:end])]
        last = end
    return Markup("").join([*parts, text[last:]])


def excerpt(text: str, words: frozenset[str], *, characters: int = EXCERPT_CHARACTERS) -> str:
    """Cut out the stretch with the most different query words."""
    flat = " ".join(text.split())
    found = [(start, stem) for (start, _), stem in find_words(flat, words)]
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
