"""Training examples: triplets, or listings with all their queries."""

import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from datasets import Dataset

from data.dataset import JobDataset, Triplet
from search.encoding.encoder import Encoder
from search.encoding.passages import PASSAGE_TOKENS, passage_text, read_passages
from search.lexical import stem_words
from search.scoring import Scoring
from train.trainer.augmentation import add_family, add_noise


def train_triplets(dataset: JobDataset, *, limit: int = 0) -> list[Triplet]:
    """Return the first listings' triplets to train on; 0 for all."""
    triplets = dataset.split("train")
    listing_ids = list(dict.fromkeys(triplet.query.listing_id for triplet in triplets))
    taken = set(listing_ids[: limit or None])
    return [triplet for triplet in triplets if triplet.query.listing_id in taken]


def build_examples(
    dataset: JobDataset, encoder: Encoder, *, scoring: Scoring, window: int = PASSAGE_TOKENS, limit: int = 0
) -> Dataset:
    """Return a row for each listing of the train split.

    Its columns: `listing_id`; `queries` and `passages`, lists of str; `fitting`, list of int: the passages that share
    most words with a query; `family`, the listing's in small letters, or nothing. A passage has at most `window`
    tokens, unless `scoring` reads the beginning only.

    Raises:
        ValueError: there are fewer than two listings to train on.
    """
    queries_of: dict[str, list[str]] = {}
    for triplet in train_triplets(dataset, limit=limit):
        queries_of.setdefault(triplet.query.listing_id, []).append(triplet.query.text)
    if len(queries_of) < 2:
        raise ValueError(
            f"expected at least 2 listings with queries to train on, {dataset.name} has {len(queries_of)}; add listings"
        )
    by_id = {listing.listing_id: listing for listing in dataset.listings}
    listings = [by_id[listing_id] for listing_id in queries_of]
    spans_of = read_passages(encoder, listings, scoring, max_tokens=window)
    passages_of = [[passage_text(one, span) for span in spans] for one, spans in zip(listings, spans_of, strict=True)]
    return Dataset.from_dict(
        {
            "listing_id": list(queries_of),
            "queries": list(queries_of.values()),
            "passages": passages_of,
            "fitting": fitting_passages(list(queries_of.values()), passages_of),
            "family": [(one.family or "").lower() for one in listings],
        }
    )


def fitting_passages(queries_of: Sequence[Sequence[str]], passages_of: Sequence[Sequence[str]]) -> list[list[int]]:
    """Find the passage that shares each query's rarest words.

    Returns:
        Positions of passages, a list a listing; a query that shares no word with any passage has none there.
    """
    stems_of = [[set(stems) for stems in stem_words(passages)] for passages in passages_of]
    seen = Counter(stem for passages in stems_of for stems in passages for stem in stems)
    total = sum(len(passages) for passages in passages_of)
    fitting = []
    for queries, passages in zip(queries_of, stems_of, strict=True):
        positions = []
        for wanted in stem_words(queries):
            shared = [sum(math.log(total / seen[stem]) for stem in stems.intersection(wanted)) for stems in passages]
            if max(shared) > 0:
                positions.append(shared.index(max(shared)))
        fitting.append(positions)
    return fitting


def build_triplet_examples(dataset: JobDataset, *, limit: int = 0) -> Dataset:
    """Return a row for each triplet to train on."""
    documents = {listing.listing_id: listing.document for listing in dataset.listings}
    rows = [(triplet.query, one) for triplet in train_triplets(dataset, limit=limit) for one in triplet.negative_ids]
    return Dataset.from_dict(
        {
            "anchor": [query.text for query, _ in rows],
            "positive": [documents[query.listing_id] for query, _ in rows],
            "negative": [documents[negative_id] for _, negative_id in rows],
        }
    )


@dataclass
class ListingCollator:
    """Tokenizes each listing once for its several queries.

    The batch holds `anchor_*` with a row a query, `positive_*` with a row a listing, and `label` with `query`,
    int64: the row of each query's listing. Draws depend on seed, epoch and listing only, so that a resumed run sees
    what the unbroken one would have seen.
    """

    preprocess: Callable[..., dict[str, Any]]
    query_prompt: str | None = None
    document_prompt: str | None = None
    noise: float = 0.0
    families: float = 0.0
    seed: int = 0
    epoch: int = 0
    # Asked for by the trainer when it picks a batch sampler; there is no label column.
    valid_label_columns: tuple[str, ...] = ()

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Draw and tokenize a batch."""
        drawn = [self.draw(row) for row in rows]
        owners = [row for row, (queries, _) in enumerate(drawn) for _ in queries]
        batch: dict[str, Any] = {"label": {"query": torch.tensor(owners)}}
        sides = (
            ("anchor", [query for queries, _ in drawn for query in queries], self.query_prompt, "query"),
            ("positive", [passage for _, passage in drawn], self.document_prompt, "document"),
        )
        for side, texts, prompt, task in sides:
            for key, value in self.preprocess(texts, prompt=prompt, task=task).items():
                batch[f"{side}_{key}"] = value
        return batch

    def draw(self, row: dict[str, Any]) -> tuple[list[str], str]:
        """Draw a listing's queries, some changed, and one passage."""
        rng = random.Random(f"{self.seed}-{self.epoch}-{row['listing_id']}")  # noqa: S311 (a draw, no secret)
        queries = [add_noise(text, rng) if rng.random() < self.noise else text for text in row["queries"]]
        # Few queries name a family; without more of them a tuned model minds it less than its base does.
        queries = [add_family(text, row["family"], rng) if rng.random() < self.families else text for text in queries]
        # A long listing's queries are mostly about other passages than one drawn blindly.
        if row["fitting"]:
            return queries, row["passages"][rng.choice(row["fitting"])]
        passages = list(row["passages"])
        rng.shuffle(passages)
        return queries, passages[0]
