"""Training examples: triplets as the tutorial has them, or a listing once with all its queries."""

import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from datasets import Dataset

from data.dataset import JobDataset
from search.encoding.encoder import Encoder
from search.encoding.passages import FIRST, WINDOW_TOKENS, WINDOWS, Reading, passage_text, read_passages
from search.encoding.zero_gpu import Task
from search.lexical import stem_words
from train.trainer.augmentation import add_noise, add_role
from train.trainer.maxsim import token_mask


def build_examples(
    dataset: JobDataset, encoder: Encoder, *, reading: Reading, window: int = WINDOW_TOKENS, most: int = 0
) -> Dataset:
    """Return a row a listing of the train split.

    Its columns: `listing_id`, `queries` and `passages` (lists of str), `fitting` (list of int: the passages that share
    most words with a query), `role` (the listing's family in small letters, or nothing).

    Args:
        dataset: Where the train split is taken from.
        encoder: The base, whose limit of tokens decides the passages.
        reading: What is read of a listing; where search reads tokens, a step takes windows.
        window: Tokens of a passage, where it is read in windows.
        most: Keep the first so many listings; 0 keeps all.

    Raises:
        ValueError: there are fewer than two listings to train on.
    """
    queries_of: dict[str, list[str]] = {}
    for query in dataset.queries("train"):
        queries_of.setdefault(query.listing_id, []).append(query.text)
    if most:
        queries_of = dict(list(queries_of.items())[:most])
    if len(queries_of) < 2:
        raise ValueError(
            f"expected at least 2 listings with queries to train on, {dataset.name} has {len(queries_of)}; add listings"
        )
    by_id = {listing.listing_id: listing for listing in dataset.listings}
    listings = [by_id[listing_id] for listing_id in queries_of]
    spans_of = read_passages(encoder, listings, FIRST if reading == FIRST else WINDOWS, window=window)
    passages_of = [[passage_text(one, span) for span in spans] for one, spans in zip(listings, spans_of, strict=True)]
    fitting_of = fitting_passages(list(queries_of.values()), passages_of)
    rows = zip(queries_of.items(), passages_of, fitting_of, strict=True)
    return Dataset.from_list(
        [
            {
                "listing_id": listing_id,
                "queries": queries,
                "passages": passages,
                "fitting": fitting,
                "role": (by_id[listing_id].family or "").lower(),
            }
            for (listing_id, queries), passages, fitting in rows
        ]
    )


def fitting_passages(queries_of: Sequence[Sequence[str]], passages_of: Sequence[Sequence[str]]) -> list[list[int]]:
    """Find, for each query of each listing, the passage of that listing that shares its rarest words.

    Returns:
        Places of passages, a list a listing; a query that shares no word with any passage has none there.
    """
    stems_of = [[set(stems) for stems in stem_words(passages)] for passages in passages_of]
    seen = Counter(stem for passages in stems_of for stems in passages for stem in stems)
    total = sum(len(passages) for passages in passages_of)
    fitting = []
    for queries, passages in zip(queries_of, stems_of, strict=True):
        places = []
        for wanted in stem_words(queries):
            shared = [sum(math.log(total / seen[stem]) for stem in stems.intersection(wanted)) for stems in passages]
            if max(shared) > 0:
                places.append(shared.index(max(shared)))
        fitting.append(places)
    return fitting


def build_triplet_examples(dataset: JobDataset, *, most: int = 0) -> Dataset:
    """Return a row a triplet of the train split: `anchor`, `positive`, `negative`; `most` as in `build_examples`."""
    documents = {listing.listing_id: listing.document for listing in dataset.listings}
    triplets = dataset.split("train")
    kept = list(dict.fromkeys(triplet.query.listing_id for triplet in triplets))[: most or None]
    return Dataset.from_list(
        [
            {
                "anchor": triplet.query.text,
                "positive": documents[triplet.query.listing_id],
                "negative": documents[negative_id],
            }
            for triplet in triplets
            if triplet.query.listing_id in set(kept)
            for negative_id in triplet.negative_ids
        ]
    )


@dataclass
class ListingCollator:
    """Rows of `queries` and `passages` -> tokens, each listing once for its several queries.

    The batch holds `anchor_*` with a row a query, `positive_*` with a row a passage, and `label` with
    `query` and `passage`, int64: the row of each one's listing. Draws depend on seed, epoch and listing only,
    not on what was drawn before, so that a resumed run sees what the unbroken one would have seen. With `counted`
    each side says which of its tokens count, `*_counted` `(rows, tokens)` bool.
    """

    preprocess: Callable[..., dict[str, Any]]
    query_prompt: str | None = None
    document_prompt: str | None = None
    passages: int = 1
    noise: float = 0.0
    roles: float = 0.0
    counted: Callable[[Task, Sequence[str]], list[list[bool]]] | None = None
    seed: int = 0
    epoch: int = 0
    # Asked for by the trainer when it picks a batch sampler; there is no label column.
    valid_label_columns: tuple[str, ...] = ()

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Draw and tokenize a batch."""
        drawn = [self.draw(row) for row in rows]
        batch: dict[str, Any] = {"label": {}}
        sides: tuple[tuple[str, int, str | None, Task], ...] = (
            ("anchor", 0, self.query_prompt, "query"),
            ("positive", 1, self.document_prompt, "document"),
        )
        for side, place, prompt, task in sides:
            texts = [text for texts_of in drawn for text in texts_of[place]]
            features = self.preprocess(texts, prompt=prompt, task=task)
            if self.counted and "attention_mask" in features:
                features["counted"] = token_mask(self.counted(task, texts), features["attention_mask"])
            for key, value in features.items():
                batch[f"{side}_{key}"] = value
            owners = [row for row, texts_of in enumerate(drawn) for _ in texts_of[place]]
            batch["label"]["query" if side == "anchor" else "passage"] = torch.tensor(owners)
        return batch

    def draw(self, row: dict[str, Any]) -> tuple[list[str], list[str]]:
        """Return a listing's queries, some with noise, and as many of its passages as a step takes."""
        rng = random.Random(f"{self.seed}-{self.epoch}-{row['listing_id']}")  # noqa: S311 (a draw, no secret)
        queries = [add_noise(text, rng) if rng.random() < self.noise else text for text in row["queries"]]
        # Few queries name a role; without more of them a tuned model minds it less than its base does.
        queries = [add_role(text, row["role"], rng) if rng.random() < self.roles else text for text in queries]
        # A long listing's queries are mostly about other passages than one drawn blindly.
        first = [rng.choice(row["fitting"])] if row["fitting"] else []
        others = [place for place in range(len(row["passages"])) if place not in first]
        rng.shuffle(others)
        places = sorted((first + others)[: self.passages])
        return queries, [row["passages"][place] for place in places]
