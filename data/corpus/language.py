"""English or not, by a language identifier that needs no network."""

import re

import py3langid

# Enough to tell a language; whole postings would take four times as long.
CHARACTERS = 600


def is_english(text: str) -> bool:
    """Tell whether a text is English, by its middle: beginnings are often names and places.

    Source: Lui and Baldwin 2012, "langid.py", as py3langid.
    """
    middle = max(0, (len(text) - CHARACTERS) // 2)
    letters = re.sub(r"[^\w\s]|\d", " ", text[middle : middle + CHARACTERS])
    return str(py3langid.classify(letters)[0]) == "en"
