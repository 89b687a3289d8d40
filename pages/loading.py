"""Models, indexes and the report that the page shows, from disk or the Hub."""

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from comparison.systems import Systems
from data.dataset import JobDataset
from pages.config import AppConfig
from search.encoding.encoder import Encoder
from search.encoding.loading import load_encoder
from search.encoding.model_files import find_shipped, recorded_reading
from search.encoding.passages import Reading
from search.hybrid import DEFAULT_WEIGHT, HybridSearcher, hybrid_fingerprint
from search.index.storage import index_path, is_made_by, keep_index, load_index
from search.index.vectors import index_readings
from search.lexical import LexicalSearcher, stem_pairs
from search.records import Listing, corpus_hash
from search.searcher import DenseSearcher, load_or_build_searcher

logger = logging.getLogger(__name__)

SIDES = ("base", "tuned")


def fetch_index(encoder: Encoder, listings: Sequence[Listing], reading: Reading, config: AppConfig) -> None:
    """Keep an index that ships with the tuned model, where there is none yet and it holds this model's vectors of this corpus."""
    path = index_path(config.cache, model_hash=encoder.fingerprint, corpus=corpus_hash(listings), reading=reading)
    shipped = None if path.exists() else find_shipped(config.tuned, f"index/{path.name}")
    if not shipped:
        return
    try:
        index = load_index(shipped, model_hash=encoder.fingerprint, listings=listings, reading=reading)
        known = is_made_by(index, encoder, listings)
    except ValueError:
        known = False
    if known:
        keep_index(index, config.cache)
    else:
        logger.warning(
            "warning   vectors that ship with %s are not those of %s; encoding anew", config.tuned, encoder.name
        )


def load_searcher(model: str, listings: Sequence[Listing], reading: Reading, config: AppConfig) -> DenseSearcher:
    """Load a model and its indexes of the corpus; vectors that are not cached are made with progress."""
    encoder = load_encoder(model)
    for one in index_readings(reading):
        fetch_index(encoder, listings, one, config)
    return load_or_build_searcher(encoder, listings, config.cache, reading=reading, show_progress=True)


def load_systems(config: AppConfig, dataset: JobDataset) -> Systems:
    """Load both models, their indexes of the dataset's corpus, and what a third list may show."""
    # The same for both, so that all that differs is the fine-tuning.
    reading = config.reading or recorded_reading(config.tuned)
    base = load_searcher(config.base, dataset.listings, reading, config)
    tuned = load_searcher(config.tuned, dataset.listings, reading, config)
    words, pairs = LexicalSearcher(dataset.listings), LexicalSearcher(dataset.listings, terms=stem_pairs)
    weight = load_weight(find_report(config), tuned.encoder.fingerprint)
    return Systems(
        base=base,
        tuned=tuned,
        base_name=base.encoder.name,
        tuned_name=tuned.encoder.name,
        listings={listing.listing_id: listing for listing in dataset.listings},
        others={"BM25": words, "Hybrid": HybridSearcher(tuned, words, pairs, weight=weight)},
    )


def find_report(config: AppConfig) -> Path:
    """Return the report's path: the one asked for, or where there is none, the one that ships with the tuned model."""
    shipped = None if config.benchmark.is_file() else find_shipped(config.tuned, "benchmark.json")
    return shipped or config.benchmark


def load_weight(path: Path, model_hash: str) -> float:
    """Return the weight that validation chose for the hybrid of this model; the default where no report has it."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["systems"].values()
        return next(
            (float(row["weight"]) for row in rows if row["fingerprint"] == hybrid_fingerprint(model_hash)),
            DEFAULT_WEIGHT,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return DEFAULT_WEIGHT


def load_report(path: Path, systems: Systems, dataset_hash: str) -> tuple[dict[str, Any] | None, str]:
    """Read the benchmark report; None, and why, where there is none of these models and this dataset.

    Its ranks per query are those of the two models shown, named base and tuned, whatever the report calls them; left out
    where it read listings in another way than the page does, as no comparison here would show such ranks.
    """
    if not path.is_file():
        return None, ""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        measured = {row["fingerprint"] for row in report["systems"].values()}
        if report["dataset_hash"] != dataset_hash:
            return None, f"{path} is about another dataset than the one shown here."
        if not measured.issuperset(model_fingerprints(systems)):
            return None, f"{path} is about other models than the two shown here."
        names = [_name_of(searcher, report["systems"]) for searcher in dense_searchers(systems)]
        rows = [
            {**row, "ranks": {side: row["ranks"][name] for side, name in zip(SIDES, names, strict=True)}}
            for row in report["per_query"]
            if None not in names
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None, f"{path} is no benchmark report."
    return {**report, "per_query": rows}, ""


def _name_of(searcher: DenseSearcher, rows: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Return what a report calls a model that reads listings as this one; None where it is not in it."""
    wanted = (searcher.encoder.fingerprint, searcher.reading)
    return next((name for name, row in rows.items() if (row["fingerprint"], row["reading"]) == wanted), None)


def dense_searchers(systems: Systems) -> tuple[DenseSearcher, DenseSearcher]:
    """Return the base's and the tuned model's searcher.

    Raises:
        TypeError: one of them is no model.
    """
    both = [one for one in (systems.base, systems.tuned) if isinstance(one, DenseSearcher)]
    if len(both) != 2:
        raise TypeError("expected a dense searcher as base and as tuned")
    return both[0], both[1]


def model_fingerprints(systems: Systems) -> tuple[str, str]:
    """Return the identity of the base's and of the tuned model."""
    base, tuned = dense_searchers(systems)
    return base.encoder.fingerprint, tuned.encoder.fingerprint
