"""In-batch softmax over all the queries of a listing and several passages of it, each encoded once; by wholes and by tokens."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.util import all_gather, all_gather_with_grad, cos_sim
from torch import Tensor, nn

from train.trainer.maxsim import TokenRows, join_tokens, nearest_token_scores

# 8 listings of 256 tokens: what a chunk works on fits the caches of a CPU core.
CHUNK_TOKENS = 2048
# Means over tokens differ half as much between listings as cosines of wholes do, so their temperature is half of that.
TOKEN_SCALE = 2.0


class Embedded(NamedTuple):
    """Texts of a batch: `whole` `(rows, dim)`, and their tokens where the batch says which count."""

    whole: Tensor
    tokens: TokenRows | None


class ListingRankingLoss(nn.Module):
    """In-batch softmax of each query over the listings of the batch, by their best passage.

    Differs from sentence-transformers' MultipleNegativesRankingLoss in that several queries share one
    positive: a listing stands once among the candidates, so two queries of one listing never count as
    each other's negatives, and a listing is encoded once a step and not once a query. A listing's score
    is the maximum over its passages, as in search. With one query and one passage a listing it is that loss,
    `symmetric` the one with both directions. `tokens` is the share of a second softmax, over the scores of tokens.

    Source: van den Oord et al. 2018 (InfoNCE); Henderson et al. 2017 (in-batch negatives); Dai and
    Callan 2019 (the maximum over passages).
    """

    def __init__(
        self,
        model: SentenceTransformer,
        *,
        scale: float = 20.0,
        symmetric: bool = False,
        tokens: float = 0.0,
        gather: bool = False,
    ) -> None:
        """Keep the model and the options; `gather` takes in the other processes' listings as negatives."""
        super().__init__()
        self.model = model
        self.scale = scale
        self.symmetric = symmetric
        self.tokens = tokens
        self.gather = gather

    def forward(self, sentence_features: Iterable[dict[str, Tensor]], labels: dict[str, Tensor]) -> Tensor:
        """Return the mean loss over queries, a scalar.

        Args:
            sentence_features: Tokens of the queries, then of the passages.
            labels: `query` `(n_queries,)` and `passage` `(n_passages,)` int64: the row of each one's listing.
        """
        # Past the wrapper for several processes, which stands one forward pass a step; train/trainer/trainer.py joins gradients.
        model = getattr(self.model, "module", self.model)
        return self.compute_loss([embed_in_chunks(model, features) for features in sentence_features], labels)

    def compute_loss(self, embedded: Sequence[Embedded], labels: dict[str, Tensor]) -> Tensor:
        """Return the mean loss over queries, a scalar, of wholes and tokens by their shares; `labels` as in `forward`.

        Raises:
            ValueError: tokens have a share, and the batch does not say which count.
        """
        whole = self.compute_loss_from_embeddings([one.whole for one in embedded], labels)
        if not self.tokens:
            return whole
        queries, passages = (one.tokens for one in embedded)
        if queries is None or passages is None:
            raise ValueError("expected a model with a vector for each token, this one has none; use --tokens 0")
        return (1 - self.tokens) * whole + self.tokens * self.compute_token_loss(queries, passages, labels)

    def compute_token_loss(self, queries: TokenRows, passages: TokenRows, labels: dict[str, Tensor]) -> Tensor:
        """Return the mean loss over queries, a scalar, by their tokens and those of the listings."""
        owners, listing_of = labels["query"], labels["passage"][passages.owners]
        vectors, numbers = [queries.vectors, passages.vectors], [queries.owners, listing_of]
        # Not counted by tokens: a listing may have none.
        n_listings = int(labels["passage"].max()) + 1
        if self.gather:
            sizes = [len(owners), n_listings, n_listings]
            rows = [*vectors, owners.unsqueeze(1).to(vectors[0].dtype)]
            (*vectors, _), (*numbers, owners), (_, n_listings, _) = gather_rows(rows, [*numbers, owners], sizes)
        scores = nearest_token_scores(
            TokenRows(vectors[0], numbers[0]),
            TokenRows(vectors[1], numbers[1]),
            n_queries=len(owners),
            n_listings=n_listings,
        )
        return nn.functional.cross_entropy(scores * self.scale * TOKEN_SCALE, owners)

    def compute_loss_from_embeddings(self, embeddings: list[Tensor], labels: dict[str, Tensor]) -> Tensor:
        """Return the mean loss over queries, a scalar.

        Args:
            embeddings: `(n_queries, dim)` and `(n_passages, dim)`.
            labels: As in `forward`.
        """
        anchors, passages = embeddings
        owners, passage_owners = labels["query"], labels["passage"]
        if self.gather:
            sizes = [int(passage_owners.max()) + 1] * 2
            (anchors, passages), (owners, passage_owners), _ = gather_rows(embeddings, [owners, passage_owners], sizes)
        scores = best_passage_scores(cos_sim(anchors, passages) * self.scale, passage_owners)
        loss = nn.functional.cross_entropy(scores, owners)
        if self.symmetric:
            loss = (loss + _listing_to_query(scores, owners)) / 2
        return loss

    def get_config_dict(self) -> dict[str, Any]:
        """What a trainer may want to note down."""
        return {"scale": self.scale, "symmetric": self.symmetric, "tokens": self.tokens}


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


def gather_rows(
    sides: list[Tensor], owners: list[Tensor], owner_counts: list[int]
) -> tuple[list[Tensor], list[Tensor], list[int]]:
    """Join the rows of all processes, in the order of their ranks, with gradients: rows, owners, and how many owners there are.

    Processes may have different numbers of rows. Owners are numbered on from one process to the next, as many as
    `owner_counts` says for each side.
    """
    device = sides[0].device
    sizes = torch.tensor([*(len(rows) for rows in sides), *owner_counts], device=device)
    table, counts = torch.split(all_gather(sizes.unsqueeze(0)), len(sides), dim=1)
    starts = torch.cumsum(counts, 0) - counts
    joined, renumbered = [], []
    for side, (rows, own) in enumerate(zip(sides, owners, strict=True)):
        most = int(table[:, side].max())
        missing = most - len(rows)
        padded = all_gather_with_grad(nn.functional.pad(rows, (0, 0, 0, missing))).reshape(len(table), most, -1)
        numbers = all_gather(nn.functional.pad(own, (0, missing))).reshape(len(table), most)
        joined.append(torch.cat([part[: int(n)] for part, n in zip(padded, table[:, side], strict=True)]))
        renumbered.append(
            torch.cat(
                [part[: int(n)] + at for part, n, at in zip(numbers, table[:, side], starts[:, side], strict=True)]
            )
        )
    return joined, renumbered, counts.sum(0).tolist()


def embed_in_chunks(
    model: torch.nn.Module, features: dict[str, Tensor], *, chunk_tokens: int = CHUNK_TOKENS
) -> Embedded:
    """Embed a batch in chunks of rows of like length, each padded to its own longest row only.

    Args:
        model: A sentence-transformers model.
        features: The tokens of a batch; tensors of two dimensions are `(rows, tokens)`. `counted`, where it is there, says which count.
        chunk_tokens: About how many tokens a chunk may hold, padding included.

    Returns:
        The rows in their order.
    """
    if "attention_mask" not in features:
        # Static embeddings hold their tokens in one row and have nothing to pad.
        return Embedded(model(features)["sentence_embedding"], None)
    lengths = features["attention_mask"].sum(dim=1)
    order = torch.argsort(lengths, descending=True)
    parts: list[Tensor] = []
    tokens: list[Tensor] = []
    start = 0
    while start < len(order):
        width = int(lengths[order[start]])
        rows = order[start : start + max(1, chunk_tokens // width)]
        # Where the tokens are, on whichever side the tokenizer pads.
        columns = features["attention_mask"][rows].any(dim=0)
        chunk = {
            key: value[rows][:, columns] if torch.is_tensor(value) and value.ndim == 2 else value
            for key, value in features.items()
        }
        counted = chunk.pop("counted", None)
        made = model(chunk)
        parts.append(made["sentence_embedding"])
        if counted is not None and "token_embeddings" in made:
            tokens += [row[kept] for row, kept in zip(made["token_embeddings"], counted, strict=True)]
        start += len(rows)
    back = torch.argsort(order)
    return Embedded(torch.cat(parts)[back], join_tokens([tokens[place] for place in back.tolist()]) if tokens else None)
