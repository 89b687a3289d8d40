"""The command `make bench`: exact search against sentence-transformers', a training step against the plain loss."""

import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
from sentence_transformers.util import dot_score, semantic_search

from data.sources.source import open_source, read_listings
from search.encoding.encoder import SentenceEncoder
from search.encoding.loading import DEFAULT_BASE, load_encoder
from search.encoding.passages import WINDOWS, passage_text, read_passages
from search.index.vectors import Index
from search.ranking import id_order, top_k
from search.records import Listing
from train.recipes import SHORTLIST
from train.trainer.examples import ListingCollator
from train.trainer.loss import ListingRankingLoss, embed_in_chunks

CORPUS_SIZES = (1_000, 20_000, 100_000)
DIMENSIONS = 384
STEP_LISTINGS = 16
STEPS_TIMED = 3


def median_ms(action: Callable[[], object], *, runs: int) -> float:
    """Return the median milliseconds of a call, after one that is not counted."""
    times = []
    for run in range(runs + 1):
        started = time.perf_counter()
        action()
        if run:
            times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def bench_search() -> None:
    """Print the time of one query's 10 best over growing corpora, ours and the peer's."""
    rng = np.random.default_rng(0)
    print("search, one query, 10 best    ours ms   peer ms   ours/peer   (peer: sentence-transformers semantic_search)")
    for size in CORPUS_SIZES:
        vectors = rng.normal(size=(size, DIMENSIONS)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        ids = tuple(f"{number:07d}" for number in range(size))
        starts = np.arange(size)
        index = Index(ids, vectors, starts, np.zeros((size, 2), dtype=np.int64), "", "", "first")
        places, query, peer_vectors = id_order(ids), vectors[:1], torch.from_numpy(vectors)
        ours = median_ms(lambda i=index, q=query, p=places: top_k(i.scores(q)[0], p, k=10), runs=20)
        peer = median_ms(
            lambda q=query, v=peer_vectors: semantic_search(q, v, top_k=10, score_function=dot_score), runs=20
        )
        print(f"{size:>8} listings             {ours:>7.2f}   {peer:>7.2f}   {ours / peer:>6.2f}")


def bench_training() -> None:
    """Print the time of a step over listings with three queries each, ours and the plain loss's."""
    encoder = load_encoder(DEFAULT_BASE)
    listings = [one for one in read_listings(open_source("sample")) if one.queries][:STEP_LISTINGS]
    rows = [_row(list(one.queries), f"{one.title}\n{one.description}") for one in listings]
    plain_rows = [{**row, "queries": [query]} for row in rows for query in row["queries"]]
    steps = {
        "plain, dropout as shipped": lambda: _plain_step(encoder, plain_rows),
        "plain, no dropout": lambda: _plain_step(encoder, plain_rows),
        "ours, no dropout": lambda: _our_step(encoder, rows),
    }
    print(
        f"\ntraining, a step of {STEP_LISTINGS} listings x 3 queries   seconds   ours/this   (plain: a listing is encoded for each query)"
    )
    times = {}
    for name, step in steps.items():
        if "no dropout" in name:
            _drop_dropout(encoder)
        times[name] = median_ms(step, runs=2) / 1000
    for name, seconds in times.items():
        print(f"{name:<47}   {seconds:>7.2f}   {times['ours, no dropout'] / seconds:>9.2f}")


def bench_step_parts() -> None:
    """Print where the time of one step of the default recipe goes: batch listings, one window each."""
    encoder = load_encoder(DEFAULT_BASE)
    _drop_dropout(encoder)
    rows = []
    for one in [one for one in read_listings(open_source("sample")) if one.queries][: SHORTLIST.batch]:
        listing = Listing(one.listing_id, one.title, one.description)
        spans = read_passages(encoder, [listing], WINDOWS, window=SHORTLIST.window)[0]
        rows.append(_row(list(one.queries), passage_text(listing, spans[0])))
    collator, loss = (
        ListingCollator(encoder.model.preprocess, counted=encoder.counted_tokens),
        ListingRankingLoss(encoder.model, tokens=SHORTLIST.tokens),
    )
    optimizer = torch.optim.AdamW(encoder.model.parameters(), lr=SHORTLIST.learning_rate)
    seconds = dict.fromkeys(("tokens", "forward: queries", "forward: windows", "backward", "optimizer"), 0.0)
    for _ in range(STEPS_TIMED):
        marks = [time.perf_counter()]
        batch = collator(rows)
        marks.append(time.perf_counter())
        embeddings = []
        for side in ("anchor", "positive"):
            embeddings.append(embed_in_chunks(encoder.model, _side(batch, side)))
            marks.append(time.perf_counter())
        loss.compute_loss(embeddings, batch["label"]).backward()
        marks.append(time.perf_counter())
        optimizer.step()
        optimizer.zero_grad()
        marks.append(time.perf_counter())
        for name, before, after in zip(seconds, marks, marks[1:], strict=False):
            seconds[name] += after - before
    total = sum(seconds.values())
    print(f"\na step of the default recipe, {SHORTLIST.batch} listings, mean of {STEPS_TIMED}   seconds   share")
    for name, value in seconds.items():
        print(f"{name:<58}   {value / STEPS_TIMED:>7.2f}   {value / total:>5.0%}")


def _row(queries: list[str], document: str) -> dict[str, object]:
    return {"listing_id": document[:40], "queries": queries, "passages": [document], "fitting": [], "role": ""}


def _side(batch: dict[str, torch.Tensor], side: str) -> dict[str, torch.Tensor]:
    return {key.removeprefix(f"{side}_"): value for key, value in batch.items() if key.startswith(f"{side}_")}


def _drop_dropout(encoder: SentenceEncoder) -> None:
    for module in encoder.model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0


def _our_step(encoder: SentenceEncoder, rows: list[dict[str, object]]) -> None:
    batch = ListingCollator(encoder.model.preprocess)(rows)
    _backward(encoder, ListingRankingLoss(encoder.model), batch)


def _plain_step(encoder: SentenceEncoder, rows: list[dict[str, object]]) -> None:
    batch = ListingCollator(encoder.model.preprocess)(rows)
    _backward(encoder, MultipleNegativesRankingLoss(encoder.model), batch)


def _backward(encoder: SentenceEncoder, loss: torch.nn.Module, batch: dict[str, torch.Tensor]) -> None:
    encoder.model.train()
    sides = [_side(batch, side) for side in ("anchor", "positive")]
    loss(sides, batch["label"]).backward()
    encoder.model.zero_grad()


if __name__ == "__main__":
    bench_search()
    bench_training()
    bench_step_parts()
