"""The benchmark report: means, intervals, comparisons, groups, queries."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import combinations

from data.dataset import JobDataset, Triplet
from search.benchmark_report import METRICS, BenchmarkReport, ComparisonRow, GroupRow, QueryRow, SystemRow
from search.hub_names import public_name
from search.systems import LEXICAL, System
from train.evaluation.groups import group_rows
from train.evaluation.measure import SystemResult
from train.evaluation.significance import bootstrap_mean, compare_paired

COMPARED = ("ndcg@10", "mrr@10", "recall@10", "family_precision@10", "stated_family_precision@10")
Results = Mapping[str, SystemResult]


def build_report(
    name: str, split: str, dataset: JobDataset, systems: Mapping[str, System], results: Results
) -> BenchmarkReport:
    """Gather means, intervals, comparisons and queries of a split."""
    triplets = dataset.split(split)
    groups = [triplet.query.listing_id for triplet in triplets]
    families = {listing.listing_id: listing.family for listing in dataset.listings}
    ndcg = {one: result.ndcg for one, result in results.items()}
    report = BenchmarkReport(
        dataset=public_name(name),
        dataset_hash=dataset.dataset_hash,
        fictional=dataset.is_fictional,
        split=split,
        n_queries=len(triplets),
        n_listings=len(dataset.listings),
        systems={one: _system_row(systems[one], result, groups) for one, result in results.items()},
        comparisons=[row for a, b in ordered_pairs(list(results)) for row in _comparison_rows(a, b, results, groups)],
        styles=_sorted(group_rows([triplet.query.style for triplet in triplets], groups, ndcg)),
        families=_sorted(group_rows([families[listing_id] or "" for listing_id in groups], groups, ndcg)),
        per_query=_query_rows(triplets, families, results),
    )
    several = sum(len(triplet.query.answers) > 1 for triplet in triplets)
    # A field that is not set is not written.
    return report.model_copy(update={"several_answers": several}) if several else report


def _sorted(rows: Mapping[str, GroupRow]) -> dict[str, GroupRow]:
    return dict(sorted(rows.items()))


def ordered_pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    """Pair the later systems with the earlier, BM25 last."""
    ordered = sorted(names, key=lambda name: name != LEXICAL)
    pairs = [(a, b) for b, a in combinations(ordered, 2)]
    return sorted(pairs, key=lambda pair: (-names.index(pair[0]), pair[1] == LEXICAL))


def _system_row(system: System, result: SystemResult, groups: Sequence[str]) -> SystemRow:
    metrics = {}
    for name in METRICS:
        values, judged = _where_judged(result.values[name], groups)
        metrics[name] = bootstrap_mean(values, judged).model_copy(update={"n": len(values)}) if values else None
    query_ms = bootstrap_mean(result.query_ms, [str(number) for number in range(len(result.query_ms))])
    row = SystemRow(metrics=metrics, query_ms=query_ms, fingerprint=system.fingerprint, scoring=system.scoring)
    # A field that is not set is not written.
    return row if system.weight is None else row.model_copy(update={"weight": system.weight})


def _where_judged(values: Sequence[float | None], groups: Sequence[str]) -> tuple[list[float], list[str]]:
    """Leave out queries to which the metric does not apply."""
    judged = [(value, group) for value, group in zip(values, groups, strict=True) if value is not None]
    return [value for value, _ in judged], [group for _, group in judged]


def _comparison_rows(a: str, b: str, results: Results, groups: Sequence[str]) -> list[ComparisonRow]:
    rows = []
    for metric in COMPARED:
        of_a, judged = _where_judged(results[a].values[metric], groups)
        of_b, _ = _where_judged(results[b].values[metric], groups)
        if judged:
            found = compare_paired(of_a, of_b, judged)
            rows.append(ComparisonRow(a=a, b=b, metric=metric, **asdict(found)))
    return rows


def _query_rows(triplets: Sequence[Triplet], families: Mapping[str, str | None], results: Results) -> list[QueryRow]:
    return [
        QueryRow(
            **({"answers": count} if (count := len(triplet.query.answers)) > 1 else {}),
            query_id=triplet.query.query_id,
            query=triplet.query.text,
            style=triplet.query.style,
            family=families[triplet.query.listing_id],
            listing_id=triplet.query.listing_id,
            ranks={name: result.ranks[number] for name, result in results.items()},
            ndcg={name: result.ndcg[number] for name, result in results.items()},
        )
        for number, triplet in enumerate(triplets)
    ]
