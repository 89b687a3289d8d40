"""Measurements -> the benchmark JSON: means, intervals, comparisons, groups, queries; and the table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from itertools import combinations
from typing import Any

from data.dataset import JobDataset, Triplet
from search.hub_names import public_name
from train.evaluation.significance import bootstrap_mean, compare_paired
from train.evaluation.systems import LEXICAL, METRICS, System, SystemResult

COMPARED = ("ndcg@10", "mrr@10", "recall@10", "family_precision@10", "role_precision@10")
# Below so many queries an interval says nothing.
MIN_GROUP = 5
Results = Mapping[str, SystemResult]


def build_report(
    name: str, split: str, dataset: JobDataset, systems: Mapping[str, System], results: Results
) -> dict[str, Any]:
    """Gather means, intervals, comparisons and queries in the format of the benchmark JSON."""
    triplets = dataset.split(split)
    groups = [triplet.query.listing_id for triplet in triplets]
    families = {listing.listing_id: listing.family for listing in dataset.listings}
    return {
        "dataset": public_name(name),
        "dataset_hash": dataset.dataset_hash,
        "fictional": dataset.is_fictional,
        "split": split,
        "n_queries": len(triplets),
        "n_listings": len(dataset.listings),
        "systems": {one: _system_row(systems[one], result, groups) for one, result in results.items()},
        "comparisons": [
            row for a, b in ordered_pairs(list(results)) for row in _comparison_rows(a, b, results, groups)
        ],
        "styles": _group_rows(triplets, results, lambda triplet: triplet.query.style),
        "families": _group_rows(triplets, results, lambda triplet: families[triplet.query.listing_id] or ""),
        "per_query": _query_rows(triplets, families, results),
    }


def ordered_pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    """Pair the systems as (a, b): the later against the earlier, then each against BM25."""
    ordered = sorted(names, key=lambda name: name != LEXICAL)
    pairs = [(a, b) for b, a in combinations(ordered, 2)]
    return sorted(pairs, key=lambda pair: (-names.index(pair[0]), pair[1] == LEXICAL))


def _system_row(system: System, result: SystemResult, groups: Sequence[str]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name in METRICS:
        values, judged = _where_judged(result.values[name], groups)
        row[name] = asdict(bootstrap_mean(values, judged)) | {"n": len(values)} if values else None
    row["query_ms"] = asdict(bootstrap_mean(result.query_ms, [str(n) for n in range(len(result.query_ms))]))
    row["fingerprint"] = system.fingerprint
    row["reading"] = system.reading
    if system.weight is not None:
        row["weight"] = system.weight
    return row


def _where_judged(values: Sequence[float | None], groups: Sequence[str]) -> tuple[list[float], list[str]]:
    """Leave out the queries to which the metric does not apply, the same ones for every system."""
    kept = [(value, group) for value, group in zip(values, groups, strict=True) if value is not None]
    return [value for value, _ in kept], [group for _, group in kept]


def _comparison_rows(a: str, b: str, results: Results, groups: Sequence[str]) -> list[dict[str, Any]]:
    rows = []
    for metric in COMPARED:
        of_a, judged = _where_judged(results[a].values[metric], groups)
        of_b, _ = _where_judged(results[b].values[metric], groups)
        if judged:
            rows.append({"a": a, "b": b, "metric": metric} | _comparison(of_a, of_b, judged))
    return rows


def _comparison(of_a: Sequence[float], of_b: Sequence[float], groups: Sequence[str]) -> dict[str, Any]:
    found = compare_paired(of_a, of_b, groups)
    return {
        "difference": found.interval.mean,
        "low": found.interval.low,
        "high": found.interval.high,
        "p_value": found.p_value,
        "wins": found.wins,
        "ties": found.ties,
        "losses": found.losses,
        "verdict": found.verdict,
    }


def _group_rows(
    triplets: Sequence[Triplet], results: Results, group_of: Callable[[Triplet], str]
) -> dict[str, dict[str, Any]]:
    """Return group -> number of queries and each system's ndcg@10, for groups large enough to say something."""
    members: dict[str, list[int]] = {}
    for place, triplet in enumerate(triplets):
        if group := group_of(triplet):
            members.setdefault(group, []).append(place)
    rows = {}
    for group, places in sorted(members.items()):
        if len(places) < MIN_GROUP:
            continue
        listings = [triplets[place].query.listing_id for place in places]
        means = {
            name: asdict(bootstrap_mean([result.values["ndcg@10"][place] or 0.0 for place in places], listings))
            for name, result in results.items()
        }
        rows[group] = {"n": len(places), "systems": {name: {"ndcg@10": mean} for name, mean in means.items()}}
    return rows


def _query_rows(
    triplets: Sequence[Triplet], families: Mapping[str, str | None], results: Results
) -> list[dict[str, Any]]:
    return [
        {
            "query_id": triplet.query.query_id,
            "query": triplet.query.text,
            "style": triplet.query.style,
            "family": families[triplet.query.listing_id],
            "listing_id": triplet.query.listing_id,
            "ranks": {name: result.ranks[place] for name, result in results.items()},
            "ndcg@10": {name: result.values["ndcg@10"][place] for name, result in results.items()},
        }
        for place, triplet in enumerate(triplets)
    ]


def render_table(report: Mapping[str, Any]) -> str:
    """Return the report as text for a terminal."""
    lines = [
        f"{report['dataset']}, split {report['split']}: {report['n_queries']} queries, "
        f"each ranking {report['n_listings']} listings; 95 % intervals"
        + ("; the corpus is fictional, written by a language model" if report["fictional"] else ""),
        "",
        _line("system", [*METRICS, "query_ms"]),
    ]
    for name, row in report["systems"].items():
        lines.append(_line(name, [*(_cell(row[metric], 3) for metric in METRICS), _cell(row["query_ms"], 1)]))
    lines.append("")
    for row in report["comparisons"]:
        lines.append(
            f"{row['a']} - {row['b']:<8} {row['metric']:<20} {row['difference']:+.3f} "
            f"[{row['low']:+.3f}, {row['high']:+.3f}]  p={row['p_value']:.4f}  "
            f"{row['wins']} won, {row['ties']} tied, {row['losses']} lost  {row['verdict']}"
        )
    names = list(report["systems"])
    for title, key in (("style", "styles"), ("family", "families"), ("as typed and worse", "robustness")):
        if report.get(key):
            lines += ["", _line(f"ndcg@10 by {title}", ["queries", *names])]
            for group, row in report[key].items():
                lines.append(
                    _line(group, [str(row["n"]), *(_cell(row["systems"][name]["ndcg@10"], 3) for name in names)])
                )
    if report.get("similarity"):
        lines += ["", _line("everyday sentences", ["in order", "spearman"])]
        for name, row in report["similarity"].items():
            lines.append(_line(name, [_cell(row["in_order"], 3), f"{row['spearman']:.3f}"]))
    return "\n".join(lines)


def _line(head: str, cells: Sequence[str]) -> str:
    return (f"{head:<30}" + "".join(f"{cell:<22}" for cell in cells)).rstrip()


def _cell(value: Mapping[str, float] | None, digits: int) -> str:
    if value is None:
        return "-"
    return f"{value['mean']:.{digits}f} [{value['low']:.{digits}f}, {value['high']:.{digits}f}]"
