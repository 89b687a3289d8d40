"""Filters that decide before ranking which listings are ranked."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.filter_values import one_of_each, place_matcher, value_key
from search.phrases import PhraseFinder, split_phrases
from search.records import Listing

MAX_FILTER_CHARACTERS = 200
CHOICES = ("family", "work_mode", "seniority")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a listing must have; empty asks nothing.

    `location` is a place that holds the listing's, or the beginning of its words; `exclude` has words or phrases between
    commas; the others are equal in any spelling.
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
    def excluded_phrases(self) -> tuple[str, ...]:
        """The words and phrases to exclude, each once."""
        return split_phrases(self.exclude)

    def mask(self, listings: Sequence[Listing], phrases: PhraseFinder) -> tuple[NDArray[np.bool_], dict[str, int]]:
        """Tell which listings may be ranked: `(n_listings,)` bool, and how many each excluded phrase removed.

        A listing with two of the phrases counts for both; one that the other filters removed for none.

        Args:
            listings: The corpus, in the order of the searchers.
            phrases: Over the same corpus.
        """
        wanted = {name: value_key(value) for name in CHOICES if (value := getattr(self, name))}
        is_there = place_matcher(self.location)

        def passes(one: Listing) -> bool:
            return is_there(one.location) and all(
                value_key(getattr(one, name) or "") == value for name, value in wanted.items()
            )

        passing = np.array([passes(one) for one in listings], dtype=np.bool_)
        held = {phrase: phrases.holding(phrase) & passing for phrase in self.excluded_phrases}
        removed = {phrase: int(mask.sum()) for phrase, mask in held.items()}
        return passing & ~np.any([*held.values()], axis=0) if held else passing, removed


def filter_choices(listings: Sequence[Listing]) -> dict[str, list[str]]:
    """Return the values of each field in CHOICES, sorted, one spelling of each."""
    return {name: one_of_each(getattr(one, name) for one in listings) for name in CHOICES}
