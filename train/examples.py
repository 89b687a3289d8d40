"""Training examples: a listing once, with all its queries."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from datasets import Dataset

from data.folder import JobDataset


def build_examples(dataset: JobDataset, *, most: int = 0) -> Dataset:
    """Return a row a listing of the train split: `queries` (list of str) and `document` (str).

    Args:
        dataset: Where the train split is taken from.
        most: Keep the first so many listings; 0 keeps all.

    Raises:
        ValueError: there are fewer than two listings to train on.
    """
    documents = {listing.listing_id: listing.document for listing in dataset.listings}
    queries_of: dict[str, list[str]] = {}
    for query in dataset.queries("train"):
        queries_of.setdefault(query.listing_id, []).append(query.text)
    rows = [{"queries": queries, "document": documents[listing_id]} for listing_id, queries in queries_of.items()]
    if most:
        rows = rows[:most]
    if len(rows) < 2:
        raise ValueError(
            f"expected at least 2 listings with queries to train on, {dataset.name} has {len(rows)}; add listings"
        )
    return Dataset.from_list(rows)


@dataclass
class ListingCollator:
    """Rows of `queries` and `document` -> tokens, each listing once for its several queries.

    The batch holds `anchor_*` with a row a query, `positive_*` with a row a listing, and `label`
    `(n_queries,)` int64: the row of the listing that each query was written for.
    """

    preprocess: Callable[..., dict[str, Any]]
    query_prompt: str | None = None
    document_prompt: str | None = None
    # Asked for by the trainer when it picks a batch sampler; there is no label column.
    valid_label_columns: tuple[str, ...] = ()

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Tokenize a batch."""
        anchors = [query for row in rows for query in row["queries"]]
        owners = [place for place, row in enumerate(rows) for _ in row["queries"]]
        documents = [row["document"] for row in rows]
        batch: dict[str, Any] = {"label": torch.tensor(owners)}
        sides = (
            ("anchor", anchors, self.query_prompt, "query"),
            ("positive", documents, self.document_prompt, "document"),
        )
        for side, texts, prompt, task in sides:
            for key, value in self.preprocess(texts, prompt=prompt, task=task).items():
                batch[f"{side}_{key}"] = value
        return batch
