"""The systems that the page compares, over one corpus."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from comparison.exclusions import PhraseFinder
from comparison.moves import Comparison, Side
from comparison.request import ComparisonRequest
from search.records import Listing, Ranking
from search.searcher import DenseSearcher, Searcher


@dataclass(frozen=True)
class Systems:
    """Base and tuned model over one corpus, and extra lists."""

    base: DenseSearcher
    tuned: DenseSearcher
    listings: Mapping[str, Listing]
    extras: Mapping[str, Searcher] = field(default_factory=dict)

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
    def phrases(self) -> PhraseFinder:
        """Finds what filters exclude."""
        return PhraseFinder(list(self.listings.values()))

    def compare(self, request: ComparisonRequest) -> Comparison:
        """Rank what passes the filters, and compare the lists.

        Raises:
            ValueError: the query is empty, k is out of range, or there is no such extra list.
        """
        if not request.query:
            raise ValueError("expected a query, got an empty one; type your skills, or pick an example")
        if request.extra and request.extra not in self.extras:
            raise ValueError(f"expected an extra list of {', '.join(self.extras) or 'none'}, got {request.extra!r}")
        filters = request.filters
        allowed, removed = filters.mask(list(self.listings.values()), self.phrases) if filters else (None, {})

        def rank(searcher: Searcher) -> Ranking:
            return searcher.search(request.query, k=request.k, allowed=allowed)

        return Comparison(
            rank(self.base),
            rank(self.tuned),
            request.k,
            extra=rank(self.extras[request.extra]) if request.extra else None,
            ranked=len(self.listings) if allowed is None else int(allowed.sum()),
            removed=removed,
        )
