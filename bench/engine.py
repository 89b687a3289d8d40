"""The command `python -m bench.engine`: how Qdrant Edge grows, by copies of the bundled corpus with jittered vectors."""

import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from bench.speed import median_ms
from data.dataset import JobDataset, load_job_dataset
from data.splits import VALIDATION
from search.arrays import unit_rows
from search.cli import run_command
from search.encoding.encoder import Encoder
from search.encoding.loading import load_encoder
from search.index.storage import load_or_build_indexes
from search.index.vectors import Index
from search.qdrant.collection import CollectionFacts, Point, TokenType
from search.qdrant.loading import encode_here, load_corpus, make_facts, take_from
from search.qdrant.opening import opened_dataset
from search.qdrant.points import build_points, runs_of
from search.qdrant.server import point_struct
from search.records import Listing
from search.scoring import LATE_INTERACTION
from search.searcher import DenseSearcher, ModelSearcher

# Share of noise in a copied vector: its cosine with the first is about 0.9.
NOISE = 0.5
QUERIES = (
    "senior python developer", "remote data engineer, spark and kafka", "analyst who builds dashboards",
    "machine learning research in Berlin", "deep learning for images, no on-call",
)  # fmt: skip


@dataclass(frozen=True)
class EngineBenchConfig:
    """The options of `python -m bench.engine`."""

    dataset: str = "build/dataset"  # a dataset folder
    model: str = "build/model"  # a model folder
    sizes: tuple[int, ...] = (600, 5_000, 20_000)  # how many listings
    json: Path | None = None  # write the milliseconds of a query there


def bench_engine(config: EngineBenchConfig) -> None:
    """Load corpora of several sizes, and search each."""
    cache = Path("build/index")
    encoder = load_encoder(config.model, cache=cache)
    dataset = load_job_dataset(config.dataset)
    listings = dataset.listings
    indexes = load_or_build_indexes(encoder, listings, cache, scoring=LATE_INTERACTION)
    facts = make_facts(encoder, listings, LATE_INTERACTION, indexes)
    first = next(iter(jittered(indexes, facts, [listings])))
    sent = np.mean([len(json.dumps(point_struct(one).model_dump(mode="json"))) for one in first[:50]])
    tokens = np.mean([len(one.tokens) for one in first if one.tokens is not None])
    print(f"{tokens:.0f} tokens a listing, {sent / 1000:.0f} kB as JSON")
    bench_token_types(encoder, dataset, indexes)
    print("listings    loaded/s   kB a listing on disk   query ms   resident MB")
    rows = [
        {"listings": size, "edge": bench_size(encoder, copies(listings, size), indexes, facts)} for size in config.sizes
    ]
    if config.json:
        config.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


def bench_token_types(encoder: Encoder, dataset: JobDataset, indexes: Sequence[Index]) -> None:
    """Load the corpus itself with tokens in fewer bits, and print what they take and what they change."""
    queries, listings = [one.text for one in dataset.queries(VALIDATION)][:30], dataset.listings
    exact = DenseSearcher(encoder, *indexes).scores(queries)
    print("tokens as    kB a listing   largest difference of a score   top 10 kept")
    for token_type in get_args(TokenType):
        with tempfile.TemporaryDirectory() as folder, opened_dataset(f"edge:{folder}", "bench") as engine:
            if engine is None:
                raise ValueError("expected an engine")
            facts = make_facts(encoder, listings, LATE_INTERACTION, indexes, token_type=token_type)
            made, take = partial(copy, facts), take_from(indexes, encode_here(encoder))
            kind = {"scoring": LATE_INTERACTION, "token_type": token_type}
            load_corpus(engine.collection(encoder), listings, made, take, **kind)
            scores = engine.searcher(encoder, listings, LATE_INTERACTION).scores(queries)
            files = [path for path in Path(folder).rglob("vector_storage-tokens/**/*") if path.is_file()]
            size = sum(path.stat().st_blocks * 512 for path in files) / len(listings) / 1000
        kept = np.mean([len(best(a) & best(b)) / 10 for a, b in zip(exact, scores, strict=True)])
        print(f"{token_type:<10}   {size:>12.0f}   {np.abs(scores - exact).max():>29.4f}   {kept:>11.3f}", flush=True)


def best(scores: NDArray[np.float32]) -> set[int]:
    """Return the positions of the ten best."""
    return set(np.argsort(-scores, kind="stable")[:10].tolist())


def bench_size(
    encoder: Encoder, listings: Sequence[Listing], indexes: Sequence[Index], facts: CollectionFacts
) -> float:
    """Load a corpus of one size, search it, print a row, and return the median milliseconds of a query."""
    with tempfile.TemporaryDirectory() as folder, opened_dataset(f"edge:{folder}", "bench") as engine:
        if engine is None:
            raise ValueError("expected an engine")
        started = time.perf_counter()
        encode = partial(jittered, indexes, facts)
        collection = engine.collection(encoder)
        load_corpus(collection, listings, lambda: facts, lambda batches, _: encode(batches), scoring=LATE_INTERACTION)
        seconds = time.perf_counter() - started
        searcher = engine.searcher(encoder, listings, LATE_INTERACTION)
        milliseconds = float(np.median([median_ms(partial(search_anew, searcher, one), runs=5) for one in QUERIES]))
        on_disk = sum(path.stat().st_blocks * 512 for path in Path(folder).rglob("*") if path.is_file())
        resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        print(
            f"{len(listings):>8}  {len(listings) / seconds:>10.0f}   {on_disk / len(listings) / 1000:>20.0f}   "
            f"{milliseconds:>8.0f}   {resident:>11.0f}",
            flush=True,
        )
        return milliseconds


def search_anew(searcher: ModelSearcher, query: str) -> None:
    """Search a query that is encoded for it."""
    searcher._cached.clear()
    searcher.search(query, k=10)


def copies(listings: Sequence[Listing], size: int) -> list[Listing]:
    """Repeat a corpus under other ids, to a size."""
    return [
        replace(listings[number % len(listings)], listing_id=f"{listings[number % len(listings)].listing_id}#{number}")
        for number in range(size)
    ]


def jittered(
    indexes: Sequence[Index], facts: CollectionFacts, batches: Iterable[Sequence[Listing]]
) -> Iterable[list[Point]]:
    """Yield points of copies: the vectors of the first, with noise."""
    rng = np.random.default_rng(0)
    runs = [runs_of(index) for index in indexes]
    place = {listing_id: number for number, listing_id in enumerate(indexes[0].listing_ids)}
    for batch in batches:
        own = [[run[place[one.listing_id.partition("#")[0]]] for one in batch] for run in runs]
        yield [jitter(one, rng) for one in build_points(batch, *own, facts)]


def jitter(point: Point, rng: np.random.Generator) -> Point:
    """Return a point with noise in its vectors."""
    arrays = {name: getattr(point, name) for name in ("passages", "tokens")}
    noise = {name: unit_rows(rng.normal(size=array.shape).astype(np.float32)) for name, array in arrays.items()}
    return replace(point, **{name: unit_rows(array + NOISE * noise[name]) for name, array in arrays.items()})


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    return run_command(bench_engine, argv, prog="python -m bench.engine")


if __name__ == "__main__":
    sys.exit(main())
