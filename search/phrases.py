"""Words and phrases that a listing must not contain, as people write them."""

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from search.records import Listing

BETWEEN_PHRASES = re.compile(r"[,;\n]")
BETWEEN_WORDS = re.compile(r"[\s\u2010-\u2015-]+")
HYPHENS = re.compile(r"(?<=\w)[\u2010-\u2015-](?=\w)")
ANY_END = "*"
CACHED_PHRASES = 256


def split_phrases(text: str) -> tuple[str, ...]:
    """Return the phrases between commas, each once; what has no letter or digit is none."""
    phrases = (" ".join(part.split()) for part in BETWEEN_PHRASES.split(text))
    return tuple(dict.fromkeys(phrase for phrase in phrases if any(map(str.isalnum, phrase))))


# What a phrase without a word finds.
NOTHING = re.compile(r"(?!)")


def phrase_pattern(phrase: str) -> re.Pattern[str]:
    """Build what finds a phrase as whole words, in any case.

    Its words may be joined by spaces, hyphens or nothing: `on-call` finds "on call" and "oncall". A word that ends in
    `*` finds all that begins so; else inflections are other words. C is not found in C++ or C#, R not in R&D; a letter
    alone is found as a capital only.
    """
    words = [word for word in BETWEEN_WORDS.split(phrase) if word.strip(ANY_END)]
    if not words:
        return NOTHING
    body = r"[\s\u2010-\u2015-]*".join(map(_word_pattern, words))
    if len(words) == 1 and len(words[0]) == 1:
        # "D.C.", "R&D", "C-level" and "it's" name no such language.
        return re.compile(rf"(?<![\w&'’-])(?<!\w\.){re.escape(words[0].upper())}(?![\w+#&'’-]|\.\w)")
    before = r"(?<!\w)" if words[0][0].isalnum() else ""
    after = r"(?!\w|\+\+|#)" if words[-1][-1].isalnum() else ""
    return re.compile(f"{before}{body}{after}", re.IGNORECASE)


def _word_pattern(word: str) -> str:
    return re.escape(word.rstrip(ANY_END)) + (r"\w*" if word.endswith(ANY_END) else "")


# Other forms of what people rule out, where a plural is not all.
FORMS = {
    "banking": ("bank",),
    "gambling": ("betting", "casino", "gaming operator"),
    "agency": ("staffing", "recruiting", "recruitment", "recruiter"),
    "agencies": ("staffing", "recruiting", "recruitment", "recruiter"),
    "recruiters": ("staffing", "recruiting", "recruitment", "staffing agency"),
    "body shopping": ("body shop", "bodyshop", "staffing", "outsourcing"),
    "outsourcing": ("outsourced", "body shop", "staffing"),
    "consulting": ("consultancy", "consultant"),
    "consultancy": ("consulting", "consultant"),
    "defence": ("defense", "military"),
    "defense": ("defence", "military"),
    "ads": ("advertising", "ad tech", "adtech"),
    "advertising": ("ads", "ad tech", "adtech"),
    "crypto": ("cryptocurrency", "blockchain"),
    "on-call": ("pager", "on call"),
    "on call": ("on-call", "pager"),
    "travel": ("travelling", "traveling"),
    "people management": ("manage a team", "direct reports", "line management"),
    "phd": ("ph.d.", "doctorate"),
}
# Before what a listing says it is without.
DENIED = re.compile(r"\b(?:no|not|never|without|zero|non)\b[\w\s'’-]{0,20}$", re.IGNORECASE)


def forms_of(phrase: str) -> tuple[str, ...]:
    """Return a phrase with its singular or plural, and its other forms with theirs."""
    forms = (phrase, *FORMS.get(phrase.casefold(), ()))
    return tuple(dict.fromkeys(form for one in forms for form in (one, _other_number(one))))


def _other_number(phrase: str) -> str:
    """Return the plural of a singular, or the singular of a plural."""
    lower = phrase.casefold()
    if lower.endswith("ies") and len(lower) > 4:
        other = f"{lower[:-3]}y"
    elif lower.endswith("s") and not lower.endswith("ss"):
        other = lower[:-1]
    elif lower.endswith("y") and lower[-2:-1] not in "aeiou":
        other = f"{lower[:-1]}ies"
    else:
        other = f"{lower}s"
    return other if len(other) > 2 else phrase


class PhraseFinder:
    """Finds the listings that hold a phrase in title, company or text; thread-safe."""

    def __init__(self, listings: Sequence[Listing]) -> None:
        texts = [f"{one.title}\n{one.company}\n{one.text}" for one in listings]
        # "start-up" is "startup" to who wrote it so.
        self._texts = [(text, HYPHENS.sub("", text)) for text in texts]
        self.holding = lru_cache(CACHED_PHRASES)(self._holding)
        self.asking = lru_cache(CACHED_PHRASES)(self._asking)

    def _holding(self, phrase: str) -> NDArray[np.bool_]:
        """Mark the listings that hold a phrase: `(n_listings,)`."""
        search = phrase_pattern(phrase).search
        is_word = phrase.isalnum() and len(phrase) > 1
        return np.array([bool(search(text) or (is_word and search(joined))) for text, joined in self._texts])

    def _asking(self, phrase: str) -> NDArray[np.bool_]:
        """Mark the listings that hold a phrase in any of its forms, other than to deny it: `(n_listings,)`."""
        searches = [phrase_pattern(form) for form in forms_of(phrase)]

        def asks(text: str) -> bool:
            found = (match for search in searches for match in search.finditer(text))
            return any(not DENIED.search(text[max(0, match.start() - 24) : match.start()]) for match in found)

        return np.array([asks(text) for text, _ in self._texts])
