"""Validation during training: rank a corpus for the validation queries."""

import random
from collections.abc import Sequence
from pathlib import Path

from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.evaluation import SentenceEvaluator

from data.dataset import JobDataset
from search.encoding.encoder import SentenceEncoder
from search.encoding.passages import Reading
from search.index.storage import find_indexes
from search.index.vectors import build_indexes
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
    """Mean metrics of a model on the validation queries over the pool."""

    def __init__(self, queries: Sequence[Query], pool: Sequence[Listing], *, reading: Reading, cache: Path) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.primary_metric = PRIMARY_METRIC
        self.queries = queries
        self.pool = pool
        self.reading = reading
        self.cache = cache
        # By fingerprint: the best epoch's weights are asked for once more at the end of a run.
        self._known: dict[str, dict[str, float]] = {}
        self.qrels = {query.query_id: {query.listing_id: 1} for query in queries}

    def __call__(  # type: ignore[override]
        self,
        model: SentenceTransformer,
        output_path: str | None = None,  # noqa: ARG002 (the trainer passes it)
        epoch: float = -1,  # noqa: ARG002
        steps: int = -1,  # noqa: ARG002
    ) -> dict[str, float]:
        """Return metric -> mean over the validation queries."""
        encoder = SentenceEncoder(model, "in training")
        if encoder.fingerprint not in self._known:
            self._known[encoder.fingerprint] = self._measure(encoder)
        return dict(self._known[encoder.fingerprint])

    def _measure(self, encoder: SentenceEncoder) -> dict[str, float]:
        indexes = find_indexes(encoder, self.pool, self.cache, reading=self.reading) or build_indexes(
            encoder, self.pool, reading=self.reading, show_progress=True
        )
        searcher = DenseSearcher(encoder, *indexes)
        scores = searcher.scores([query.text for query in self.queries])
        per_query = evaluate_run(self.qrels, build_run(scores, list(self.qrels), searcher.listing_ids))
        names = next(iter(per_query.values()))
        return {name: sum(row[name] for row in per_query.values()) / len(per_query) for name in names}
