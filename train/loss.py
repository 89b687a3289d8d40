"""MultipleNegativesRankingLoss over all the queries of a listing, each listing encoded once."""

from collections.abc import Iterable

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

# 8 listings of 256 tokens: what a chunk works on fits the caches of a CPU core.
CHUNK_TOKENS = 2048


class ListingRankingLoss(MultipleNegativesRankingLoss):
    """In-batch softmax of each query over the listings of the batch.

    Differs from its parent in that several queries share one positive: a listing stands once among
    the candidates, so two queries of one listing never count as each other's negatives, and a
    listing is encoded once a step and not once a query. With one query a listing it is the
    parent's loss.

    Source: van den Oord et al. 2018 (InfoNCE); Henderson et al. 2017 (in-batch negatives).
    """

    def __init__(self, model: SentenceTransformer, *, scale: float = 20.0) -> None:
        super().__init__(model, scale=scale)

    def forward(self, sentence_features: Iterable[dict[str, torch.Tensor]], labels: torch.Tensor) -> torch.Tensor:
        """Return the mean loss over queries, a scalar.

        Args:
            sentence_features: Tokens of the queries, then of the listings.
            labels: `(n_queries,)` int64, the row of each query's listing.
        """
        embeddings = [embed_in_chunks(self.model, features) for features in sentence_features]
        return self.compute_loss_from_embeddings(embeddings, labels)

    def compute_loss_from_embeddings(self, embeddings: list[torch.Tensor], labels: torch.Tensor) -> torch.Tensor:
        """Return the mean loss over queries, a scalar.

        Args:
            embeddings: `(n_queries, dim)` and `(n_listings, dim)`.
            labels: `(n_queries,)` int64, the row of each query's listing.
        """
        anchors, positives = embeddings
        scores = self.similarity_fct(anchors, positives) * self.scale
        return torch.nn.functional.cross_entropy(scores, labels)


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
