"""What all tabs share: the systems, what can be chosen, and the comparison of a request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from comparison.filters import filter_choices
from comparison.moves import Comparison
from comparison.query_facets import split_query
from comparison.request import ComparisonRequest, read_address
from comparison.sentences import SentenceFinder
from comparison.systems import Systems
from search.encoding.passages import FIRST, tokens_cut
from search.searcher import DenseSearcher, Searcher
from views.cards import Side
from views.detail import BestSentences


@dataclass(frozen=True)
class PageContext:
    """The systems and what is known of them."""

    systems: Systems
    finders: Mapping[Side, SentenceFinder] = field(default_factory=dict)

    @cached_property
    def choices(self) -> dict[str, list[str]]:
        """Field -> the values that listings have, of fields that are chosen from a list."""
        return filter_choices(list(self.systems.listings.values()))

    @cached_property
    def thirds(self) -> list[str]:
        """The names of the third lists."""
        return list(self.systems.others)

    def read(self, address: str) -> tuple[ComparisonRequest, list[str]]:
        """Read an address, see `read_address`."""
        return read_address(address, choices=self.choices, thirds=self.thirds)

    def compare(self, request: ComparisonRequest) -> Comparison:
        """Rank for the request, see `Systems.compare`."""
        return self.systems.compare(request.query, k=request.k, third=request.third, filters=request.filters)

    def cut(self, comparison: Comparison) -> dict[Side, dict[str, tuple[int, int]]]:
        """Find the shown listings that a model did not read whole: side -> listing_id -> (tokens read, tokens in all)."""
        sides: dict[Side, Searcher] = {"base": self.systems.base, "tuned": self.systems.tuned}
        found = {}
        for side, searcher in sides.items():
            if isinstance(searcher, DenseSearcher) and searcher.reading == FIRST:
                shown = [self.systems.listings[name] for name in comparison.moves]
                found[side] = tokens_cut(searcher.encoder, shown)
        return found

    def best_sentences(self, query: str, listing_id: str) -> BestSentences:
        """Find each system's best sentences of a listing.

        Raises:
            ValueError: there is no such listing.
        """
        listing = self.systems.listings.get(listing_id)
        if listing is None:
            raise ValueError(f"expected the id of a listing shown here, got {listing_id[:60]!r}; search again")
        parts = split_query(query)
        found = {name: finder.best(query, parts, listing) for name, finder in self.finders.items()}
        by_part = [
            (query[start:end], {name: best[place] for name, (_, best) in found.items()})
            for place, (start, end) in enumerate(parts)
        ]
        return BestSentences({name: best for name, (best, _) in found.items()}, by_part)


def build_context(systems: Systems) -> PageContext:
    """Join the systems with finders of their best sentences."""
    both: dict[Side, Searcher] = {"base": systems.base, "tuned": systems.tuned}
    finders = {name: SentenceFinder(one) for name, one in both.items() if isinstance(one, DenseSearcher)}
    return PageContext(systems, finders)
