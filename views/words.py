"""The query's words marked in a text, and an excerpt around them."""

import re
from functools import lru_cache

import Stemmer

from views.escape import escape

WORD = re.compile(r"[\w+#]+", re.UNICODE)
# Words too common to tell anything about a match.
STOP_WORDS = frozenset(
    """
    a an and are as at be by for from has have i in is it its me my of on or our that the their this
    to us we where who will with work working job jobs role year years yr yrs you your experience
    no not any near look looking move moved want like need at about into than then so if but can
    """.split()  # noqa: SIM905 (a list of 40 literals is harder to read)
)
EXCERPT_CHARACTERS = 190


@lru_cache(maxsize=1)
def _stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("english")


def query_stems(query: str) -> frozenset[str]:
    """Return the stems of the query's telling words."""
    words = [word.lower() for word in WORD.findall(query)]
    telling = [word for word in words if word not in STOP_WORDS and (len(word) > 1 or word == "r")]
    return frozenset(_stemmer().stemWords(telling))


def mark_words(text: str, stems: frozenset[str]) -> str:
    """Return the text as HTML with the words of these stems in `<mark>`."""
    parts, last = [], 0
    for match in WORD.finditer(text):
        if _stemmer().stemWord(match.group().lower()) in stems:
            parts += [escape(text[last : match.start()]), f"<mark>{escape(match.group())}</mark>"]
            last = match.end()
    return "".join(parts) + escape(text[last:])


def excerpt(text: str, stems: frozenset[str], *, characters: int = EXCERPT_CHARACTERS) -> str:
    """Return the stretch of the text that holds the most different query words, at word borders.

    The text's beginning where it holds none.
    """
    flat = " ".join(text.split())
    found = [
        (match.start(), stem)
        for match in WORD.finditer(flat)
        if (stem := _stemmer().stemWord(match.group().lower())) in stems
    ]
    start, most = 0, 0
    for place, _ in found:
        count = len({stem for at, stem in found if place <= at < place + characters - 40})
        if count > most:
            start, most = place, count
    start = max(0, start - 40)
    if start:
        start = flat.rfind(" ", 0, start) + 1
    end = min(len(flat), start + characters)
    if end < len(flat):
        end = max(flat.rfind(" ", start, end), start + 1)
    return ("… " if start else "") + flat[start:end] + (" …" if end < len(flat) else "")
