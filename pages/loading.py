"""Loading what the page shows, from disk or the Hub."""

import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path

from comparison.moves import Side
from comparison.request import BASE, TUNED
from comparison.systems import Systems
from data.dataset import JobDataset
from pages.config import AppConfig
from pages.offering import MODEL_LABELS, offer_systems
from search.artifacts import REPORT_FILE, RUN_FILE, RunRecord
from search.benchmark_report import BenchmarkReport
from search.candidates import Words, is_stored, load_or_build_searcher
from search.encoding.encoder import Encoder
from search.encoding.loading import load_encoder
from search.encoding.model_files import find_model_file, find_model_folder, recorded_scoring
from search.files import whole_folder
from search.hub_errors import first_line
from search.hybrid import DEFAULT_WEIGHT, hybrid_fingerprint
from search.index.listing_store import ListingStore, copy_store
from search.index.storage import cache_index, index_path, is_made_by, load_index
from search.index.threads import stay_on_one_thread
from search.index.vectors import IndexKind, index_kinds
from search.lexical import LexicalSearcher
from search.qdrant.opening import EngineDataset, open_engine
from search.records import Listing, corpus_hash
from search.scoring import Scoring
from search.searcher import ModelSearcher

logger = logging.getLogger(__name__)

# What a damaged report changes in the lists.
DEFAULT_WEIGHED = f"Hybrid weighs meaning by the default of {DEFAULT_WEIGHT}"


@dataclass(frozen=True, slots=True)
class FoundReport:
    """A benchmark report, or why it is not shown; `sides` are its names of the page's two models."""

    path: Path
    report: BenchmarkReport | None = None
    problem: str = ""
    sides: Mapping[Side, str] = field(default_factory=dict)

    def refuse(self, why: str) -> "FoundReport":
        """Show the reason in place of the report."""
        return replace(self, report=None, problem=f"{self.path} {why}")


def find_report(config: AppConfig) -> FoundReport:
    """Load the report asked for, else the tuned model's."""
    path = config.benchmark
    path = path if path.is_file() else find_model_file(config.tuned, REPORT_FILE) or path
    if not path.is_file():
        return FoundReport(path)
    try:
        report = BenchmarkReport.load(path)
    except (ValueError, OSError) as error:
        logger.warning("warning   %s; until then Evidence is empty, and %s", error, DEFAULT_WEIGHED)
        return FoundReport(path).refuse(
            f"is no benchmark report, or a damaged one. Until it is made anew, {DEFAULT_WEIGHED}."
        )
    if not report.is_checked:
        logger.warning("warning   %s has no checksum, as older versions wrote none: damage to it would go unseen", path)
    return FoundReport(path, report)


def match_report(found: FoundReport, systems: Systems, dataset_hash: str) -> FoundReport:
    """Refuse a report of other models or another dataset, and find the names that it has for base and tuned.

    A model that the report has only with another scoring than the page's is not named.
    """
    report = found.report
    if report is None:
        return found
    if report.dataset_hash != dataset_hash:
        return found.refuse("is about another dataset than the one shown here.")
    names = {(row.fingerprint, row.scoring): name for name, row in reversed(report.systems.items())}
    if not {fingerprint for fingerprint, _ in names}.issuperset(systems.fingerprints):
        return found.refuse("is about other models than the two shown here.")
    known = {side: (searcher.encoder.fingerprint, searcher.scoring) for side, searcher in systems.sides.items()}
    return replace(found, sides={side: names[model] for side, model in known.items() if model in names})


def hybrid_weight(report: BenchmarkReport | None, model_hash: str) -> float:
    """Return a model's hybrid weight: the report's, or the default."""
    rows = report.systems.values() if report else ()
    weights = (row.weight for row in rows if row.fingerprint == hybrid_fingerprint(model_hash))
    return next((weight for weight in weights if weight is not None), DEFAULT_WEIGHT)


def load_systems(config: AppConfig, dataset: JobDataset, report: BenchmarkReport | None) -> Systems:
    """Load the models and their indexes, and offer what else either list may show."""
    # The same for all, so that all that differs is the fine-tuning.
    scoring = config.scoring or recorded_scoring(config.tuned)
    words = cache(partial(LexicalSearcher, dataset.listings))
    # Open as long as the page is.
    engine = EngineDataset(open_engine(config.engine), config.dataset) if config.engine else None

    def load(model: str) -> ModelSearcher:
        if engine:
            return engine.searcher(load_encoder(model, cache=config.cache), dataset.listings, scoring)
        return load_searcher(model, dataset.listings, scoring, config, words=words)

    models = {name: load(model) for name, model in zip(MODEL_LABELS, (config.base, *config.models), strict=False)}
    # Both sides are scored at once from here on, and several visitors'.
    stay_on_one_thread()
    listings = {listing.listing_id: listing for listing in dataset.listings}
    weight = hybrid_weight(report, models[TUNED].encoder.fingerprint)
    others = offer_systems(models, dataset.listings, config.cache, hybrid_weight=weight, words=words)
    return Systems(models[BASE], models[TUNED], listings, others)


def describe_tuned(model: str) -> str:
    """Say what a model is by its run.json: `all-MiniLM-L6-v2, fine-tuned on 489 listings`; empty without one."""
    path = find_model_file(model, RUN_FILE)
    try:
        run = RunRecord.load(path) if path else None
    except ValueError:
        run = None
    if run is None or "listings" not in run.train:
        return ""
    return f"{Path(run.base.model).name}, fine-tuned on {run.train['listings']:,} listings"


def label_models(config: AppConfig) -> dict[str, str]:
    """Return what the lists say of the tuned models that tell what they were trained on, by system."""
    names = list(MODEL_LABELS)[1:]
    return {name: said for name, model in zip(names, config.models, strict=False) if (said := describe_tuned(model))}


def load_searcher(
    model: str, listings: Sequence[Listing], scoring: Scoring, config: AppConfig, *, words: Words
) -> ModelSearcher:
    """Load a model and its indexes, or encode the corpus."""
    encoder = load_encoder(model, cache=config.cache)
    if is_stored(scoring, len(listings)):
        fetch_store(encoder, listings, config)
    else:
        for kind in index_kinds(scoring):
            fetch_index(encoder, listings, kind, config)
    return load_or_build_searcher(encoder, listings, config.cache, scoring=scoring, words=words, show_progress=True)


def fetch_index(encoder: Encoder, listings: Sequence[Listing], kind: IndexKind, config: AppConfig) -> None:
    """Cache a matching index from the tuned model's files."""
    path = index_path(config.cache, model_hash=encoder.fingerprint, corpus=corpus_hash(listings), kind=kind)
    found = None if path.exists() else find_model_file(config.tuned, f"index/{path.name}")
    if not found:
        return
    try:
        index = load_index(found, model_hash=encoder.fingerprint, listings=listings, kind=kind)
        matches = is_made_by(index, encoder, listings)
    except ValueError:
        matches = False
    if matches:
        cache_index(index, config.cache)
    else:
        logger.warning("warning   vectors of %s are not those of %s; encoding anew", config.tuned, encoder.name)


def fetch_store(encoder: Encoder, listings: Sequence[Listing], config: AppConfig) -> None:
    """Cache a large corpus's vectors from the tuned model's files, where there are none yet."""
    store = ListingStore(config.cache, encoder.fingerprint)
    found = None if store.parts else find_model_folder(config.tuned, f"index/{store.folder.name}")
    if not found:
        return
    shutil.rmtree(store.folder, ignore_errors=True)
    try:
        with whole_folder(store.folder) as folder:
            copy_store(found, folder)
    except OSError as error:
        logger.warning("warning   vectors of %s can't be taken: %s; encoding anew", config.tuned, first_line(error))
        return
    if not ListingStore(config.cache, encoder.fingerprint).is_made_by(encoder, listings):
        shutil.rmtree(store.folder, ignore_errors=True)
        logger.warning("warning   vectors of %s are not those of %s; encoding anew", config.tuned, encoder.name)
