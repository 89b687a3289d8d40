"""Retrieval metrics, a value per query.

Three conventions hold for all: ties are broken by score descending, then listing_id ascending
(search/ranking.py); a judged query that is absent from the run counts 0 (ir_measures:
providers/base.py); a query without positives is refused when the dataset is loaded.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from search.ranking import build_run
from search.records import RELEVANT, Qrels, Query, Run


def ranked_ids(scores: Mapping[str, float]) -> list[str]:
    """Order listing ids by score descending, then id ascending."""
    return sorted(scores, key=lambda name: (-scores[name], name))


def ndcg(ranked: Sequence[str], relevance: Mapping[str, int], *, k: int) -> float:
    """Normalised discounted cumulative gain at k, in [0, 1].

    Source: Järvelin and Kekäläinen 2002, with the gain 2^grade - 1 of Burges et al. 2005 and log2(rank + 1) as
    discount (ir_measures: nDCG(dcg='exp-log2')). Of known items, grade 1, the gain is 1.
    """
    best = _discounted_gain(sorted(relevance.values(), reverse=True)[:k])
    return _discounted_gain([relevance.get(name, 0) for name in ranked[:k]]) / best if best else 0.0


def _discounted_gain(grades: Sequence[int]) -> float:
    return sum((2.0**grade - 1) / math.log2(rank + 1) for rank, grade in enumerate(grades, start=1))


def condensed_ndcg(ranked: Sequence[str], relevance: Mapping[str, int], *, k: int) -> float:
    """The ndcg at k of the ranking without what nobody judged, in [0, 1].

    It does not punish a system for finding what earlier ones did not, so it may flatter.

    Args:
        ranked: More than k, so that k judged ones are among them.
        relevance: The judged listings.
        k: How many judged ones count.

    Source: Sakai 2007, condensed lists.
    """
    return ndcg([name for name in ranked if name in relevance], relevance, k=k)


def precision(ranked: Sequence[str], relevance: Mapping[str, int], *, k: int, least: int = RELEVANT) -> float:
    """Share of the first k ranks with listings of at least the grade `least`, in [0, 1].

    Neither a rank that is not filled nor a listing that nobody judged has that grade, as in trec_eval's P.
    """
    return sum(relevance.get(name, 0) >= least for name in ranked[:k]) / k


def wrong_share(ranked: Sequence[str], relevance: Mapping[str, int], *, k: int) -> float:
    """Share of the first k ranks without a listing of grade 1 or more, in [0, 1]; less is better.

    What nobody judged counts as wrong, and so does a rank that is not filled.
    """
    return 1 - precision(ranked, relevance, k=k, least=1)


def judged_share(ranked: Sequence[str], relevance: Mapping[str, int], *, k: int) -> float:
    """Share of the first k results that somebody judged, in [0, 1]; 1 where nothing was found."""
    found = ranked[:k]
    return sum(name in relevance for name in found) / len(found) if found else 1.0


def reciprocal_rank(ranked: Sequence[str], relevance: Mapping[str, int], *, k: int, least: int = 1) -> float:
    """1 / rank of the first listing of at least the grade `least` within k, else 0; its mean is MRR@k."""
    for rank, name in enumerate(ranked[:k], start=1):
        if relevance.get(name, 0) >= least:
            return 1 / rank
    return 0.0


def recall(ranked: Sequence[str], relevance: Mapping[str, int], *, k: int, least: int = 1) -> float:
    """Share of the listings of at least the grade `least` that is found within k, in [0, 1].

    Of more than k such listings k can be found, so that 1 is out of reach, as in trec_eval.
    """
    relevant = {name for name, value in relevance.items() if value >= least}
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
    """Judge the listings that answer each query by their grades.

    Where all have the same, they are 1: the metrics are those of any other grade, to the last digit.
    """
    return {query.query_id: _plain(query.grades) for query in queries}


def _plain(grades: Mapping[str, int]) -> dict[str, int]:
    return dict(grades) if len(set(grades.values())) > 1 else dict.fromkeys(grades, 1)


def evaluate_run(qrels: Qrels, run: Run) -> dict[str, dict[str, float]]:
    """Return query_id -> metric -> value for ndcg@10, mrr@10, recall@1, recall@10.

    Right answers are the listings of grade 2 and more; those of grade 1, where a query has no other grade.
    """
    values = {}
    for query_id, relevance in qrels.items():
        ranked = ranked_ids(run.get(query_id, {}))
        least = min(RELEVANT, max(relevance.values(), default=1))
        values[query_id] = {
            "ndcg@10": ndcg(ranked, relevance, k=10),
            "mrr@10": reciprocal_rank(ranked, relevance, k=10, least=least),
            "recall@1": recall(ranked, relevance, k=1, least=least),
            "recall@10": recall(ranked, relevance, k=10, least=least),
        }
    return values


def score_ndcg(scores: NDArray[np.float32], queries: Sequence[Query], listing_ids: Sequence[str]) -> list[float]:
    """Return each query's ndcg@10, as known items, by its scores `(n_queries, n_listings)`."""
    qrels = known_item_qrels(queries)
    rows = evaluate_run(qrels, build_run(scores, list(qrels), listing_ids))
    return [row["ndcg@10"] for row in rows.values()]
