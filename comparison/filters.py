"""Filters that decide before ranking which listings are ranked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.lexical import LexicalSearcher
from search.records import Listing

MAX_FILTER_CHARACTERS = 200
CHOICES = ("family", "work_mode", "seniority")
SEPARATORS = re.compile(r"[,;\s]+")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a listing must have; empty asks nothing.

    `location` is a part of the listing's in any case, `exclude` words separated by commas or spaces; the others equal.
    """

    family: str = ""
    work_mode: str = ""
    seniority: str = ""
    location: str = ""
    exclude: str = ""

    def __bool__(self) -> bool:
        """Whether anything is asked for."""
        return self != Filters()

    @property
    def excluded_words(self) -> tuple[str, ...]:
        """The words to exclude, each once."""
        return tuple(dict.fromkeys(word for word in SEPARATORS.split(self.exclude) if word))

    def mask(self, listings: Sequence[Listing], words: LexicalSearcher) -> NDArray[np.bool_]:
        """Tell which listings may be ranked: `(n_listings,)` bool.

        Args:
            listings: The corpus, in the order of the searchers.
            words: BM25 over the same corpus.
        """
        wanted = {name: value for name in CHOICES if (value := getattr(self, name))}
        location = self.location.casefold()

        def passes(one: Listing) -> bool:
            return location in one.location.casefold() and all(getattr(one, name) == wanted[name] for name in wanted)

        allowed = np.array([passes(one) for one in listings], dtype=np.bool_)
        return allowed & ~words.holding(self.excluded_words) if self.excluded_words else allowed


def filter_choices(listings: Sequence[Listing]) -> dict[str, list[str]]:
    """Return the values of each field in CHOICES, sorted."""
    return {name: sorted({value for one in listings if (value := getattr(one, name))}) for name in CHOICES}
