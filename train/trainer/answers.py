"""What is trained on: listings with the queries that they answer."""

from collections.abc import Mapping, Sequence
from itertools import islice

import torch
from torch import Tensor

from data.dataset import JobDataset, Triplet


def train_listings(dataset: JobDataset, *, limit: int = 0) -> dict[str, list[str]]:
    """Return the first listings to train on, with the queries that they answer; 0 for all."""
    queries_of: dict[str, list[str]] = {}
    for query in dataset.queries("train"):
        for listing_id in query.answers:
            queries_of.setdefault(listing_id, []).append(query.text)
    return dict(islice(queries_of.items(), limit or None))


def train_triplets(dataset: JobDataset, *, limit: int = 0) -> list[Triplet]:
    """Return the triplets that the first listings answer; 0 for all."""
    taken = train_listings(dataset, limit=limit)
    return [triplet for triplet in dataset.split("train") if not taken.keys().isdisjoint(triplet.query.answers)]


def answers_of(dataset: JobDataset, listing_ids: Sequence[str]) -> dict[str, list[int]]:
    """Map queries that several listings answer to these, by their places in `listing_ids`.

    A query is its text in small letters, so that all copies of it have the same answers. Related listings are among
    them: what is not wrong is no negative.
    """
    places = {listing_id: place for place, listing_id in enumerate(listing_ids)}
    found: dict[str, set[int]] = {}
    for query in dataset.queries("train"):
        graded = (places[name] for name in query.grades if name in places)
        found.setdefault(query.text.casefold(), set()).update(graded)
    return {text: sorted(answers) for text, answers in found.items() if len(answers) > 1}


class AnswerTable:
    """Which listings answer which query, as tensors: no answer of a query is a negative of it."""

    def __init__(self, answers: Mapping[str, Sequence[int]]) -> None:
        """Take what `answers_of` returns; a query's number is its place there."""
        rows = [torch.tensor(places, dtype=torch.int64) for places in answers.values()]
        self._answers = torch.cat(rows) if rows else torch.zeros(0, dtype=torch.int64)
        self._starts = torch.tensor([0, *(len(row) for row in rows)]).cumsum(dim=0).tolist()

    def hidden(self, texts: Tensor, places: Tensor, owners: Tensor) -> Tensor:
        """Tell which listings of a batch answer a query without being its positive here.

        Args:
            texts: `(n_queries,)` int64, the number of each query, -1 for one with a single answer.
            places: `(n_rows,)` int64, the place of each row's listing.
            owners: `(n_queries,)` int64, the row of each query's positive.

        Returns:
            `(n_queries, n_rows)` bool; altered copies of the positive's listing are left to what else hides them.
        """
        hidden = torch.zeros(len(texts), len(places), dtype=torch.bool, device=places.device)
        for text in sorted(set(texts.tolist())):
            if text >= 0:
                answers = self._answers[self._starts[text] : self._starts[text + 1]].to(places.device)
                hidden[texts == text] = torch.isin(places, answers)
        return hidden & (places[None] != places[owners][:, None])
