"""A text's language, by py3langid (Lui and Baldwin 2012)."""

import re
from collections import Counter
from collections.abc import Sequence

import py3langid

from data.corpus.language_codes import ENGLISH

# Enough to tell a language; whole postings would take four times as long.
CHARACTERS = 600
# Names of tools are of no language: of fewer words that are no names nothing can be told.
MIN_PLAIN_WORDS, MIN_OTHER_LETTERS = 8, 20
# Of so many texts, drawn evenly, a language of fewer than one in twenty is a chance or a mistake.
DRAWN_TEXTS, LEAST_SHARE = 200, 0.05
WORD = re.compile(r"[^\W\d_]+")


def find_language(text: str) -> str:
    """Return the language of the middle of a text as a code; nothing where too few words are no names."""
    # Beginnings are often names and cities.
    middle = max(0, (len(text) - CHARACTERS) // 2)
    letters = re.sub(r"[^\w\s]|\d", " ", text[middle : middle + CHARACTERS])
    if not _has_plain_words(letters):
        return ""
    return str(py3langid.classify(letters)[0])


def find_languages(texts: Sequence[str]) -> list[str]:
    """Return the languages of many texts as codes in order; English where nothing can be told."""
    step = max(1, len(texts) // DRAWN_TEXTS)
    counts = Counter(filter(None, map(find_language, texts[::step])))
    found = sorted(name for name, count in counts.items() if count >= LEAST_SHARE * counts.total())
    return found or [ENGLISH]


def _has_plain_words(letters: str) -> bool:
    words = WORD.findall(letters)
    plain = sum(not word[0].isupper() for word in words)
    return plain >= MIN_PLAIN_WORDS or sum(not c.isascii() and c.isalpha() for c in letters) >= MIN_OTHER_LETTERS
