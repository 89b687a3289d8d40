"""The command `python -m bench.growth`: a query's time and memory, from 600 listings to a million."""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from usearch.index import MetricKind
from usearch.index import search as usearch_search

from bench.candidates import resident_mb
from bench.grown_corpus import grow
from data.dataset import load_job_dataset
from search.candidates import CandidateSearcher
from search.cli import run_command
from search.encoding.loading import load_encoder
from search.index.listing_parts import gather_passages
from search.index.listing_store import ListingStore
from search.index.stored_corpus import load_or_build_stored
from search.index.threads import one_thread
from search.lexical import LexicalSearcher

QUERIES, PEER_QUERIES = 30, 5
# Where a peer takes longer than a visitor would wait, it is not measured further.
MAX_EXHAUSTIVE, MAX_USEARCH = 30_000, 300_000


@dataclass(frozen=True)
class GrowthConfig:
    """The options of `python -m bench.growth`."""

    dataset: str = "build/dataset"  # a dataset folder, or USER/NAME on the Hub
    model: str = "build/model"  # a model folder, or a Hub id
    sizes: tuple[int, ...] = (600, 5_000, 20_000, 100_000, 1_000_000)  # numbers of listings
    cache: Path = Path("build/index")  # folder for vectors already made
    work: Path | None = None  # folder for the grown corpora, several GB; else a temporary one
    json: Path | None = None  # write the numbers there


@dataclass(frozen=True)
class GrowthRow:
    """Milliseconds of a query by each way, None where it was not measured; memory and disk in MB."""

    listings: int
    candidates: float
    candidates_p95: float
    exhaustive: float | None
    usearch: float | None
    resident: float
    words: float
    disk: float


def measure_growth(config: GrowthConfig) -> None:
    """Print a row for each size."""
    torch.set_num_threads(1)
    dataset, encoder = load_job_dataset(config.dataset), load_encoder(config.model, cache=config.cache)
    _, stored = load_or_build_stored(encoder, dataset.listings, config.cache, show_progress=True)
    store = ListingStore(config.cache, encoder.fingerprint)
    passages = gather_passages(store.parts, *store.find(dataset.listings))
    words = LexicalSearcher(dataset.listings)
    texts = [query.text for query in dataset.queries("validation")][:QUERIES]
    print("listings    candidates ms (p95)   exhaustive   usearch, passages   resident MB (BM25)   disk MB")
    rows = []
    for size in config.sizes:
        with tempfile.TemporaryDirectory(dir=config.work) as name:
            before = resident_mb()
            copies = max(1, round(size / len(dataset.listings)))
            grown = grow(encoder, passages, stored, words, copies=copies, folder=Path(name))
            rows.append(measure(grown, texts, before=before, folder=Path(name)))
            print(describe(rows[-1]), flush=True)
            del grown
    if config.json:
        config.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")


def measure(grown: CandidateSearcher, texts: Sequence[str], *, before: float, folder: Path) -> GrowthRow:
    """Time one corpus's queries, each way alone."""
    count = len(grown.listing_ids)
    for text in texts:
        grown.search(text, k=10)
    grown._cached.clear()
    times = [milliseconds(lambda text=text: grown.search(text, k=10)) for text in texts]
    resident = resident_mb() - before
    everything = np.arange(count)
    exhaustive = usearch = None
    if count <= MAX_EXHAUSTIVE:
        exhaustive = statistics.median(
            milliseconds(lambda text=text: score_all(grown, text, everything)) for text in texts[:PEER_QUERIES]
        )
    if count <= MAX_USEARCH:
        vectors = grown.index.listing_vectors(everything)
        usearch = statistics.median(
            milliseconds(lambda text=text: search_passages(grown, text, vectors)) for text in texts[:PEER_QUERIES]
        )
    scores = grown.words._bm25.scores
    in_words = sum(scores[name].nbytes for name in ("data", "indices", "indptr")) / 1e6
    disk = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
    quantile = float(np.quantile(times, 0.95))
    return GrowthRow(count, statistics.median(times), quantile, exhaustive, usearch, resident, in_words, disk)


def score_all(grown: CandidateSearcher, text: str, positions: np.ndarray) -> None:
    """Score all listings by late interaction."""
    tokens = grown.encode([text]).tokens
    if tokens is None:
        raise TypeError("expected a query with its tokens")
    grown.stored.mean_maxsim(tokens.vectors, positions)


def search_passages(grown: CandidateSearcher, text: str, vectors: np.ndarray) -> None:
    """Search one vector a listing exactly, by usearch."""
    with one_thread():
        usearch_search(vectors, grown.encode([text]).sentence[0], 10, MetricKind.Cos, exact=True, threads=1)


def milliseconds(action: Callable[[], object]) -> float:
    """Return how long a call takes."""
    started = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - started)


def describe(row: GrowthRow) -> str:
    """Return a line of the table."""
    peers = "   ".join(f"{'-' if value is None else f'{value:.0f}':>10}" for value in (row.exhaustive, row.usearch))
    return (
        f"{row.listings:>9,}   {row.candidates:>8.0f} ({row.candidates_p95:.0f})   {peers}   "
        f"{row.resident:>10.0f} ({row.words:.0f})   {row.disk:>10.0f}"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    return run_command(measure_growth, argv, prog="python -m bench.growth")


if __name__ == "__main__":
    sys.exit(main())
