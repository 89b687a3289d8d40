"""Validation during training: rank a corpus for the validation queries."""

import random
from collections.abc import Sequence
from pathlib import Path

from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.evaluation import SentenceEvaluator

from data.folder import JobDataset
from search.encoder import SentenceEncoder
from search.index import Index, build_index, find_index, index_path, save_index
from search.metrics import evaluate_run
from search.ranking import build_run
from search.records import Listing, Query
from search.searcher import DenseSearcher

PRIMARY_METRIC = "ndcg@10"


def validation_pool(dataset: JobDataset, *, most: int, seed: int) -> list[Listing]:
    """Return the listings to rank in validation: the whole corpus, or where it is larger than
    `most`, the validation listings and a draw from the others, in corpus order.
    """
    if len(dataset.listings) <= most:
        return list(dataset.listings)
    wanted = {query.listing_id for query in dataset.queries("validation")}
    others = [listing.listing_id for listing in dataset.listings if listing.listing_id not in wanted]
    wanted.update(random.Random(seed).sample(others, max(0, most - len(wanted))))  # noqa: S311 (a draw, no secret)
    return [listing for listing in dataset.listings if listing.listing_id in wanted]


class RankingEvaluator(SentenceEvaluator):
    """Mean metrics of a model on the validation queries over the pool; `history` keeps each epoch's."""

    def __init__(self, queries: Sequence[Query], pool: Sequence[Listing], cache: Path) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.primary_metric = PRIMARY_METRIC
        self.queries = queries
        self.pool = pool
        self.cache = cache
        self.qrels = {query.query_id: {query.listing_id: 1} for query in queries}
        self.history: list[dict[str, float]] = []
        self.best_score = -1.0
        self.best_index: Index | None = None

    def __call__(  # type: ignore[override]
        self,
        model: SentenceTransformer,
        output_path: str | None = None,  # noqa: ARG002 (the trainer passes it)
        epoch: float = -1,
        steps: int = -1,
    ) -> dict[str, float]:
        """Return metric -> mean over the validation queries."""
        encoder = SentenceEncoder(model, "in training")
        index = self._index(encoder)
        scores = DenseSearcher(encoder, index).scores([query.text for query in self.queries])
        per_query = evaluate_run(self.qrels, build_run(scores, list(self.qrels), index.listing_ids))
        names = next(iter(per_query.values()))
        means = {name: sum(row[name] for row in per_query.values()) / len(per_query) for name in names}
        if means[PRIMARY_METRIC] > self.best_score:
            self.best_score, self.best_index = means[PRIMARY_METRIC], index
        if epoch >= 0:
            self.history.append({"epoch": epoch, "step": steps, **means})
        return means

    def forget_best(self) -> None:
        """Start the search for the best anew: the base is scored, but it is no epoch."""
        self.best_score, self.best_index = -1.0, None

    def save_best(self, cache: Path) -> None:
        """Keep the best epoch's index, so that the benchmark and the page need not encode again."""
        if self.best_index is not None:
            best = self.best_index
            save_index(best, index_path(cache, model_hash=best.model_hash, corpus=best.corpus_hash))

    def _index(self, encoder: SentenceEncoder) -> Index:
        """Encode the pool, unless these very weights did; epochs that lose leave no file behind."""
        if self.best_index is not None and self.best_index.model_hash == encoder.fingerprint:
            return self.best_index
        found = find_index(encoder, self.pool, self.cache)
        return found or build_index(encoder, self.pool, show_progress=True)
