"""Retrieval metrics, a value per query.

Three conventions hold for all: ties are broken by score descending, then listing_id ascending
(search/ranking.py); a judged query that is absent from the run counts 0 (ir_measures:
providers/base.py); a query without positives is refused when the dataset is loaded.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

from search.records import Qrels, Query, Run


def ranked_ids(scores: Mapping[str, float]) -> list[str]:
    """Order listing ids by score descending, then id ascending."""
    return sorted(scores, key=lambda name: (-scores[name], name))


def ndcg(ranked: Sequence[str], relevance: Mapping[str, int], *, k: int) -> float:
    """Normalised discounted cumulative gain at k, in [0, 1].

    Source: Järvelin and Kekäläinen 2002, with the relevance itself as gain and log2(rank + 1) as
    discount (the variant of trec_eval's ndcg_cut).
    """
    gains = [relevance.get(name, 0) for name in ranked[:k]]
    ideal = sorted((value for value in relevance.values() if value > 0), reverse=True)[:k]
    best = sum(gain / math.log2(rank + 1) for rank, gain in enumerate(ideal, start=1))
    found = sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))
    return found / best if best else 0.0


def reciprocal_rank(ranked: Sequence[str], relevance: Mapping[str, int], *, k: int) -> float:
    """1 / rank of the first relevant listing within k, else 0; its mean is MRR@k."""
    for rank, name in enumerate(ranked[:k], start=1):
        if relevance.get(name, 0) > 0:
            return 1 / rank
    return 0.0


def recall(ranked: Sequence[str], relevance: Mapping[str, int], *, k: int) -> float:
    """Share of the relevant listings found within k, in [0, 1]."""
    relevant = {name for name, value in relevance.items() if value > 0}
    return len(relevant.intersection(ranked[:k])) / len(relevant) if relevant else 0.0


def family_precision(ranked: Sequence[str], families: Mapping[str, str | None], wanted: str, *, k: int) -> float:
    """Share of the first k ranks with listings of the wanted family, in [0, 1].

    A rank that is not filled counts as a miss, as in precision@k of trec_eval.
    """
    return sum(families.get(name) == wanted for name in ranked[:k]) / k


def triplet_accuracy(positive: float, negative: float) -> float:
    """1 where the positive scores higher, else 0; a tie is a miss.

    Source: the seed's metric (sentence-transformers' TripletEvaluator), for one triplet.
    """
    return float(positive > negative)


def known_item_qrels(queries: Iterable[Query]) -> dict[str, dict[str, int]]:
    """Judge the listing that each query was written for as its one relevant listing."""
    return {query.query_id: {query.listing_id: 1} for query in queries}


def evaluate_run(qrels: Qrels, run: Run) -> dict[str, dict[str, float]]:
    """Return query_id -> metric -> value for ndcg@10, mrr@10, recall@1, recall@10."""
    values = {}
    for query_id, relevance in qrels.items():
        ranked = ranked_ids(run.get(query_id, {}))
        values[query_id] = {
            "ndcg@10": ndcg(ranked, relevance, k=10),
            "mrr@10": reciprocal_rank(ranked, relevance, k=10),
            "recall@1": recall(ranked, relevance, k=1),
            "recall@10": recall(ranked, relevance, k=10),
        }
    return values
