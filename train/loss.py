"""In-batch softmax over all the queries of a listing and several passages of it, each encoded once."""

from collections.abc import Iterable
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.util import all_gather, all_gather_with_grad, cos_sim
from torch import Tensor, nn

# 8 listings of 256 tokens: what a chunk works on fits the caches of a CPU core.
CHUNK_TOKENS = 2048


class ListingRankingLoss(nn.Module):
    """In-batch softmax of each query over the listings of the batch, by their best passage.

    Differs from sentence-transformers' MultipleNegativesRankingLoss in that several queries share one
    positive: a listing stands once among the candidates, so two queries of one listing never count as
    each other's negatives, and a listing is encoded once a step and not once a query. A listing's score
    is the maximum over its passages, as in search. With one query and one passage a listing it is that loss,
    `symmetric` the one with both directions.

    Source: van den Oord et al. 2018 (InfoNCE); Henderson et al. 2017 (in-batch negatives); Dai and
    Callan 2019 (the maximum over passages).
    """

    def __init__(
        self, model: SentenceTransformer, *, scale: float = 20.0, symmetric: bool = False, gather: bool = False
    ) -> None:
        """Keep the model and the options; `gather` takes in the other processes' listings as negatives."""
        super().__init__()
        self.model = model
        self.scale = scale
        self.symmetric = symmetric
        self.gather = gather

    def forward(self, sentence_features: Iterable[dict[str, Tensor]], labels: dict[str, Tensor]) -> Tensor:
        """Return the mean loss over queries, a scalar.

        Args:
            sentence_features: Tokens of the queries, then of the passages.
            labels: `query` `(n_queries,)` and `passage` `(n_passages,)` int64: the row of each one's listing.
        """
        # Past the wrapper for several processes, which stands one forward pass a step; train/trainer.py joins gradients.
        model = getattr(self.model, "module", self.model)
        embeddings = [embed_in_chunks(model, features) for features in sentence_features]
        return self.compute_loss_from_embeddings(embeddings, labels)

    def compute_loss_from_embeddings(self, embeddings: list[Tensor], labels: dict[str, Tensor]) -> Tensor:
        """Return the mean loss over queries, a scalar.

        Args:
            embeddings: `(n_queries, dim)` and `(n_passages, dim)`.
            labels: As in `forward`.
        """
        anchors, passages = embeddings
        owners, passage_owners = labels["query"], labels["passage"]
        if self.gather:
            (anchors, passages), (owners, passage_owners) = gather_rows([anchors, passages], [owners, passage_owners])
        scores = best_passage_scores(cos_sim(anchors, passages) * self.scale, passage_owners)
        loss = nn.functional.cross_entropy(scores, owners)
        if self.symmetric:
            loss = (loss + _listing_to_query(scores, owners)) / 2
        return loss

    def get_config_dict(self) -> dict[str, Any]:
        """What a trainer may want to note down."""
        return {"scale": self.scale, "symmetric": self.symmetric}


def best_passage_scores(scores: Tensor, passage_owners: Tensor) -> Tensor:
    """Take the maximum over each listing's passages: `(n_queries, n_passages)` -> `(n_queries, n_listings)`."""
    listings = int(passage_owners.max()) + 1
    empty = scores.new_full((len(scores), listings), -torch.inf)
    return empty.scatter_reduce(1, passage_owners.expand(len(scores), -1), scores, reduce="amax")


def _listing_to_query(scores: Tensor, owners: Tensor) -> Tensor:
    """Softmax of each query's own listing over that query and the queries of other listings."""
    own = owners.unsqueeze(1) == torch.arange(scores.shape[1], device=scores.device)
    others = torch.logsumexp(scores.masked_fill(own, -torch.inf), dim=0)
    positive = scores[torch.arange(len(owners), device=scores.device), owners]
    return (torch.logaddexp(positive, others[owners]) - positive).mean()


def gather_rows(embeddings: list[Tensor], owners: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
    """Join the rows of all processes, in the order of their ranks, with gradients.

    Processes may have different numbers of rows; listings are numbered on from one process to the next.
    """
    device = embeddings[0].device
    sizes = torch.tensor([*(len(rows) for rows in embeddings), int(owners[1].max()) + 1], device=device)
    table = all_gather(sizes.unsqueeze(0))
    offsets = torch.cumsum(table[:, -1], 0) - table[:, -1]
    joined, renumbered = [], []
    for side, (rows, own) in enumerate(zip(embeddings, owners, strict=True)):
        most = int(table[:, side].max())
        missing = most - len(rows)
        padded = all_gather_with_grad(nn.functional.pad(rows, (0, 0, 0, missing))).reshape(len(table), most, -1)
        numbers = all_gather(nn.functional.pad(own, (0, missing))).reshape(len(table), most)
        joined.append(torch.cat([part[: int(n)] for part, n in zip(padded, table[:, side], strict=True)]))
        renumbered.append(
            torch.cat([part[: int(n)] + at for part, n, at in zip(numbers, table[:, side], offsets, strict=True)])
        )
    return joined, renumbered


def embed_in_chunks(
    model: torch.nn.Module, features: dict[str, torch.Tensor], *, chunk_tokens: int = CHUNK_TOKENS
) -> torch.Tensor:
    """Embed a batch in chunks of rows of like length, each padded to its own longest row only.

    Args:
        model: A sentence-transformers model.
        features: The tokens of a batch; tensors of two dimensions are `(rows, tokens)`.
        chunk_tokens: About how many tokens a chunk may hold, padding included.

    Returns:
        `(rows, dim)`, in the order of the rows.
    """
    if "attention_mask" not in features:
        # Static embeddings hold their tokens in one row and have nothing to pad.
        whole: torch.Tensor = model(features)["sentence_embedding"]
        return whole
    lengths = features["attention_mask"].sum(dim=1)
    order = torch.argsort(lengths, descending=True)
    parts, start = [], 0
    while start < len(order):
        width = int(lengths[order[start]])
        rows = order[start : start + max(1, chunk_tokens // width)]
        # Where the tokens are, on whichever side the tokenizer pads.
        columns = features["attention_mask"][rows].any(dim=0)
        chunk = {
            key: value[rows][:, columns] if torch.is_tensor(value) and value.ndim == 2 else value
            for key, value in features.items()
        }
        parts.append(model(chunk)["sentence_embedding"])
        start += len(rows)
    return torch.cat(parts)[torch.argsort(order)]
