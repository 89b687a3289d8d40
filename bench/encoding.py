"""Encoding by OpenVINO against sentence-transformers in torch, the same model and texts."""

import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from data.sources.source import open_source, read_listings
from search.encoding.encoder import Encoder
from search.encoding.loading import DEFAULT_BASE, load_encoder
from search.encoding.passages import passage_text, read_passages
from search.records import Listing
from search.scoring import MAX_PASSAGE

RUNS = 5
LISTINGS = 24
CROWD_THREADS, CROWD_QUERIES = 8, 64
QUERY = "senior data scientist with python and sql, remote in Berlin, five years"


def bench_encoding() -> None:
    """Time queries and listings, each side in turn, and compare the vectors."""
    with tempfile.TemporaryDirectory() as cache:
        peer = load_encoder(DEFAULT_BASE).model
        converted, opened = (_seconds(lambda: load_encoder(DEFAULT_BASE, cache=Path(cache))) for _ in range(2))
        ours = load_encoder(DEFAULT_BASE, cache=Path(cache))
        print(
            "\nencoding, ms, median of 5               ours      peer   ours/peer   "
            "(peer: sentence-transformers in torch, sentence and token vectors too)"
        )
        _time_queries(ours, peer)
        _time_listings(ours, peer)
        print(f"loaded, converted before or not: {opened:.1f} s or {converted:.1f} s")


def _time_queries(ours: Encoder, peer: SentenceTransformer) -> None:
    crowd = [f"{QUERY}, {number} people" for number in range(CROWD_QUERIES)]
    _print_row("one query", _medians(_both(ours, peer, "query", [QUERY]), warm=3))
    with ThreadPoolExecutor(CROWD_THREADS) as threads:
        calls = {
            "ours": lambda: list(threads.map(lambda query: ours.encode_query_tokens([query]), crowd)),
            # Its tokenizer is not safe for several threads: one waits for the other.
            "peer": lambda: [encode_plainly(peer, "query", [query]) for query in crowd],
        }
        _print_row(f"{CROWD_QUERIES} queries, {CROWD_THREADS} at a time", _medians(calls))


def _time_listings(ours: Encoder, peer: SentenceTransformer) -> None:
    sample = list(read_listings(open_source("sample")))
    short = [Listing(one.listing_id, one.title, one.description) for one in sample[:: len(sample) // LISTINGS]]
    # Several make a long one.
    texts = [one.text for one in short]
    long = [Listing(str(at), "Long", "\n".join(texts[at : at + 4])) for at in range(0, len(texts) - 3, 4)]
    for name, listings in (("bundled listings", short), ("listings, 4 times as long", long)):
        spans = read_passages(ours, listings, MAX_PASSAGE)
        passages = [passage_text(one, span) for one, own in zip(listings, spans, strict=True) for span in own]
        _print_row(f"{len(listings)} {name}", _medians(_both(ours, peer, "document", passages)))
        found = ours.encode_document(passages)
        theirs = peer.encode_document(passages, normalize_embeddings=True)
        print(f"    least cosine of the two: {float(np.sum(found * theirs, axis=1).min()):.6f}")


def encode_plainly(model: SentenceTransformer, task: str, texts: Sequence[str]) -> object:
    """Encode by the library alone."""
    run = model.encode_query if task == "query" else model.encode_document
    with torch.inference_mode():
        return run(list(texts), output_value=None)


def _both(ours: Encoder, peer: SentenceTransformer, task: str, texts: Sequence[str]) -> dict[str, Callable[[], object]]:
    encode = ours.encode_query_tokens if task == "query" else ours.encode_document_tokens
    return {"ours": lambda: encode(texts), "peer": lambda: encode_plainly(peer, task, texts)}


def _medians(calls: Mapping[str, Callable[[], object]], *, warm: int = 1) -> dict[str, float]:
    """Return each call's median milliseconds; the calls take turns, so that both meet the same machine."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(warm + RUNS):
        for name, call in calls.items():
            taken = _seconds(call)
            if turn >= warm:
                times[name].append(taken)
    return {name: 1000 * statistics.median(taken) for name, taken in times.items()}


def _print_row(name: str, times: Mapping[str, float]) -> None:
    print(f"{name:<36} {times['ours']:>8.1f}  {times['peer']:>8.1f}   {times['ours'] / times['peer']:>9.2f}")


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started
