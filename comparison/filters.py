"""Which listings may be ranked at all: decided before ranking, so that ten results stay ten."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from search.lexical import LexicalSearcher
from search.records import Listing

MAX_FILTER_CHARACTERS = 200
CHOICES = ("family", "work_mode", "seniority")
SEPARATORS = re.compile(r"[,;\s]+")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a listing must have, and words that it must not have; an empty value asks for nothing.

    `family`, `work_mode` and `seniority` are compared whole, `location` is a part of a place in any case,
    `exclude` holds words, apart by commas or spaces.
    """

    family: str = ""
    work_mode: str = ""
    seniority: str = ""
    location: str = ""
    exclude: str = ""

    def __bool__(self) -> bool:
        """Whether anything is asked for."""
        return any(getattr(self, field.name) for field in fields(self))

    @property
    def excluded_words(self) -> tuple[str, ...]:
        """The words to exclude, each once."""
        return tuple(dict.fromkeys(word for word in SEPARATORS.split(self.exclude) if word))

    def mask(self, listings: Sequence[Listing], words: LexicalSearcher) -> NDArray[np.bool_]:
        """Say of each listing whether it may be ranked: `(n_listings,)` bool.

        Args:
            listings: The corpus, in the order of the searchers.
            words: BM25 over the same corpus, which knows the stems of each document.
        """
        wanted = [(name, value) for name in CHOICES if (value := getattr(self, name))]
        place = self.location.casefold()
        allowed = np.array(
            [
                all(getattr(one, name) == value for name, value in wanted) and place in one.location.casefold()
                for one in listings
            ],
            dtype=np.bool_,
        )
        if self.excluded_words:
            allowed &= ~words.holding(self.excluded_words)
        return allowed


def filter_choices(listings: Sequence[Listing]) -> dict[str, list[str]]:
    """Return what the corpus has of each field that is chosen from a list: name -> its values, sorted."""
    return {name: sorted({value for one in listings if (value := getattr(one, name))}) for name in CHOICES}
