"""What either list may show besides base and tuned: another model, another scoring, BM25, the hybrid."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from comparison.request import BASE, TUNED
from comparison.systems import OtherSystem
from search.candidates import Words
from search.hybrid import HybridSearcher
from search.index.storage import cache_index, index_path, load_or_build_indexes
from search.index.vectors import index_kinds
from search.lexical import LexicalSearcher, stem_pairs
from search.qdrant.searcher import EngineSearcher
from search.records import Listing, corpus_hash
from search.scoring import FIRST, LATE_INTERACTION, MAX_PASSAGE, SCORINGS, Scoring
from search.searcher import DenseSearcher, ModelSearcher, RescoringSearcher, build_first_index
from views.sides import TITLES
from views.system_names import SCORING_WORDS, WORD_SYSTEMS

# Names in an address -> names for people; the third is there where two tuned models are given.
SECOND = "tuned2"
MODEL_LABELS = {BASE: TITLES["base"], TUNED: TITLES["tuned"], SECOND: "Second fine-tuned"}
# Larger corpora are not encoded for a choice in a list.
MAX_ENCODED_ON_DEMAND = 2_000


def offer_systems(
    models: Mapping[str, ModelSearcher],
    listings: Sequence[Listing],
    cache_folder: Path,
    *,
    hybrid_weight: float,
    words: Words,
) -> dict[str, OtherSystem]:
    """Offer all systems but base and tuned, by their names in an address; nothing is made yet.

    Args:
        models: The models by name, as they are served.
        listings: The corpus.
        cache_folder: Where vectors are kept.
        hybrid_weight: Of the tuned model in the hybrid.
        words: Gives BM25 over the corpus, the same each time.
    """
    others = {SECOND: OtherSystem(MODEL_LABELS[SECOND], partial(_same, models[SECOND]))} if SECOND in models else {}
    others |= offer_words(models[TUNED], listings, hybrid_weight=hybrid_weight, words=words)
    for name, model in models.items():
        for scoring in SCORINGS:
            label = f"{MODEL_LABELS[name]} ({SCORING_WORDS[scoring]})"
            if rescored := _rescore(label, model, scoring, listings, cache_folder):
                others[f"{name}-{scoring}"] = rescored
    return others


def offer_words(
    tuned: ModelSearcher, listings: Sequence[Listing], *, hybrid_weight: float, words: Words
) -> dict[str, OtherSystem]:
    """Offer BM25 and the hybrid, by their names in an address."""

    def hybrid() -> HybridSearcher:
        return HybridSearcher(tuned, words(), LexicalSearcher(listings, terms=stem_pairs), weight=hybrid_weight)

    return {
        "bm25": OtherSystem(WORD_SYSTEMS["bm25"], words, "words alone"),
        "hybrid": OtherSystem(WORD_SYSTEMS["hybrid"], hybrid, "fine-tuned and BM25"),
    }


def _same(searcher: ModelSearcher) -> ModelSearcher:
    return searcher


def _rescore(
    label: str, served: ModelSearcher, scoring: Scoring, listings: Sequence[Listing], cache_folder: Path
) -> OtherSystem | None:
    """Offer another scoring of a model; None for the served one, or where too much would be encoded."""
    if scoring == served.scoring:
        return None
    if isinstance(served, EngineSearcher):
        return OtherSystem(label, partial(served.rescored, scoring)) if served.can_score(scoring) else None
    if not isinstance(served, DenseSearcher):
        return None
    if scoring == MAX_PASSAGE and served.index.kind == "passages":
        return OtherSystem(label, partial(RescoringSearcher, served, served.index))
    encoder, corpus, kinds = served.encoder, corpus_hash(listings), index_kinds(scoring)
    paths = [index_path(cache_folder, model_hash=encoder.fingerprint, corpus=corpus, kind=kind) for kind in kinds]
    is_kept = all(path.is_file() for path in paths)
    if not is_kept and not (scoring == FIRST and len(listings) <= MAX_ENCODED_ON_DEMAND):
        return None

    def make() -> DenseSearcher:
        if scoring == FIRST and served.index.kind == "passages" and not paths[0].is_file():
            cache_index(build_first_index(served, listings), cache_folder)
        indexes = load_or_build_indexes(encoder, listings, cache_folder, scoring=scoring)
        return DenseSearcher(encoder, *indexes) if scoring == LATE_INTERACTION else RescoringSearcher(served, *indexes)

    return OtherSystem(label, make, is_slow=not is_kept)
