"""What all tabs share: systems, choices, last comparisons."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from comparison.checks import check_listings, distinct
from comparison.closeness import is_close, is_foreign
from comparison.filters import filter_choices
from comparison.moves import Comparison, Side
from comparison.query_parts import FactAnswer, fact_of, text_parts
from comparison.request import BASE, OWN, TUNED, ComparisonRequest, read_address, read_request
from comparison.sentences import Finder, SentenceFinder, WordFinder
from comparison.systems import Systems
from data.corpus.language_codes import ENGLISH, language_name
from pages.shared_calls import SharedCalls
from search.benchmark_report import BenchmarkReport
from search.encoding.passages import count_cut_tokens
from search.hybrid import HybridSearcher
from search.records import Listing
from search.scoring import FIRST
from search.searcher import ModelSearcher
from search.understanding.understanding import WORDS, Statement
from search.understanding.work_modes import REMOTE, work_mode_of
from views.cards import Head
from views.detail import Answers

CACHED_COMPARISONS = 256
NOT_CLOSE = "No close match: nothing here is much like your query. These are the nearest of the jobs that there are."
BEING_MADE = "{label} reads the jobs for the first time, which takes up to a minute: choose it again then."
FOREIGN = "Your query does not look like {languages}, the language of these jobs; expect worse results."
# What computes at a time: a comparison ranks both sides at once already. On two cores one gives as many answers a
# second as two, and more than three (train/LOG.md, Which thread came first).
AT_ONCE = 1
# The queue of all events that rank.
ONE_QUEUE: dict[str, Any] = {"concurrency_id": "compare", "concurrency_limit": AT_ONCE}
# What an event sends in place of its inputs: where the page is.
SEND_ADDRESS = "() => [location.search]"


@dataclass(frozen=True)
class PageContext:
    """The systems and what is known of them.

    `labels` say of the models what their names do not; `own` is what a visitor's own listings are called, if these are;
    `sides` are the report's names of base and tuned; `languages` are the listings', as codes.
    """

    systems: Systems
    labels: Mapping[str, str] = field(default_factory=dict)
    own: str = ""
    languages: tuple[str, ...] = (ENGLISH,)
    report: BenchmarkReport | None = None
    sides: Mapping[Side, str] = field(default_factory=dict)
    _finders: dict[int, Finder] = field(default_factory=dict, repr=False, compare=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @property
    def names(self) -> dict[Side, str]:
        """The models' names by side, for people."""
        return {side: self.labels.get(side) or name for side, name in self.systems.names.items()}

    @cached_property
    def choices(self) -> dict[str, list[str]]:
        """Field -> its values; the systems are `system`, and `listings` has a value for a visitor's own."""
        choices = filter_choices(list(self.systems.listings.values()))
        return {**choices, "system": list(self.systems.labels), "listings": [OWN] if self.own else []}

    @cached_property
    def remote(self) -> str:
        """The corpus's word for remote work; empty where no listing has it."""
        return next((mode for mode in self.choices["work_mode"] if work_mode_of(mode) == REMOTE), "")

    @cached_property
    def compare(self) -> Callable[[ComparisonRequest], Comparison]:
        """`Systems.compare`, with the last comparisons kept; equal ones at a time are made once."""
        return SharedCalls(self.systems.compare, CACHED_COMPARISONS)

    def read(self, address: str | None) -> tuple[ComparisonRequest, list[str]]:
        """Read an address, see `read_address`."""
        return self._with_ready_systems(*self.read_unsettled(address))

    def read_unsettled(self, address: str | None) -> tuple[ComparisonRequest, list[str]]:
        """Read an address with all its keys, also of what its query does not state."""
        return read_address(address or "", choices=self.choices)

    def read_values(self, values: Mapping[str, str]) -> tuple[ComparisonRequest, list[str]]:
        """Read what was typed or sent, see `read_request`."""
        return self._with_ready_systems(*read_request(values, choices=self.choices))

    def _with_ready_systems(
        self, request: ComparisonRequest, notices: list[str]
    ) -> tuple[ComparisonRequest, list[str]]:
        """Settle a request; a system that is still being made gives way to the model of its side."""
        others = self.systems.others
        making = {name for name in (request.left, request.right) if name in others and not others[name].is_ready()}
        told = [BEING_MADE.format(label=others[name].label) for name in sorted(making)]
        left = BASE if request.left in making else request.left
        right = TUNED if request.right in making else request.right
        return self.settle(replace(request, left=left, right=right)), [*notices, *told]

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

    def head(self, name: str) -> Head:
        """Return what stands above a system's list."""
        # Another scoring of a model has the model's name before the hyphen.
        model = name.partition("-")[0]
        names: dict[str, str] = dict(self.systems.names.items())
        other = self.systems.others.get(name)
        said = (other and other.model) or self.labels.get(model) or names.get(model, "")
        return Head(name, self.systems.labels[name], said, isinstance(self.systems.searcher(name), ModelSearcher))

    def heads(self, comparison: Comparison) -> dict[Side, Head]:
        """Return what stands above both lists."""
        return {"base": self.head(comparison.left), "tuned": self.head(comparison.right)}

    def model_name(self, system: str) -> str:
        """Return a system's model by its exact name and revision; of one without a model, what it goes by."""
        searcher = self.systems.searcher(system)
        return searcher.encoder.name if isinstance(searcher, ModelSearcher) else self.head(system).model

    def cautions(self, comparison: Comparison) -> list[str]:
        """Return what is to know before an answer is believed: the query is in another language, or nothing is close."""
        sides: dict[Side, str] = {"base": comparison.left, "tuned": comparison.right}
        searchers = {side: self.systems.searcher(name) for side, name in sides.items()}
        scores = [
            (one.scoring, comparison.rankings[side].mean_score)
            for side, one in searchers.items()
            if isinstance(one, ModelSearcher)
        ]
        if is_foreign(comparison.understanding.query, self.languages):
            # Scores tell little of it.
            return [FOREIGN.format(languages=" or ".join(map(language_name, self.languages)))]
        return [] if is_close(scores) else [NOT_CLOSE]

    def cut(self, comparison: Comparison) -> dict[Side, dict[str, tuple[int, int]]]:
        """Side -> listing cut short -> tokens read and in all."""
        shown = [self.systems.listings[listing_id] for listing_id in comparison.moves]
        sides: dict[Side, str] = {"base": comparison.left, "tuned": comparison.right}
        searchers = {side: self.systems.searcher(name) for side, name in sides.items()}
        return {
            side: count_cut_tokens(one.encoder, shown)
            for side, one in searchers.items()
            if isinstance(one, ModelSearcher) and one.scoring == FIRST
        }

    def finder(self, name: str) -> Finder:
        """Return what finds a system's best sentences: its model, else its words."""
        searcher = self.systems.searcher(name)
        searcher = searcher.dense if isinstance(searcher, HybridSearcher) else searcher
        with self._lock:
            if id(searcher) not in self._finders:
                made = SentenceFinder(searcher) if isinstance(searcher, ModelSearcher) else WordFinder()
                self._finders[id(searcher)] = made
            return self._finders[id(searcher)]

    def answers(self, request: ComparisonRequest, listing_id: str) -> Answers:
        """Find what answers each part of a query in a listing, by its facts and by each system's sentences.

        Raises:
            ValueError: there is no such listing.
        """
        listing = self.systems.listings.get(listing_id)
        if listing is None:
            raise ValueError(f"expected the id of a listing shown here, got {listing_id[:60]!r}; search again")
        wanted = self.systems.understand(request).wanted
        # Read anew, as statements stand on the characters of the query as it was typed.
        stated = self.systems.understand(replace(request, query=wanted)).statements
        parts = text_parts(wanted, [one.span for one in stated if one.kind != WORDS])
        sides: dict[Side, str] = {"base": request.left, "tuned": request.right}
        found = {side: self.finder(name).best(wanted, parts, listing) for side, name in sides.items()}
        by_part = [
            (wanted[start:end], {side: of_parts[number] for side, (_, of_parts) in found.items()})
            for number, (start, end) in enumerate(parts)
        ]
        return Answers(self._by_facts(request, listing), {side: best for side, (best, _) in found.items()}, by_part)

    def _by_facts(self, request: ComparisonRequest, listing: Listing) -> list[FactAnswer]:
        """Hold what a query states against a listing's facts."""
        understanding = self.systems.understand(request)
        position = {listing.listing_id: self.systems.positions[listing.listing_id]}
        checks = check_listings(self.systems.listener.facts, understanding, position)[listing.listing_id]
        pairs = zip(distinct(understanding.statements), checks, strict=True)
        return [FactAnswer(one, fact_of(listing, one), fits) for one, fits in pairs]
