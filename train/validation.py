"""Validation during training: rank a corpus for the validation queries."""

import random
from collections.abc import Sequence
from pathlib import Path

from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.evaluation import SentenceEvaluator

from data.folder import JobDataset
from search.encoder import SentenceEncoder
from search.index import load_or_build_index
from search.metrics import evaluate_run
from search.ranking import id_order, top_k
from search.records import Listing, Query, Run
from search.searcher import DenseSearcher, Searcher

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


def build_run(searcher: Searcher, queries: Sequence[Query], *, depth: int = 10) -> Run:
    """Rank the searcher's corpus for each query, to a depth."""
    places = id_order(searcher.listing_ids)
    run = {}
    for query, scores in zip(queries, searcher.scores([query.text for query in queries]), strict=True):
        best = top_k(scores, places, k=depth)
        run[query.query_id] = {searcher.listing_ids[p]: float(scores[p]) for p in best.tolist()}
    return run


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

    def __call__(  # type: ignore[override]
        self,
        model: SentenceTransformer,
        output_path: str | None = None,  # noqa: ARG002 (the trainer passes it)
        epoch: float = -1,
        steps: int = -1,
    ) -> dict[str, float]:
        """Return metric -> mean over the validation queries."""
        encoder = SentenceEncoder(model, "in training")
        index = load_or_build_index(encoder, self.pool, self.cache, show_progress=True)
        per_query = evaluate_run(self.qrels, build_run(DenseSearcher(encoder, index), self.queries))
        names = next(iter(per_query.values()))
        means = {name: sum(row[name] for row in per_query.values()) / len(per_query) for name in names}
        if epoch >= 0:
            self.history.append({"epoch": epoch, "step": steps, **means})
        return means
