"""Validation during training: rank a corpus for the validation queries."""

import random
from collections.abc import Sequence
from pathlib import Path

from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.evaluation import SentenceEvaluator

from data.dataset import JobDataset
from search.encoding.sentence_encoder import SentenceEncoder
from search.index.storage import find_indexes
from search.index.vectors import build_indexes
from search.metrics import evaluate_run, known_item_qrels
from search.ranking import build_run
from search.records import Listing, Query
from search.scoring import Scoring
from search.searcher import DenseSearcher
from train.trainer.precision import training_precision

PRIMARY_METRIC = "ndcg@10"


def validation_pool(dataset: JobDataset, *, limit: int, seed: int) -> list[Listing]:
    """Draw the listings to rank in validation, in corpus order.

    The validation listings are always among them; a corpus of at most `limit` listings is taken whole. There are about
    as many others as any query has answers, or it would have nothing but right results.
    """
    if len(dataset.listings) <= limit:
        return list(dataset.listings)
    queries = dataset.queries("validation")
    wanted = {listing_id for query in queries for listing_id in query.grades}
    most = max(len(query.answers) for query in queries)
    # By id, so that the draw does not depend on the corpus's order.
    others = sorted({listing.listing_id for listing in dataset.listings} - wanted)
    count = min(len(others), max(limit - len(wanted), most - 1))
    wanted.update(random.Random(seed).sample(others, count))  # noqa: S311 (a draw, no secret)
    return [listing for listing in dataset.listings if listing.listing_id in wanted]


class RankingEvaluator(SentenceEvaluator):
    """Mean metrics of the validation queries over a pool."""

    def __init__(self, queries: Sequence[Query], pool: Sequence[Listing], *, scoring: Scoring, cache: Path) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.primary_metric = PRIMARY_METRIC
        self.queries, self.pool, self.scoring, self.cache = queries, pool, scoring, cache
        # By fingerprint: the best epoch's weights are asked for once more at the end of a run.
        self._known: dict[str, dict[str, float]] = {}

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
            # The base too, which is measured outside the trainer, so that a run compares like with like.
            with training_precision():
                self._known[encoder.fingerprint] = self._measure(encoder)
        return dict(self._known[encoder.fingerprint])

    def _measure(self, encoder: SentenceEncoder) -> dict[str, float]:
        indexes = find_indexes(encoder, self.pool, self.cache, scoring=self.scoring) or build_indexes(
            encoder, self.pool, scoring=self.scoring, show_progress=True
        )
        searcher = DenseSearcher(encoder, *indexes)
        scores = searcher.scores([query.text for query in self.queries])
        qrels = known_item_qrels(self.queries)
        per_query = evaluate_run(qrels, build_run(scores, list(qrels), searcher.listing_ids))
        names = next(iter(per_query.values()))
        return {name: sum(row[name] for row in per_query.values()) / len(per_query) for name in names}
