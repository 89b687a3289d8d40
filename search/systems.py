"""The systems that commands name, and their searchers."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.candidates import load_or_build_searcher
from search.encoding.encoder import Encoder
from search.encoding.loading import load_encoder
from search.encoding.model_files import recorded_scoring
from search.hybrid import HybridSearcher, fuse, hybrid_fingerprint, lexical_share
from search.lexical import LexicalSearcher, stem_pairs
from search.metrics import score_ndcg
from search.qdrant.opening import EngineDataset
from search.records import Listing, Query
from search.scoring import LATE_INTERACTION, SCORINGS, Scoring, parse_scoring
from search.searcher import CorpusSearcher, DenseSearcher, ModelSearcher, QueryVectors
from search.understanding.listening import Listener, ListeningSearcher

logger = logging.getLogger(__name__)

LEXICAL, HYBRID = "bm25", "hybrid"
SYSTEMS_HELP = (
    f"NAME=MODEL, NAME=SCORING:MODEL (a SCORING is one of {', '.join(SCORINGS)}; else the model's own, or "
    f"max_passage), {LEXICAL}, {HYBRID} (the last model named before it, with {LEXICAL}; weighed on validation)"
)
WEIGHTS = tuple(round(number / 20, 2) for number in range(21))


@dataclass(frozen=True)
class SystemSpec:
    """A model, `bm25`, or `hybrid`: BM25 and the system `dense`.

    Without a scoring, a model's own is taken from its run.json.
    """

    name: str
    model: str = ""
    scoring: Scoring | None = None
    dense: str = ""


@dataclass(frozen=True)
class System:
    """A searcher with what the report says of it."""

    searcher: CorpusSearcher[Any] | ListeningSearcher
    fingerprint: str
    scoring: str
    weight: float | None = None

    @property
    def encoder(self) -> Encoder | None:
        """The model; None for what has none of its own."""
        inner = self.searcher.searcher if isinstance(self.searcher, ListeningSearcher) else self.searcher
        return inner.encoder if isinstance(inner, ModelSearcher) else None


class BatchSearcher(DenseSearcher):
    """A dense searcher that, told to remember, encodes and scores a batch of queries once.

    Another scoring of its model takes the last batch's vectors, the hybrid on top of it the scores too. Single queries
    are encoded each time, as they are timed.
    """

    remembers = False
    encoded_by: "BatchSearcher | None" = None
    _encoded: tuple[tuple[str, ...], QueryVectors] | None = None
    _scored: tuple[QueryVectors, NDArray[np.float32]] | None = None

    def encode(self, queries: Sequence[str]) -> QueryVectors:
        """Encode queries, but for those of the last batch."""
        if self.encoded_by and len(queries) > 1:
            return self.encoded_by.encode(queries)
        if self._encoded and self._encoded[0] == tuple(queries):
            return self._encoded[1]
        vectors = self._encode(queries)
        if self.remembers and len(queries) > 1:
            self._encoded = tuple(queries), vectors
        return vectors

    def score(self, encoded: QueryVectors) -> NDArray[np.float32]:
        """Score encoded queries, but for those of the last batch."""
        if self._scored and self._scored[0] is encoded:
            return self._scored[1]
        scores = super().score(encoded)
        if self.remembers and len(scores) > 1:
            self._scored = encoded, scores
        return scores


def parse_systems(values: Sequence[str]) -> dict[str, SystemSpec]:
    """Read `NAME=MODEL`, `NAME=SCORING:MODEL`, `bm25` and `hybrid`.

    Raises:
        ValueError: a value is none of these, a name stands twice, or `hybrid` has no model before it.
    """
    systems: dict[str, SystemSpec] = {}
    for value in values:
        name, equals, asked = value.partition("=")
        # A scoring may have its former name.
        prefix, colon, rest = asked.partition(":")
        scoring = next((one for one in SCORINGS if colon and one == parse_scoring(prefix)), None)
        model = rest if scoring else asked
        if value not in (LEXICAL, HYBRID) and not (equals and name and model):
            raise ValueError(
                f"expected systems as NAME=MODEL, NAME=SCORING:MODEL, {LEXICAL} or {HYBRID}, got {value!r}; "
                f"a SCORING is one of {', '.join(SCORINGS)}"
            )
        if name in systems:
            raise ValueError(f"expected each system's name once, got {name!r} again; give it another name")
        models = [spec.name for spec in systems.values() if spec.model]
        if value == HYBRID and not models:
            raise ValueError(f"expected a NAME=MODEL before {HYBRID}, which joins the last of them with {LEXICAL}")
        systems[name] = SystemSpec(name, model, scoring, models[-1] if value == HYBRID else "")
    return systems


def load_systems(
    specs: Mapping[str, SystemSpec],
    listings: Sequence[Listing],
    *,
    validation: Sequence[Query],
    cache: Path,
    understand: bool = False,
    engine: EngineDataset | None = None,
) -> dict[str, System]:
    """Load each system over the listings; with an engine, the models' vectors are there.

    The queries of `validation` choose the hybrid's weight; without a hybrid none are needed. With `understand` all
    systems listen alike to what a query states.
    """
    words = LexicalSearcher(listings)
    # Late interaction first: its passages, once encoded, serve a system that scores by passages.
    models = sorted((spec for spec in specs.values() if spec.model), key=lambda spec: spec.scoring != LATE_INTERACTION)
    dense = {spec.name: _load_dense(spec, listings, words, cache, engine) for spec in models}
    _share_batches(specs, dense)
    systems = {}
    for name, spec in specs.items():
        if spec.model:
            systems[name] = System(dense[name], dense[name].encoder.fingerprint, dense[name].scoring)
        elif spec.dense:
            systems[name] = _build_hybrid(name, dense[spec.dense], words, listings, validation)
        else:
            systems[name] = System(words, LEXICAL, "whole")
    if not understand:
        return systems
    listener = Listener(listings)
    return {name: _listening(system, listener) for name, system in systems.items()}


def _listening(system: System, listener: Listener) -> System:
    if isinstance(system.searcher, ListeningSearcher):
        return system
    return replace(system, searcher=ListeningSearcher(system.searcher, listener))


def _share_batches(specs: Mapping[str, SystemSpec], dense: Mapping[str, ModelSearcher]) -> None:
    """Let scorings of one model take their queries' vectors from the one with tokens, and hybrids from theirs."""
    whole = {name: one for name, one in dense.items() if isinstance(one, BatchSearcher)}
    with_tokens = {one.encoder.fingerprint: one for one in whole.values() if one.tokens}
    for searcher in whole.values():
        source = with_tokens.get(searcher.encoder.fingerprint)
        if source and source is not searcher:
            searcher.encoded_by, source.remembers = source, True
    for spec in specs.values():
        if spec.dense in whole:
            whole[spec.dense].remembers = True


def _load_dense(
    spec: SystemSpec, listings: Sequence[Listing], words: LexicalSearcher, cache: Path, engine: EngineDataset | None
) -> ModelSearcher:
    scoring = spec.scoring or recorded_scoring(spec.model)
    logger.info("system    %s: %s, %s", spec.name, spec.model, scoring)
    encoder = load_encoder(spec.model, cache=cache)
    if engine:
        return engine.searcher(encoder, listings, scoring)
    found = load_or_build_searcher(encoder, listings, cache, scoring=scoring, words=lambda: words, show_progress=True)
    if not found.is_exhaustive or not isinstance(found, DenseSearcher):
        return found
    return BatchSearcher(encoder, found.index, found.tokens)


def _build_hybrid(
    name: str,
    dense: ModelSearcher,
    words: LexicalSearcher,
    listings: Sequence[Listing],
    validation: Sequence[Query],
) -> System:
    """Join model and BM25 by the weight best on validation."""
    pairs = LexicalSearcher(listings, terms=stem_pairs)
    texts = [query.text for query in validation]
    meaning, lexical = dense.scores(texts), lexical_share(words, pairs, texts)
    means = {
        weight: fmean(score_ndcg(fuse(meaning, lexical, weight=weight), validation, dense.listing_ids))
        for weight in WEIGHTS
    }
    # Of equal ones, the nearest to a half.
    best = max(WEIGHTS, key=lambda weight: (round(means[weight], 6), -abs(weight - 0.5)))
    logger.info("system    %s: %s, words and phrases, weight %.2f (by validation)", name, dense.encoder.name, best)
    searcher = HybridSearcher(dense, words, pairs, weight=best)
    return System(searcher, hybrid_fingerprint(dense.encoder.fingerprint), dense.scoring, best)
