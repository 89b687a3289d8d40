"""The systems that the page compares, over one corpus."""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comparison.checks import check_listings
from comparison.moves import Comparison, Side
from comparison.request import BASE, TUNED, ComparisonRequest
from search.records import Listing, Ranking
from search.searcher import CorpusSearcher, ModelSearcher
from search.understanding.listening import Listener
from search.understanding.understanding import PLACE, WORK_MODE, Understanding

# Threads that rank the second list of a comparison, and weigh what contradicts its query; they start when needed.
SECOND_SIDES = ThreadPoolExecutor(32, thread_name_prefix="second-side")


@dataclass(frozen=True)
class OtherSystem:
    """A system that either list may show: made when it is first asked for, and kept.

    `label` is its name for people, `model` what its list says besides. One that `is_slow` to make is made in the
    background, so that nobody waits for another's choice.
    """

    label: str
    make: Callable[[], CorpusSearcher[Any]]
    model: str = ""
    is_slow: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)
    _made: list[CorpusSearcher[Any]] = field(default_factory=list, repr=False, compare=False)

    _begun: threading.Event = field(default_factory=threading.Event, repr=False, compare=False)

    def is_ready(self) -> bool:
        """Tell whether the system can rank at once; else begin to make it."""
        if not self.is_slow or self._made:
            return True
        if not self._begun.is_set():
            self._begun.set()
            threading.Thread(target=self._make_apart, daemon=True).start()
        return False

    def _make_apart(self) -> None:
        try:
            self.searcher  # noqa: B018 (makes it)
        finally:
            # What failed is tried again when it is asked for again.
            self._begun.clear()

    @property
    def searcher(self) -> CorpusSearcher[Any]:
        """The system itself."""
        with self._lock:
            if not self._made:
                self._made.append(self.make())
            return self._made[0]


@dataclass(frozen=True)
class Systems:
    """Base and tuned model over one corpus, and others by their names in an address."""

    base: ModelSearcher
    tuned: ModelSearcher
    listings: Mapping[str, Listing]
    others: Mapping[str, OtherSystem] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse models that rank different corpora.

        Raises:
            ValueError: they do, or another system has the name of one of them.
        """
        self._check_corpus(self.tuned)
        if tuple(self.listings) != self.base.listing_ids:
            raise ValueError("expected the listings in the order of the index; build both from one dataset")
        if taken := self.others.keys() & {BASE, TUNED}:
            raise ValueError(f"expected other names than those of the two models, got {taken.pop()!r}; choose another")

    def _check_corpus(self, searcher: CorpusSearcher[Any]) -> None:
        if self.base.listing_ids != searcher.listing_ids:
            raise ValueError(
                f"expected all systems to rank the same listings, got {len(self.base.listing_ids)} "
                f"and {len(searcher.listing_ids)} of them; build their indexes from one dataset"
            )

    @property
    def sides(self) -> dict[Side, ModelSearcher]:
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

    @property
    def labels(self) -> dict[str, str]:
        """Each system's name for people, by its name in an address."""
        return {BASE: "Base", TUNED: "Fine-tuned", **{name: one.label for name, one in self.others.items()}}

    def searcher(self, name: str) -> CorpusSearcher[Any]:
        """Return a system by its name.

        Raises:
            ValueError: there is no such system, or it ranks another corpus.
        """
        if name in (BASE, TUNED):
            return self.base if name == BASE else self.tuned
        if name not in self.others:
            raise ValueError(f"expected a system of {', '.join(self.labels)}, got {name!r}")
        searcher = self.others[name].searcher
        self._check_corpus(searcher)
        return searcher

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
            ValueError: the query is empty, k is out of range, or there is no such system.
        """
        if not request.query:
            raise ValueError("expected a query, got an empty one; type your skills, or pick an example")
        understanding = self.understand(request)
        allowed, removed = self._allowed(request, understanding)
        rankings = self._rank(request, understanding, allowed)
        shown = {name: self.positions[name] for ranking in rankings.values() for name in ranking.listing_ids}
        return Comparison(
            **{side: ranking.without_all_ranks() for side, ranking in rankings.items()},
            k=request.k,
            left=request.left,
            right=request.right,
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
        left, right = self.searcher(request.left), self.searcher(request.right)
        query = understanding.wanted
        weighing = SECOND_SIDES.submit(self.listener.penalties, understanding) if understanding.statements else None

        def rank(searcher: CorpusSearcher[Any]) -> Ranking:
            started = time.perf_counter()
            # Kept for the search to come.
            searcher.encode([query])
            seconds = time.perf_counter() - started
            penalties = weighing.result() if weighing else None
            ranking = searcher.search(query, k=request.k, allowed=allowed, penalties=penalties)
            return replace(ranking, encode_seconds=ranking.encode_seconds + seconds)

        # Each side has a core.
        tuned = SECOND_SIDES.submit(rank, right)
        return {"base": rank(left), "tuned": tuned.result()}

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
