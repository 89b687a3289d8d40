"""What all tabs share: systems, choices, last comparisons."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from comparison.checks import distinct
from comparison.filters import filter_choices
from comparison.moves import Comparison, Side
from comparison.query_facets import split_query
from comparison.request import ComparisonRequest, read_address, read_request
from comparison.sentences import SentenceFinder
from comparison.systems import Systems
from search.encoding.passages import count_cut_tokens
from search.scoring import FIRST
from search.understanding.understanding import Statement
from views.detail import BestSentences

CACHED_COMPARISONS = 256
# What an event sends in place of its inputs: where the page is.
SEND_ADDRESS = "() => [location.search]"


@dataclass(frozen=True)
class PageContext:
    """The systems and what is known of them; `labels` are names for people, where they have others."""

    systems: Systems
    labels: Mapping[Side, str] = field(default_factory=dict)

    @property
    def names(self) -> dict[Side, str]:
        """The models' names by side, for people."""
        return {**self.systems.names, **self.labels}

    @cached_property
    def choices(self) -> dict[str, list[str]]:
        """Field -> its values; the extra lists are `extra`."""
        return {**filter_choices(list(self.systems.listings.values())), "extra": list(self.systems.extras)}

    @cached_property
    def finders(self) -> dict[Side, SentenceFinder]:
        """Each model's finder of sentences."""
        return {side: SentenceFinder(searcher) for side, searcher in self.systems.sides.items()}

    @cached_property
    def compare(self) -> Callable[[ComparisonRequest], Comparison]:
        """`Systems.compare`, with the last comparisons cached."""
        return lru_cache(CACHED_COMPARISONS)(self.systems.compare)

    def read(self, address: str | None) -> tuple[ComparisonRequest, list[str]]:
        """Read an address, see `read_address`."""
        request, notices = self.read_unsettled(address)
        return self.settle(request), notices

    def read_unsettled(self, address: str | None) -> tuple[ComparisonRequest, list[str]]:
        """Read an address with all its keys, also of what its query does not state."""
        return read_address(address or "", choices=self.choices)

    def read_values(self, values: Mapping[str, str]) -> tuple[ComparisonRequest, list[str]]:
        """Read what was typed or sent, see `read_request`."""
        request, notices = read_request(values, choices=self.choices)
        return self.settle(request), notices

    def statements(self, query: str) -> tuple[Statement, ...]:
        """Return what a query states, each once, those that were taken back too."""
        return distinct(self.systems.listener.read(query).statements)

    def settle(self, request: ComparisonRequest) -> ComparisonRequest:
        """Drop the keys of what the query does not state; what is taken back is no filter."""
        if not request.ignored and not request.required:
            return request
        stated = {one.key for one in self.statements(request.query)}
        ignored = tuple(key for key in request.ignored if key in stated)
        required = tuple(key for key in request.required if key in stated and key not in ignored)
        return replace(request, ignored=ignored, required=required)

    def cut(self, comparison: Comparison) -> dict[Side, dict[str, tuple[int, int]]]:
        """Side -> listing cut short -> tokens read and in all."""
        shown = [self.systems.listings[listing_id] for listing_id in comparison.moves]
        sides = self.systems.sides.items()
        return {side: count_cut_tokens(one.encoder, shown) for side, one in sides if one.scoring == FIRST}

    def best_sentences(self, query: str, listing_id: str) -> BestSentences:
        """Find each model's best sentences of a listing.

        Raises:
            ValueError: there is no such listing.
        """
        listing = self.systems.listings.get(listing_id)
        if listing is None:
            raise ValueError(f"expected the id of a listing shown here, got {listing_id[:60]!r}; search again")
        facets = split_query(query)
        found = {side: finder.best(query, facets, listing) for side, finder in self.finders.items()}
        by_facet = [
            (query[start:end], {side: of_facets[number] for side, (_, of_facets) in found.items()})
            for number, (start, end) in enumerate(facets)
        ]
        return BestSentences({side: best for side, (best, _) in found.items()}, by_facet)
