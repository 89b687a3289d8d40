"""What a system does with a split's queries over the whole corpus: values a query, ranks, speed."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.corpus.titles import find_family
from data.dataset import JobDataset, Triplet
from search.encoding.encoder import Encoder
from search.encoding.loading import load_encoder
from search.encoding.model_files import recorded_reading
from search.encoding.passages import READINGS, Reading
from search.hybrid import HybridSearcher, fuse, hybrid_fingerprint, lexical_share
from search.lexical import LexicalSearcher, stem_pairs
from search.metrics import evaluate_run, family_precision, ranked_ids, triplet_accuracy
from search.ranking import build_run, id_order, rank_of
from search.searcher import DenseSearcher, Searcher, load_or_build_searcher

logger = logging.getLogger(__name__)

LEXICAL, HYBRID = "bm25", "hybrid"
METRICS = (
    "ndcg@10",
    "mrr@10",
    "recall@1",
    "recall@10",
    "family_precision@10",
    "role_precision@10",
    "triplet_accuracy",
)
TIMED_QUERIES = 30
WEIGHTS = tuple(round(number / 20, 2) for number in range(21))


@dataclass(frozen=True)
class SystemSpec:
    """One system as it was asked for: a model and what it reads, `bm25`, or `hybrid` of a named one and BM25.

    `reading` is None where it was not said: what the model's run.json says, or windows.
    """

    name: str
    model: str = ""
    reading: Reading | None = None
    dense: str = ""


@dataclass(frozen=True)
class System:
    """A searcher with what the report says of it."""

    searcher: Searcher
    fingerprint: str
    reading: str
    weight: float | None = None

    @property
    def encoder(self) -> Encoder | None:
        """The model; None for what has none of its own."""
        return self.searcher.encoder if isinstance(self.searcher, DenseSearcher) else None


@dataclass(frozen=True)
class SystemResult:
    """What one system did: metric -> a value a query, the rank of each query's listing, its speed.

    A value is None where the metric does not apply: family precision of a listing without a family,
    role precision of a query that names no role.
    """

    values: Mapping[str, list[float | None]]
    ranks: list[int]
    query_ms: list[float]


def parse_systems(values: Sequence[str]) -> dict[str, SystemSpec]:
    """Read `NAME=MODEL`, `NAME=READING:MODEL`, `bm25` and `hybrid` into name -> what it is.

    Raises:
        ValueError: none of these, a name stands twice, or `hybrid` has no model before it.
    """
    systems: dict[str, SystemSpec] = {}
    for value in values:
        name, equals, asked = value.partition("=")
        reading = next((one for one in READINGS if asked.startswith(f"{one}:")), None)
        model = asked.removeprefix(f"{reading}:")
        if value not in (LEXICAL, HYBRID) and not (equals and name and model):
            raise ValueError(
                f"expected systems as NAME=MODEL, NAME=READING:MODEL, {LEXICAL} or {HYBRID}, got {value!r}; "
                f"a READING is one of {', '.join(READINGS)}"
            )
        if name in systems:
            raise ValueError(f"expected each system's name once, got {name!r} again; give it another name")
        models = [spec.name for spec in systems.values() if spec.model]
        if value == HYBRID and not models:
            raise ValueError(f"expected a NAME=MODEL before {HYBRID}, which joins the last of them with {LEXICAL}")
        dense = models[-1] if value == HYBRID else ""
        systems[name] = SystemSpec(name, model, reading, dense)
    return systems


def load_systems(specs: Mapping[str, SystemSpec], dataset: JobDataset, cache: Path) -> dict[str, System]:
    """Load each system over the dataset's corpus; a hybrid's weight is chosen on the validation split."""
    systems: dict[str, System] = {}
    lexical = LexicalSearcher(dataset.listings)
    for name, spec in specs.items():
        if spec.model:
            reading = spec.reading or recorded_reading(spec.model)
            logger.info("system    %s: %s, %s", name, spec.model, reading)
            encoder = load_encoder(spec.model)
            searcher = load_or_build_searcher(encoder, dataset.listings, cache, reading=reading, show_progress=True)
            systems[name] = System(searcher, encoder.fingerprint, reading)
        elif spec.dense:
            dense = systems[spec.dense].searcher
            if not isinstance(dense, DenseSearcher):
                raise TypeError(f"expected a dense searcher to fuse, got {type(dense).__name__}")
            pairs = LexicalSearcher(dataset.listings, terms=stem_pairs)
            weight = choose_weight(dense, lexical, pairs, dataset.split("validation"))
            logger.info(
                "system    %s: %s with weight %.2f (chosen on validation), and words and phrases",
                name,
                spec.dense,
                weight,
            )
            hybrid = HybridSearcher(dense, lexical, pairs, weight=weight)
            fingerprint = hybrid_fingerprint(systems[spec.dense].fingerprint)
            systems[name] = System(hybrid, fingerprint, dense.reading, weight)
        else:
            systems[name] = System(lexical, LEXICAL, "whole")
    return systems


def choose_weight(
    dense: DenseSearcher, words: LexicalSearcher, pairs: LexicalSearcher, triplets: Sequence[Triplet]
) -> float:
    """Return the weight with the best mean ndcg@10 on these queries; of equal ones, the nearest to a half."""
    texts = [triplet.query.text for triplet in triplets]
    meaning, lexical = dense.scores(texts), lexical_share(words, pairs, texts)
    means = {
        weight: _mean_ndcg(fuse(meaning, lexical, weight=weight), triplets, dense.listing_ids) for weight in WEIGHTS
    }
    return max(WEIGHTS, key=lambda weight: (round(means[weight], 6), -abs(weight - 0.5)))


def _mean_ndcg(scores: NDArray[np.float32], triplets: Sequence[Triplet], listing_ids: Sequence[str]) -> float:
    qrels = {triplet.query.query_id: {triplet.query.listing_id: 1} for triplet in triplets}
    rows = evaluate_run(qrels, build_run(scores, list(qrels), listing_ids))
    return sum(row["ndcg@10"] for row in rows.values()) / len(rows)


def evaluate_system(searcher: Searcher, triplets: Sequence[Triplet], dataset: JobDataset) -> SystemResult:
    """Rank the whole corpus for each triplet's query, and time some of them."""
    families = {listing.listing_id: listing.family for listing in dataset.listings}
    places = id_order(searcher.listing_ids)
    position = {listing_id: place for place, listing_id in enumerate(searcher.listing_ids)}
    matrix = searcher.scores([triplet.query.text for triplet in triplets])
    qrels = {triplet.query.query_id: {triplet.query.listing_id: 1} for triplet in triplets}
    run = build_run(matrix, list(qrels), searcher.listing_ids)
    values: dict[str, list[float | None]] = {name: [] for name in METRICS}
    ranks = []
    for (query_id, row), triplet, scores in zip(evaluate_run(qrels, run).items(), triplets, matrix, strict=True):
        for name in row.keys() & values.keys():
            values[name].append(row[name])
        own = triplet.query.listing_id
        ranks.append(rank_of(scores, places, position[own]))
        beaten = [triplet_accuracy(scores[position[own]], scores[position[other]]) for other in triplet.negative_ids]
        values["triplet_accuracy"].append(sum(beaten) / len(beaten))
        ranked = ranked_ids(run[query_id])
        wanted, role = families[own], find_family(triplet.query.text)
        values["family_precision@10"].append(family_precision(ranked, families, wanted, k=10) if wanted else None)
        values["role_precision@10"].append(family_precision(ranked, families, role, k=10) if role else None)
    return SystemResult(values, ranks, time_queries(searcher, [triplet.query.text for triplet in triplets]))


def time_queries(searcher: Searcher, texts: Sequence[str]) -> list[float]:
    """Return the milliseconds that encoding and searching takes, one a query, after a warm-up."""
    milliseconds = []
    for place, text in enumerate([*texts[:3], *texts[:TIMED_QUERIES]]):
        started = time.perf_counter()
        searcher.search(text, k=10)
        if place >= len(texts[:3]):
            milliseconds.append((time.perf_counter() - started) * 1000)
    return milliseconds
