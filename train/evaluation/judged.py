"""Systems on judged queries: graded measures, and what they listen to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from statistics import fmean

from data.judgments.records import JudgedQuery, Judgments
from search.benchmark_report import (
    COMPARED_JUDGED,
    FACTS,
    JUDGED_METRICS,
    LESS_IS_BETTER,
    ComparisonRow,
    FactRow,
    JudgedQueryRow,
    JudgedReport,
    JudgedSystem,
)
from search.metrics import condensed_ndcg, judged_share, ndcg, precision, ranked_ids, wrong_share
from search.ranking import MAX_RESULTS, build_run
from search.records import Listing
from search.searcher import Searcher
from train.evaluation.groups import group_rows
from train.evaluation.report import ordered_pairs
from train.evaluation.significance import bootstrap_mean, compare_paired

K = 10
# In the order of JUDGED_METRICS.
MEASURES: Sequence[Callable[[Sequence[str], Mapping[str, int]], float]] = (
    partial(ndcg, k=K),
    partial(condensed_ndcg, k=K),
    partial(precision, k=5),
    partial(wrong_share, k=K),
    partial(judged_share, k=K),
)


@dataclass(frozen=True)
class JudgedResult:
    """What one system did: metric -> a value a query; and a query's stated facts -> share of the ten that meets it."""

    values: Mapping[str, list[float]]
    facts: list[dict[str, float]]


def evaluate_judged(searcher: Searcher, judgments: Judgments, listings: Sequence[Listing]) -> JudgedResult:
    """Rank the corpus for each judged query, and grade the results."""
    by_id = {listing.listing_id: listing for listing in listings}
    scores = searcher.scores([query.text for query in judgments.queries])
    ids = [query.query_id for query in judgments.queries]
    run = build_run(scores, ids, searcher.listing_ids, depth=min(MAX_RESULTS, len(listings)))
    ranked = {query_id: ranked_ids(found) for query_id, found in run.items()}
    qrels = judgments.qrels
    values = {
        name: [measure(ranked[query_id], qrels[query_id]) for query_id in ids]
        for name, measure in zip(JUDGED_METRICS, MEASURES, strict=True)
    }
    facts = [_shares(query, [by_id[name] for name in ranked[query.query_id][:K]]) for query in judgments.queries]
    return JudgedResult(values, facts)


def _shares(query: JudgedQuery, results: Sequence[Listing]) -> dict[str, float]:
    """Return the share of K ranks that meets each stated fact."""
    met = [query.stated.meets(listing) for listing in results]
    stated = met[0] if met else {}
    return {fact: sum(one[fact] for one in met) / K for fact in stated}


def build_judged_report(
    split: str, judgments: Judgments, listings: Sequence[Listing], results: Mapping[str, JudgedResult]
) -> JudgedReport:
    """Gather means, intervals, comparisons, kinds, facts and queries."""
    ids = [query.query_id for query in judgments.queries]
    ndcg = {name: result.values["ndcg@10"] for name, result in results.items()}
    return JudgedReport(
        split=split,
        n_queries=len(ids),
        n_judgments=sum(map(len, judgments.qrels.values())),
        judgments_hash=judgments.hash,
        assessors=judgments.record.assessors,
        agreement=judgments.record.agreement,
        systems={
            name: JudgedSystem(
                metrics={metric: bootstrap_mean(values, ids) for metric, values in result.values.items()}
            )
            for name, result in results.items()
        },
        comparisons=[row for a, b in ordered_pairs(list(results)) for row in _comparison_rows(a, b, ids, results)],
        kinds=group_rows([query.kind for query in judgments.queries], ids, ndcg),
        facts=_fact_rows(judgments.queries, listings, results),
        per_query=[
            JudgedQueryRow(
                query_id=query.query_id,
                query=query.text,
                kind=query.kind,
                ndcg={name: values[number] for name, values in ndcg.items()},
                wrong={name: result.values["wrong@10"][number] for name, result in results.items()},
            )
            for number, query in enumerate(judgments.queries)
        ],
    )


def _comparison_rows(a: str, b: str, ids: Sequence[str], results: Mapping[str, JudgedResult]) -> list[ComparisonRow]:
    rows = []
    for metric in COMPARED_JUDGED:
        of_a, of_b = results[a].values[metric], results[b].values[metric]
        found = compare_paired(of_a, of_b, ids, less_is_better=metric in LESS_IS_BETTER)
        rows.append(ComparisonRow(a=a, b=b, metric=metric, **asdict(found)))
    return rows


def _fact_rows(
    queries: Sequence[JudgedQuery], listings: Sequence[Listing], results: Mapping[str, JudgedResult]
) -> dict[str, FactRow]:
    """Return, for each fact that queries state, the share of results that meet it."""
    met = [[query.stated.meets(listing) for listing in listings] for query in queries]
    rows = {}
    for fact in FACTS:
        numbers = [number for number, stated in enumerate(met) if fact in stated[0]]
        if numbers:
            counts = [sum(one[fact] for one in met[number]) for number in numbers]
            ids = [queries[number].query_id for number in numbers]
            rows[fact] = FactRow(
                n=len(numbers),
                chance=fmean(count / len(listings) for count in counts),
                best=fmean(min(1.0, count / K) for count in counts),
                systems={
                    name: bootstrap_mean([result.facts[number].get(fact, 0.0) for number in numbers], ids)
                    for name, result in results.items()
                },
            )
    return rows
