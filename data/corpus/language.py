"""English or not, by py3langid (Lui and Baldwin 2012)."""

import re

import py3langid

# Enough to tell a language; whole postings would take four times as long.
CHARACTERS = 600


def is_english(text: str) -> bool:
    """Tell whether the middle of a text is English."""
    # Beginnings are often names and cities.
    middle = max(0, (len(text) - CHARACTERS) // 2)
    letters = re.sub(r"[^\w\s]|\d", " ", text[middle : middle + CHARACTERS])
    return str(py3langid.classify(letters)[0]) == "en"
