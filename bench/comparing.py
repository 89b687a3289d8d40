"""A query to both rankings, against the way of most tutorials: a sentence embedding of each listing's beginning."""

import statistics
import time
from collections.abc import Callable, Sequence

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.util import semantic_search

from comparison.request import ComparisonRequest
from data.dataset import load_job_dataset
from pages.config import AppConfig
from pages.loading import load_systems
from search.encoding.loading import load_encoder
from search.records import Listing

RUNS, QUERIES, K = 5, 40, 10


def bench_comparing() -> None:
    """Time the page's comparison and the peer's two searches, in turns, and print a row."""
    config = AppConfig()
    dataset = load_job_dataset(config.dataset)
    texts = [query.text for query in dataset.queries("validation")][: QUERIES * (RUNS + 1)]
    systems = load_systems(config, dataset, None)
    peers = [_embed(load_encoder(model).model, dataset.listings) for model in (config.base, config.tuned)]
    ways: dict[str, Callable[[str], object]] = {
        "ours": lambda text: systems.compare(ComparisonRequest(query=text)),
        "peer": lambda text: [_search(model, vectors, text) for model, vectors in peers],
    }
    times = _median_times(ways, texts)
    print(
        f"\na query to two rankings of {len(dataset.listings)} listings, ms, median of {RUNS}   ours   peer   ours/peer   "
        "(peer: sentence-transformers' encode and semantic_search, one vector a listing; ours scores tokens and listens)"
    )
    print(f"{'':<57} {times['ours']:>7.1f} {times['peer']:>6.1f} {times['ours'] / times['peer']:>9.2f}")


def _embed(model: SentenceTransformer, listings: Sequence[Listing]) -> tuple[SentenceTransformer, torch.Tensor]:
    vectors = model.encode([one.text for one in listings], convert_to_tensor=True, normalize_embeddings=True)
    return model, vectors


def _search(model: SentenceTransformer, vectors: torch.Tensor, text: str) -> object:
    return semantic_search(model.encode(text, convert_to_tensor=True, normalize_embeddings=True), vectors, top_k=K)


def _median_times(ways: dict[str, Callable[[str], object]], texts: Sequence[str]) -> dict[str, float]:
    """Return each way's median over the runs of the milliseconds a query; a run asks queries that none before did."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    size = len(texts) // (RUNS + 1)
    for run in range(RUNS + 1):
        for name, way in ways.items():
            started = time.perf_counter()
            for text in texts[run * size : (run + 1) * size]:
                way(text)
            taken[name].append(1000 * (time.perf_counter() - started) / size)
    return {name: statistics.median(values[1:]) for name, values in taken.items()}
