"""The systems that the page compares, over one corpus."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comparison.checks import check_listings
from comparison.moves import Comparison, Side
from comparison.request import ComparisonRequest
from search.records import Listing, Ranking
from search.searcher import CorpusSearcher, DenseSearcher
from search.understanding.listening import Listener
from search.understanding.understanding import PLACE, WORK_MODE, Understanding


@dataclass(frozen=True)
class Systems:
    """Base and tuned model over one corpus, and extra lists."""

    base: DenseSearcher
    tuned: DenseSearcher
    listings: Mapping[str, Listing]
    extras: Mapping[str, CorpusSearcher[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse systems that rank different corpora.

        Raises:
            ValueError: they do.
        """
        for searcher in (self.tuned, *self.extras.values()):
            if self.base.listing_ids != searcher.listing_ids:
                raise ValueError(
                    f"expected all systems to rank the same listings, got {len(self.base.listing_ids)} "
                    f"and {len(searcher.listing_ids)} of them; build their indexes from one dataset"
                )
        if tuple(self.listings) != self.base.listing_ids:
            raise ValueError("expected the listings in the order of the index; build both from one dataset")

    @property
    def sides(self) -> dict[Side, DenseSearcher]:
        """The two models by side."""
        return {"base": self.base, "tuned": self.tuned}

    @property
    def names(self) -> dict[Side, str]:
        """The models' names by side."""
        return {side: searcher.encoder.name for side, searcher in self.sides.items()}

    @property
    def fingerprints(self) -> tuple[str, str]:
        """The identities of base and tuned."""
        return self.base.encoder.fingerprint, self.tuned.encoder.fingerprint

    @cached_property
    def positions(self) -> dict[str, int]:
        """listing_id -> its position in the corpus."""
        return {listing_id: position for position, listing_id in enumerate(self.listings)}

    @cached_property
    def listener(self) -> Listener:
        """Understands queries over the listings, for all systems alike."""
        return Listener(list(self.listings.values()))

    def understand(self, request: ComparisonRequest) -> Understanding:
        """Return what a request's query states, as far as it is listened to."""
        if not request.listens:
            return Understanding(request.query, wanted=request.query)
        return self.listener.read(request.query, ignored=request.ignored)

    def compare(self, request: ComparisonRequest) -> Comparison:
        """Rank what passes the filters, and compare the lists.

        Raises:
            ValueError: the query is empty, k is out of range, or there is no such extra list.
        """
        if not request.query:
            raise ValueError("expected a query, got an empty one; type your skills, or pick an example")
        if request.extra and request.extra not in self.extras:
            raise ValueError(f"expected an extra list of {', '.join(self.extras) or 'none'}, got {request.extra!r}")
        understanding = self.understand(request)
        allowed, removed = self._allowed(request, understanding)
        rankings = self._rank(request, understanding, allowed)
        shown = {name: self.positions[name] for ranking in rankings.values() for name in ranking.listing_ids}
        return Comparison(
            **{side: ranking.without_all_ranks() for side, ranking in rankings.items()},
            k=request.k,
            ranked=len(self.listings) if allowed is None else int(allowed.sum()),
            removed=removed,
            understanding=understanding,
            ranks_in_all={side: ranking.ranks_in_all(shown) for side, ranking in rankings.items()},
            checks=check_listings(self.listener.facts, understanding, shown),
        )

    def _rank(
        self, request: ComparisonRequest, understanding: Understanding, allowed: NDArray[np.bool_] | None
    ) -> dict[Side, Ranking]:
        """Return each side's ranking of what is allowed, less what contradicts the query."""
        penalties = self.listener.penalties(understanding) if understanding.statements else None
        searchers: dict[Side, CorpusSearcher[Any]] = {**self.sides}
        if request.extra:
            searchers["extra"] = self.extras[request.extra]
        return {
            side: searcher.search(understanding.wanted, k=request.k, allowed=allowed, penalties=penalties)
            for side, searcher in searchers.items()
        }

    def _allowed(
        self, request: ComparisonRequest, understanding: Understanding
    ) -> tuple[NDArray[np.bool_] | None, dict[str, int]]:
        """Tell which listings may be ranked, None for all, and how many each excluded phrase removed."""
        filters = request.filters
        allowed, removed = (
            filters.mask(list(self.listings.values()), self.listener.facts.phrases) if filters else (None, {})
        )
        required = [one for one in understanding.statements if one.key in request.required]
        if required:
            # Of "Berlin or remote", one alone that is required no longer does for the other.
            either = understanding.place_or_remote and {PLACE, WORK_MODE} <= {one.kind for one in required}
            fitting = ~self.listener.facts.contradicts(replace(understanding, place_or_remote=either), required)
            allowed = fitting if allowed is None else allowed & fitting
        return allowed, removed
