"""The command `python -m train.benchmark`: rank the whole corpus with each system, and compare."""

import argparse
import logging
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from data.folder import JobDataset, Triplet, load_job_dataset
from search.commands import run_command
from search.encoder import load_encoder
from search.files import save_json
from search.index import load_or_build_index
from search.lexical import LexicalSearcher
from search.metrics import evaluate_run, family_precision, ranked_ids, triplet_accuracy
from search.ranking import build_run, id_order, rank_of
from search.searcher import DenseSearcher, Searcher
from train.significance import bootstrap_mean, compare_paired

logger = logging.getLogger(__name__)

LEXICAL = "bm25"
METRICS = ("ndcg@10", "mrr@10", "recall@1", "recall@10", "family_precision@10", "triplet_accuracy")
COMPARED = ("ndcg@10", "mrr@10", "recall@10", "family_precision@10")
TIMED_QUERIES = 30


@dataclass(frozen=True)
class BenchmarkConfig:
    """The options of `python -m train.benchmark`."""

    dataset: str
    systems: tuple[str, ...]
    split: str = "test"
    json: Path | None = None
    cache: Path = Path("build/index")

    def __post_init__(self) -> None:
        """Check the systems.

        Raises:
            ValueError: a system is neither `NAME=MODEL` nor bm25, or a name stands twice.
        """
        parse_systems(self.systems)


@dataclass(frozen=True)
class SystemResult:
    """What one system did: metric -> a value a query, the rank of each query's listing, its speed.

    A value is None where the metric does not apply: family precision of a listing without a family.
    """

    values: Mapping[str, list[float | None]]
    ranks: list[int]
    query_ms: list[float]
    fingerprint: str


def parse_systems(values: Sequence[str]) -> dict[str, str]:
    """Read `NAME=MODEL` and `bm25` into name -> model.

    Raises:
        ValueError: neither of both, or a name stands twice.
    """
    systems: dict[str, str] = {}
    for value in values:
        name, equals, model = value.partition("=")
        if value != LEXICAL and not (equals and name and model):
            raise ValueError(f"expected systems as NAME=MODEL or {LEXICAL}, got {value!r}")
        if name in systems:
            raise ValueError(f"expected each system's name once, got {name!r} again; give it another name")
        systems[name] = model
    return systems


def evaluate_system(searcher: Searcher, triplets: Sequence[Triplet], dataset: JobDataset) -> dict[str, Any]:
    """Rank the whole corpus for each triplet's query.

    Returns:
        `values`: metric -> one value a query; `ranks`: the rank of each query's own listing.
    """
    families = {listing.listing_id: listing.family for listing in dataset.listings}
    places = id_order(searcher.listing_ids)
    position = {listing_id: place for place, listing_id in enumerate(searcher.listing_ids)}
    matrix = searcher.scores([triplet.query.text for triplet in triplets])
    qrels = {triplet.query.query_id: {triplet.query.listing_id: 1} for triplet in triplets}
    run = build_run(matrix, list(qrels), searcher.listing_ids)
    values: dict[str, list[float | None]] = {name: [] for name in METRICS}
    ranks = []
    for (query_id, row), triplet, scores in zip(evaluate_run(qrels, run).items(), triplets, matrix, strict=True):
        for name in row.keys() & values.keys():
            values[name].append(row[name])
        own, wanted = triplet.query.listing_id, families[triplet.query.listing_id]
        ranks.append(rank_of(scores, places, position[own]))
        beaten = [triplet_accuracy(scores[position[own]], scores[position[other]]) for other in triplet.negative_ids]
        values["triplet_accuracy"].append(sum(beaten) / len(beaten))
        ranked = ranked_ids(run[query_id])
        values["family_precision@10"].append(family_precision(ranked, families, wanted, k=10) if wanted else None)
    return {"values": values, "ranks": ranks}


def time_queries(searcher: Searcher, texts: Sequence[str]) -> list[float]:
    """Return the milliseconds that encoding and searching takes, one a query, after a warm-up."""
    milliseconds = []
    for place, text in enumerate([*texts[:3], *texts[:TIMED_QUERIES]]):
        started = time.perf_counter()
        searcher.search(text, k=10)
        if place >= len(texts[:3]):
            milliseconds.append((time.perf_counter() - started) * 1000)
    return milliseconds


def run_systems(config: BenchmarkConfig, dataset: JobDataset) -> dict[str, SystemResult]:
    """Load and measure each system in turn."""
    triplets = dataset.split(config.split)
    results = {}
    for name, model in parse_systems(config.systems).items():
        logger.info("system    %s: %s", name, model or "words, bm25s")
        if model:
            encoder = load_encoder(model)
            index = load_or_build_index(encoder, dataset.listings, config.cache, show_progress=True)
            searcher: Searcher = DenseSearcher(encoder, index)
            fingerprint = encoder.fingerprint
        else:
            searcher, fingerprint = LexicalSearcher(dataset.listings), LEXICAL
        measured = evaluate_system(searcher, triplets, dataset)
        speed = time_queries(searcher, [triplet.query.text for triplet in triplets])
        results[name] = SystemResult(query_ms=speed, fingerprint=fingerprint, **measured)
    return results


def build_report(config: BenchmarkConfig, dataset: JobDataset, results: Mapping[str, SystemResult]) -> dict[str, Any]:
    """Gather means, intervals, comparisons and queries in the format of the benchmark JSON."""
    triplets = dataset.split(config.split)
    groups = [triplet.query.listing_id for triplet in triplets]
    systems = {name: _system_row(result, groups) for name, result in results.items()}
    return {
        "dataset": config.dataset,
        "dataset_hash": dataset.dataset_hash,
        "fictional": dataset.is_fictional,
        "split": config.split,
        "n_queries": len(triplets),
        "n_listings": len(dataset.listings),
        "systems": systems,
        "comparisons": [
            row for a, b in ordered_pairs(list(results)) for row in _comparison_rows(a, b, results, groups)
        ],
        "per_query": _query_rows(triplets, dataset, results),
    }


def ordered_pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    """Pair the systems as (a, b): the later against the earlier, then each against BM25."""
    ordered = sorted(names, key=lambda name: name != LEXICAL)
    pairs = [(a, b) for b, a in combinations(ordered, 2)]
    return sorted(pairs, key=lambda pair: (-names.index(pair[0]), pair[1] == LEXICAL))


def _system_row(result: SystemResult, groups: Sequence[str]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name in METRICS:
        values, judged = _where_judged(result.values[name], groups)
        row[name] = asdict(bootstrap_mean(values, judged)) | {"n": len(values)} if values else None
    row["query_ms"] = asdict(bootstrap_mean(result.query_ms, [str(n) for n in range(len(result.query_ms))]))
    row["fingerprint"] = result.fingerprint
    return row


def _where_judged(values: Sequence[float | None], groups: Sequence[str]) -> tuple[list[float], list[str]]:
    """Leave out the queries to which the metric does not apply, the same ones for every system."""
    kept = [(value, group) for value, group in zip(values, groups, strict=True) if value is not None]
    return [value for value, _ in kept], [group for _, group in kept]


def _comparison_rows(
    a: str, b: str, results: Mapping[str, SystemResult], groups: Sequence[str]
) -> list[dict[str, Any]]:
    rows = []
    for metric in COMPARED:
        of_a, judged = _where_judged(results[a].values[metric], groups)
        of_b, _ = _where_judged(results[b].values[metric], groups)
        if not judged:
            continue
        found = compare_paired(of_a, of_b, judged)
        rows.append(
            {
                "a": a,
                "b": b,
                "metric": metric,
                "difference": found.interval.mean,
                "low": found.interval.low,
                "high": found.interval.high,
                "p_value": found.p_value,
                "wins": found.wins,
                "ties": found.ties,
                "losses": found.losses,
                "verdict": found.verdict,
            }
        )
    return rows


def _query_rows(
    triplets: Sequence[Triplet], dataset: JobDataset, results: Mapping[str, SystemResult]
) -> list[dict[str, Any]]:
    families = {listing.listing_id: listing.family for listing in dataset.listings}
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
        "".join(f"{head:<22}" for head in ("system", *METRICS, "query_ms")).rstrip(),
    ]
    for name, row in report["systems"].items():
        cells = [_cell(row[metric], 3) for metric in METRICS] + [_cell(row["query_ms"], 1)]
        lines.append("".join(f"{cell:<22}" for cell in (name, *cells)).rstrip())
    lines.append("")
    for row in report["comparisons"]:
        lines.append(
            f"{row['a']} - {row['b']:<8} {row['metric']:<20} {row['difference']:+.3f} "
            f"[{row['low']:+.3f}, {row['high']:+.3f}]  p={row['p_value']:.4f}  "
            f"{row['wins']} won, {row['ties']} tied, {row['losses']} lost  {row['verdict']}"
        )
    return "\n".join(lines)


def _cell(value: Mapping[str, float] | None, digits: int) -> str:
    if value is None:
        return "-"
    return f"{value['mean']:.{digits}f} [{value['low']:.{digits}f}, {value['high']:.{digits}f}]"


def benchmark(config: BenchmarkConfig) -> dict[str, Any]:
    """Measure the systems, print the table, and write the JSON where one is asked for."""
    dataset = load_job_dataset(config.dataset)
    report = build_report(config, dataset, run_systems(config, dataset))
    print(render_table(report))
    if config.json:
        save_json(report, config.json)
    return report


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m train.benchmark", description="Rank the whole corpus with each system, and compare."
    )
    parser.add_argument("--dataset", required=True, help="a dataset folder, or USER/NAME on the Hub")
    parser.add_argument("--split", default=BenchmarkConfig.split, help="train, validation or test")
    parser.add_argument("--systems", nargs="+", required=True, help=f"NAME=MODEL ..., and {LEXICAL}")
    parser.add_argument("--json", type=Path, help="write the whole report there")
    parser.add_argument("--cache", type=Path, default=BenchmarkConfig.cache, help="folder for vectors already made")
    options = vars(parser.parse_args(argv))
    options["systems"] = tuple(options["systems"])
    return run_command(lambda: benchmark(BenchmarkConfig(**options)), name="benchmark")


if __name__ == "__main__":
    sys.exit(main())
