"""Which listings contradict what a query states, and what that costs them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.phrases import PhraseFinder
from search.records import Listing
from search.understanding.gazetteer import Area
from search.understanding.levels import LEVELS, levels_of
from search.understanding.locations import resolve_location
from search.understanding.understanding import LEVEL, PLACE, ROLE, WORK_MODE, Statement, Understanding
from search.understanding.work_modes import REMOTE, work_mode_of

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Weights:
    """What contradictions take from a score in [-1, 1]; chosen on the judged development queries (train/LOG.md)."""

    role: float = 0.25
    level: float = 0.3
    # For each further step between levels.
    level_step: float = 0.1
    work_mode: float = 0.3
    place: float = 0.4
    # In another country, besides.
    country: float = 0.1
    refused: float = 0.4


WEIGHTS = Weights()


class ListingFacts:
    """The facts of a corpus, against which a query's statements are held."""

    def __init__(self, listings: Sequence[Listing]) -> None:
        self.families = np.array([one.family or "" for one in listings])
        # A level of several meanings has all of them: "Mid-Senior level".
        self._levels = np.array([[level in levels_of(one.seniority) for level in LEVELS] for one in listings])
        self._modes = np.array([work_mode_of(one.work_mode) for one in listings])
        places: dict[Area, int] = {}
        self._place_of = np.array([places.setdefault(resolve_location(one.location), len(places)) for one in listings])
        self.places = tuple(places)
        self.phrases = PhraseFinder(listings)

    def penalties(self, understanding: Understanding, weights: Weights = WEIGHTS) -> Floats:
        """Return what each listing loses of its score by contradicting a query: `(n_listings,)` float32.

        Of several wishes of one kind one is enough; each refusal counts. What is not known of a listing costs nothing.
        """
        total = np.zeros(len(self.families), dtype=np.float32)
        wished = [one for one in understanding.statements if not one.is_refused]
        costs: Mapping[str, Callable[[Sequence[Statement], Weights], Floats]] = {
            ROLE: self._role_costs,
            LEVEL: self._level_costs,
            WORK_MODE: self._mode_costs,
            PLACE: self._place_costs,
        }
        for kind, cost in costs.items():
            of_kind = [one for one in wished if one.kind == kind]
            either = understanding.place_or_remote and kind in (PLACE, WORK_MODE)
            if of_kind and not (either and kind == WORK_MODE):
                lost = cost(of_kind, weights)
                total += np.where(self._modes == REMOTE, 0, lost) if either else lost
        for one in understanding.statements:
            if one.is_refused:
                total += weights.refused * self.meets(one)
        return total

    def contradicts(self, understanding: Understanding, statements: Sequence[Statement]) -> NDArray[np.bool_]:
        """Tell which listings contradict some of a query's statements: `(n_listings,)`."""
        kept = tuple(one for one in understanding.statements if one in statements)
        asked = Understanding(understanding.query, kept, place_or_remote=understanding.place_or_remote)
        return np.asarray(self.penalties(asked, Weights(*[1.0] * len(Weights.__slots__))) > 0)

    def meets(self, statement: Statement) -> NDArray[np.bool_]:
        """Tell which listings are what a statement names: `(n_listings,)`."""
        if statement.kind == ROLE:
            return np.isin(self.families, statement.values)
        if statement.kind == LEVEL:
            return np.asarray(self._levels[:, [LEVELS.index(value) for value in statement.values]].any(axis=1))
        if statement.kind == WORK_MODE:
            return np.isin(self._modes, statement.values)
        if statement.kind == PLACE:
            inside = [any(area.holds(place) for area in statement.areas) for place in self.places]
            return np.asarray(np.array(inside)[self._place_of])
        return np.asarray(np.any([self.phrases.asking(value) for value in statement.values], axis=0))

    def _role_costs(self, statements: Sequence[Statement], weights: Weights) -> Floats:
        met = np.any([self.meets(one) for one in statements], axis=0)
        return np.asarray(weights.role * (~met & (self.families != "")), dtype=np.float32)

    def _level_costs(self, statements: Sequence[Statement], weights: Weights) -> Floats:
        asked = np.array(sorted({LEVELS.index(value) for one in statements for value in one.values}))
        steps_of = np.abs(np.arange(len(LEVELS))[:, None] - asked).min(axis=1)
        steps = np.where(self._levels, steps_of, len(LEVELS)).min(axis=1)
        known = self._levels.any(axis=1)
        lost = np.where(known & (steps > 0), weights.level + weights.level_step * (steps - 1), 0)
        return np.asarray(lost, dtype=np.float32)

    def _mode_costs(self, statements: Sequence[Statement], weights: Weights) -> Floats:
        met = np.any([self.meets(one) for one in statements], axis=0)
        return np.asarray(weights.work_mode * (~met & (self._modes != "")), dtype=np.float32)

    def _place_costs(self, statements: Sequence[Statement], weights: Weights) -> Floats:
        lost = [_place_cost(statements, place, weights) for place in self.places]
        return np.asarray(np.array(lost, dtype=np.float32)[self._place_of])


def _place_cost(statements: Sequence[Statement], place: Area, weights: Weights) -> float:
    if not place.country or not all(_lies_outside(one.areas, place) for one in statements):
        return 0.0
    same_country = any(area.country == place.country for one in statements for area in one.areas)
    return weights.place + (0.0 if same_country else weights.country)


def _lies_outside(areas: Sequence[Area], place: Area) -> bool:
    """Tell whether a place is in none of those that one name may mean, such as Berlin, the city and the region."""
    held = [area.holds(place) for area in areas]
    return not any(held) and False in held
