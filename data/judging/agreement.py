"""How far assessors agree: on grades, and on the order of systems."""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from statistics import fmean

from scipy.stats import kendalltau
from sklearn.metrics import cohen_kappa_score

from data.judging.pool import PairId, Rankings
from data.judgments.records import GRADES
from search.benchmark_report import MARKS, Agreement
from search.metrics import condensed_ndcg
from search.records import RELEVANT

Graded = Mapping[PairId, int]
K = 10
# Means that differ by less are equal.
DIGITS = 9


def compare_assessors(by_assessor: Mapping[str, Graded], rankings: Rankings) -> list[Agreement]:
    """Compare each two assessors on the pairs that both graded; those without any are left out."""
    found = []
    for (a, of_a), (b, of_b) in combinations(by_assessor.items(), 2):
        common = [pair_id for pair_id in of_a if pair_id in of_b]
        if common:
            grades_a, grades_b = ({pair_id: graded[pair_id] for pair_id in common} for graded in (of_a, of_b))
            tau = system_tau(grades_a, grades_b, rankings)
            agreement = _compare_grades(a, b, list(grades_a.values()), list(grades_b.values()), GRADES)
            systems = [] if tau is None else list(rankings)
            found.append(agreement.model_copy(update={"tau": tau, "systems": systems}))
    return found


def compare_marks(by_assessor: Mapping[str, Graded], marks: Mapping[PairId, bool]) -> list[Agreement]:
    """Compare each assessor with the blind test's marks: a grade of 2 and more should fit.

    There are two classes, so both kappas are the same.
    """
    found = []
    for name, graded in by_assessor.items():
        common = [pair_id for pair_id in graded if pair_id in marks]
        if common:
            fits = [int(graded[pair_id] >= RELEVANT) for pair_id in common]
            marked = [int(marks[pair_id]) for pair_id in common]
            found.append(_compare_grades(name, MARKS, fits, marked, (0, 1)))
    return found


def _compare_grades(a: str, b: str, of_a: Sequence[int], of_b: Sequence[int], labels: Sequence[int]) -> Agreement:
    same = fmean(x == y for x, y in zip(of_a, of_b, strict=True))
    plain, weighted = (kappa(of_a, of_b, labels, squared=squared) for squared in (False, True))
    return Agreement(a=a, b=b, n=len(of_a), same=same, kappa=plain, weighted_kappa=weighted)


def kappa(of_a: Sequence[int], of_b: Sequence[int], labels: Sequence[int], *, squared: bool) -> float:
    """Cohen's kappa in [-1, 1], plain, or weighted by squared distances: agreement beyond chance.

    Where both gave one and the same grade throughout it is undefined, as chance alone would agree as much; it is 0
    then, as where only one of them did so.

    Source: Cohen 1960 and 1968; scikit-learn's `cohen_kappa_score`.
    """
    if len({*of_a, *of_b}) == 1:
        return 0.0
    return float(cohen_kappa_score(of_a, of_b, labels=list(labels), weights="quadratic" if squared else None))


def system_tau(of_a: Graded, of_b: Graded, rankings: Rankings) -> float | None:
    """Kendall's tau in [-1, 1] between the orders in which two assessors' grades put the systems.

    A system's value is its mean condensed ndcg@10, over the queries for which both gave some grade above 0: without
    one, all systems have 0. None for fewer than two systems, no such query, or where all systems are equal to one.

    Args:
        of_a: One assessor's grades.
        of_b: The other's, of the same pairs.
        rankings: The systems' results.

    Source: Kendall 1945 (tau-b, which counts ties); scipy's `kendalltau`.
    """
    qrels_a, qrels_b = _by_query(of_a), _by_query(of_b)
    queries = [query_id for query_id in qrels_a if any(qrels_a[query_id].values()) and any(qrels_b[query_id].values())]
    if len(rankings) < 2 or not queries:
        return None
    means_a, means_b = (
        [
            round(fmean(condensed_ndcg(ranked.get(one, ()), qrels[one], k=K) for one in queries), DIGITS)
            for ranked in rankings.values()
        ]
        for qrels in (qrels_a, qrels_b)
    )
    if 1 in (len(set(means_a)), len(set(means_b))):
        return None
    tau = float(kendalltau(means_a, means_b).statistic)
    return None if math.isnan(tau) else tau


def _by_query(graded: Graded) -> dict[str, dict[str, int]]:
    qrels: dict[str, dict[str, int]] = {}
    for (query_id, listing_id), grade in graded.items():
        qrels.setdefault(query_id, {})[listing_id] = grade
    return qrels
