"""The command `make bench`: search, encoding and training, against peers."""

import statistics
import time
import timeit
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
from sentence_transformers.util import dot_score, semantic_search

from bench.comparing import bench_comparing
from bench.encoding import bench_encoding
from data.dataset import JobDataset, Triplet
from data.sources.source import open_source, read_listings
from search.encoding.loading import DEFAULT_BASE, load_encoder
from search.encoding.sentence_encoder import SentenceEncoder
from search.index.vectors import Index
from search.ranking import id_order, top_k
from search.records import Listing, Query
from search.scoring import FIRST, MAX_PASSAGE, Scoring
from train.recipes import SHORTLIST
from train.trainer.examples import ListingCollator, build_examples
from train.trainer.loss import ListingRankingLoss, embed_in_chunks
from train.trainer.setup import set_dropout

CORPUS_SIZES = (1_000, 20_000, 100_000)
DIMENSIONS = 384
STEP_LISTINGS = 16
STEPS_TIMED = 3


def median_ms(action: Callable[[], object], *, runs: int) -> float:
    """Return a call's median milliseconds, after one uncounted."""
    return 1000 * statistics.median(timeit.repeat(action, number=1, repeat=runs + 1)[1:])


def bench_search() -> None:
    """Time search over growing corpora, ours and the peer's."""
    rng = np.random.default_rng(0)
    print("search, one query, 10 best    ours ms   peer ms   ours/peer   (peer: sentence-transformers semantic_search)")
    for size in CORPUS_SIZES:
        vectors = rng.normal(size=(size, DIMENSIONS)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        ids = tuple(f"{number:07d}" for number in range(size))
        index = Index(ids, vectors, np.arange(size), np.zeros((size, 2), dtype=np.int64), "", "", "first")
        order, query, peer_vectors = id_order(ids), vectors[:1], torch.from_numpy(vectors)
        ours = median_ms(lambda i=index, q=query, o=order: top_k(i.scores(q)[0], o, k=10), runs=20)
        peer = median_ms(
            lambda q=query, v=peer_vectors: semantic_search(q, v, top_k=10, score_function=dot_score), runs=20
        )
        print(f"{size:>8} listings             {ours:>7.2f}   {peer:>7.2f}   {ours / peer:>6.2f}")


def make_rows(encoder: SentenceEncoder, count: int, scoring: Scoring, *, window: int = 0) -> list[dict[str, Any]]:
    """Return training rows of the sample's first listings."""
    found = [one for one in read_listings(open_source("sample")) if one.queries][:count]
    listings = tuple(Listing(one.listing_id, one.title, one.description) for one in found)
    queries = (Query(text, text, one.listing_id) for one in found for text in one.queries)
    dataset = JobDataset("sample", listings, {"train": tuple(Triplet(query, ()) for query in queries)})
    return build_examples(dataset, encoder, scoring=scoring, window=window).to_list()


def bench_training() -> None:
    """Time a training step, ours and the plain loss's."""
    encoder = load_encoder(DEFAULT_BASE)
    rows = make_rows(encoder, STEP_LISTINGS, FIRST)
    plain_rows = [{**row, "queries": [query]} for row in rows for query in row["queries"]]
    plain, ours = MultipleNegativesRankingLoss(encoder.model), ListingRankingLoss(encoder.model)
    times = {"plain, dropout as shipped": median_ms(lambda: run_step(encoder, plain, plain_rows), runs=2)}
    set_dropout(encoder.model, 0.0)
    times["plain, no dropout"] = median_ms(lambda: run_step(encoder, plain, plain_rows), runs=2)
    times["ours, no dropout"] = median_ms(lambda: run_step(encoder, ours, rows), runs=2)
    print(
        f"\ntraining, a step of {STEP_LISTINGS} listings x 3 queries   seconds   ours/this   "
        "(plain: a listing is encoded for each query)"
    )
    for name, milliseconds in times.items():
        print(f"{name:<47}   {milliseconds / 1000:>7.2f}   {times['ours, no dropout'] / milliseconds:>9.2f}")


def run_step(encoder: SentenceEncoder, loss: torch.nn.Module, rows: list[dict[str, Any]]) -> None:
    """Run a step forward and backward."""
    batch = ListingCollator(encoder.model.preprocess)(rows)
    encoder.model.train()
    loss(split_sides(batch), batch["label"]).backward()
    encoder.model.zero_grad()


def split_sides(batch: dict[str, Any]) -> list[dict[str, Any]]:
    """Split a batch into its queries and its listings."""
    return [
        {key.removeprefix(side): value for key, value in batch.items() if key.startswith(side)}
        for side in ("anchor_", "positive_")
    ]


def bench_step_parts() -> None:
    """Time the parts of a step of the default recipe."""
    encoder = load_encoder(DEFAULT_BASE)
    model = encoder.model
    set_dropout(model, 0.0)
    rows = make_rows(encoder, SHORTLIST.batch, MAX_PASSAGE, window=SHORTLIST.window)
    collator, loss = ListingCollator(model.preprocess), ListingRankingLoss(model, tokens=SHORTLIST.tokens)
    optimizer = torch.optim.AdamW(model.parameters(), lr=SHORTLIST.learning_rate)
    seconds: dict[str, float] = {}
    for _ in range(STEPS_TIMED):
        with timed(seconds, "tokens"):
            batch = collator(rows)
        sides = split_sides(batch)
        with timed(seconds, "forward: queries"):
            queries = embed_in_chunks(model, sides[0])
        with timed(seconds, "forward: passages"):
            passages = embed_in_chunks(model, sides[1])
        with timed(seconds, "backward"):
            loss.compute_loss([queries, passages], batch["label"]["query"]).backward()
        with timed(seconds, "optimizer"):
            optimizer.step()
            optimizer.zero_grad()
    total = sum(seconds.values())
    print(f"\na step of the default recipe, {SHORTLIST.batch} listings, mean of {STEPS_TIMED}   seconds   share")
    for name, value in seconds.items():
        print(f"{name:<58}   {value / STEPS_TIMED:>7.2f}   {value / total:>5.0%}")


@contextmanager
def timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    """Add a block's seconds to those of its name."""
    started = time.perf_counter()
    yield
    seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - started


if __name__ == "__main__":
    bench_search()
    bench_encoding()
    bench_comparing()
    bench_training()
    bench_step_parts()
