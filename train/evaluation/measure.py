"""A searcher on a split's queries: metrics, ranks, speed."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean

from data.corpus.titles import find_family
from data.dataset import JobDataset, Triplet
from search.benchmark_report import METRICS
from search.metrics import evaluate_run, family_precision, known_item_qrels, ranked_ids, triplet_accuracy
from search.ranking import build_run, id_order, rank_of
from search.searcher import Searcher

WARM_UP_QUERIES, TIMED_QUERIES = 3, 30


@dataclass(frozen=True)
class SystemResult:
    """What one system did with each query.

    `values` has a value a query for each metric, None where the metric does not apply: family precision of answers
    without a family or of several, stated-family precision of a query that states none. `ranks` are the best answers'.
    """

    values: Mapping[str, list[float | None]]
    ranks: list[int]
    query_ms: list[float]

    @cached_property
    def ndcg(self) -> list[float]:
        """The ndcg@10 of each query; it applies to all."""
        return [value or 0.0 for value in self.values["ndcg@10"]]


def evaluate_system(searcher: Searcher, triplets: Sequence[Triplet], dataset: JobDataset) -> SystemResult:
    """Rank the corpus for each query, and time some."""
    texts = [triplet.query.text for triplet in triplets]
    scores = searcher.scores(texts)
    qrels = known_item_qrels(triplet.query for triplet in triplets)
    run = build_run(scores, list(qrels), searcher.listing_ids)
    measured = evaluate_run(qrels, run)
    families = {listing.listing_id: listing.family for listing in dataset.listings}
    columns = {listing_id: column for column, listing_id in enumerate(searcher.listing_ids)}
    order = id_order(searcher.listing_ids)
    rows: list[dict[str, float | None]] = []
    ranks = []
    for triplet, row in zip(triplets, scores, strict=True):
        query, own = triplet.query, columns[triplet.query.listing_id]
        ranked = ranked_ids(run[query.query_id])
        ranks.append(rank_of(row, order, own))
        rows.append(
            {
                **measured[query.query_id],
                "family_precision@10": _family_precision(ranked, families, _shared_family(query.answers, families)),
                "stated_family_precision@10": _family_precision(ranked, families, find_family(query.text)),
                "triplet_accuracy": fmean(
                    triplet_accuracy(row[columns[right]], row[columns[wrong]]) for right, wrong in triplet.pairs
                ),
            }
        )
    return SystemResult({name: [row[name] for row in rows] for name in METRICS}, ranks, time_queries(searcher, texts))


def _shared_family(answers: Sequence[str], families: Mapping[str, str | None]) -> str | None:
    found = {families[listing_id] for listing_id in answers}
    return found.pop() if len(found) == 1 else None


def _family_precision(ranked: Sequence[str], families: Mapping[str, str | None], wanted: str | None) -> float | None:
    return family_precision(ranked, families, wanted, k=10) if wanted else None


def time_queries(searcher: Searcher, texts: Sequence[str]) -> list[float]:
    """Return the milliseconds of the first queries, after a warm-up."""
    milliseconds = []
    for text in [*texts[:WARM_UP_QUERIES], *texts[:TIMED_QUERIES]]:
        started = time.perf_counter()
        searcher.search(text, k=10)
        milliseconds.append((time.perf_counter() - started) * 1000)
    return milliseconds[len(texts[:WARM_UP_QUERIES]) :]
