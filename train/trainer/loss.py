"""In-batch softmax over all queries of a listing, MaxSim included."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.util import all_gather, cos_sim, mean_maxsim
from torch import Tensor, nn

from train.trainer.answers import AnswerTable
from train.trainer.word_lookup import shared_word_lookup

# What a chunk works on fits the caches of a CPU core, and its rows are of like length.
CHUNK_TOKENS = 1024
# Queries, and listings, whose MaxSim is computed at once.
CHUNK_TEXTS = 16
# Mean MaxSim differs half as much between listings as cosines of sentence embeddings do, so its temperature is half.
TOKEN_SCALE = 2.0
# The MaxSim of a listing without tokens: the least that a cosine can be.
NO_TOKEN = -1.0


class Embedded(NamedTuple):
    """The queries or the listings of a batch.

    `sentences` is `(n_texts, dim)`; `tokens`, where the model has any, holds each text's scored token vectors,
    `(n_tokens, dim)` unit rows.
    """

    sentences: Tensor
    tokens: list[Tensor] | None


class ListingRankingLoss(nn.Module):
    """In-batch softmax of each query over the batch's listings.

    Differs from sentence-transformers' MultipleNegativesRankingLoss in that several queries share one positive: a
    listing stands once among the candidates, so two queries of one listing never count as each other's negatives, and
    it is encoded once a step. With one query a listing it is that loss. Of a query with several answers (`answers`),
    each is a positive in its turn, and the others in the batch are left out of its softmax. `tokens` is the share of a
    second softmax, over mean MaxSim; `gather` takes in the other processes' listings as negatives.

    Source: van den Oord et al. 2018 (InfoNCE); Henderson et al. 2017 (in-batch negatives); Khattab and
    Zaharia 2020 (MaxSim).
    """

    def __init__(
        self,
        model: SentenceTransformer,
        *,
        scale: float = 20.0,
        tokens: float = 0.0,
        gather: bool = False,
        answers: Mapping[str, Sequence[int]] = MappingProxyType({}),
    ) -> None:
        super().__init__()
        self.model, self.scale, self.tokens, self.gather = model, scale, tokens, gather
        self.answers = AnswerTable(answers)

    def forward(self, sentence_features: Iterable[dict[str, Tensor]], labels: dict[str, Tensor]) -> Tensor:
        """Embed queries and listings, and compute their loss.

        Args:
            sentence_features: Tokens of the queries, then of the listings.
            labels: `query` `(n_queries,)` int64, the row of each one's listing; `twins` `(n_queries, n)`, rows of
                altered listings that a query says nothing against, -1 for none; `text` and `place`, if they are
                there, as of `ListingCollator`.
        """
        # Past the wrapper for several processes, which stands one forward pass a step; train/trainer/trainer.py
        # joins the gradients.
        model = getattr(self.model, "module", self.model)
        batches = list(sentence_features)
        with shared_word_lookup(model, torch.cat([features["input_ids"].flatten() for features in batches])):
            embedded = [embed_in_chunks(model, features) for features in batches]
        named = (labels["text"], labels["place"]) if "text" in labels else None
        return self.compute_loss(embedded, labels["query"], labels.get("twins"), named)

    def compute_loss(
        self,
        embedded: Sequence[Embedded],
        owners: Tensor,
        twins: Tensor | None = None,
        named: tuple[Tensor, Tensor] | None = None,
    ) -> Tensor:
        """Return the mean loss over queries, a scalar.

        Args:
            embedded: The queries, then the listings.
            owners: `(n_queries,)` int64, the row of each query's listing.
            twins: `(n_queries, n)` int64, rows of listings that are no negatives of the query, -1 for none.
            named: The number of each query in `answers`, `(n_queries,)` int64, and the place there of each listing,
                `(n_listings,)` int64; None where each query has one answer.

        Raises:
            ValueError: tokens have a share, and the model has no token vectors.
        """
        twins = owners.new_full((len(owners), 1), -1) if twins is None else twins
        if self.gather:
            embedded, owners, twins = self._gather_batch(embedded, owners, twins)
            named = (gather_rows(named[0]), gather_rows(named[1])) if named else None
        queries, listings = embedded
        rows = torch.arange(len(listings.sentences), device=twins.device)
        hidden = (twins[:, :, None] == rows).any(dim=1)
        if named:
            hidden |= self.answers.hidden(*named, owners)
        cosines = cos_sim(queries.sentences, listings.sentences).masked_fill(hidden, -torch.inf)
        by_sentence = nn.functional.cross_entropy(cosines * self.scale, owners)
        if not self.tokens:
            return by_sentence
        if queries.tokens is None or listings.tokens is None:
            raise ValueError("expected a model with a vector for each token, this one has none; use --tokens 0")
        scores = score_tokens(queries.tokens, listings.tokens).masked_fill(hidden, -torch.inf)
        by_token = nn.functional.cross_entropy(scores * self.scale * TOKEN_SCALE, owners)
        return (1 - self.tokens) * by_sentence + self.tokens * by_token

    def _gather_batch(
        self, embedded: Sequence[Embedded], owners: Tensor, twins: Tensor
    ) -> tuple[list[Embedded], Tensor, Tensor]:
        """Join the processes' batches; owners and twins are numbered on from one to the next."""
        counts = all_gather(torch.tensor([len(embedded[1].sentences)], device=owners.device))
        before = counts[: torch.distributed.get_rank()].sum()
        owners, twins = owners + before, torch.where(twins < 0, twins, twins + before)
        joined = []
        for sentences, tokens in embedded:
            shared = gather_tokens(tokens) if tokens and self.tokens else None
            joined.append(Embedded(gather_rows(sentences), shared))
        return joined, gather_rows(owners), gather_rows(twins)


def score_tokens(queries: list[Tensor], listings: list[Tensor]) -> Tensor:
    """Return the mean MaxSim of each query and listing.

    Returns:
        `(n_queries, n_listings)`; a listing without tokens scores NO_TOKEN, a query without tokens 0 at every other.
    """
    # By length: each chunk is padded to its own longest text only.
    query_order, listing_order = order_by_length(queries), order_by_length(listings)
    scores = torch.cat(
        [
            torch.cat([mean_maxsim(some, others) for others in chunk_texts(listings, listing_order)], dim=1)
            for some in chunk_texts(queries, query_order)
        ]
    )
    rows, columns = (torch.tensor(order, device=scores.device).argsort() for order in (query_order, listing_order))
    return scores[rows][:, columns].clamp(min=NO_TOKEN)


def order_by_length(texts: Sequence[Tensor]) -> list[int]:
    """Return the positions of texts, those of fewest tokens first."""
    return sorted(range(len(texts)), key=lambda position: len(texts[position]))


def chunk_texts(texts: Sequence[Tensor], order: Sequence[int]) -> Iterator[list[Tensor]]:
    """Yield CHUNK_TEXTS texts at a time, in an order."""
    for start in range(0, len(order), CHUNK_TEXTS):
        yield [texts[position] for position in order[start : start + CHUNK_TEXTS]]


def gather_tokens(tokens: list[Tensor]) -> list[Tensor]:
    """Join the token vectors of all processes' texts."""
    lengths = torch.tensor([len(vectors) for vectors in tokens], device=tokens[0].device)
    return list(torch.split(gather_rows(torch.cat(tokens)), gather_rows(lengths).tolist()))


def gather_rows(rows: Tensor) -> Tensor:
    """Join the processes' rows, as many as each has, with gradients."""
    counts = all_gather(torch.tensor([len(rows)], device=rows.device)).tolist()
    padding = (0, 0) * (rows.ndim - 1) + (0, max(counts) - len(rows))
    padded = all_gather(nn.functional.pad(rows, padding), with_grad=rows.is_floating_point())
    shares = padded.tensor_split(len(counts))
    return torch.cat([share[:count] for share, count in zip(shares, counts, strict=True)])


def embed_in_chunks(
    model: torch.nn.Module, features: dict[str, Tensor], *, chunk_tokens: int = CHUNK_TOKENS
) -> Embedded:
    """Embed a batch in chunks of rows of like length.

    Args:
        model: A sentence-transformers model, with a scoring mask where it has token vectors.
        features: The tokens of a batch; tensors of two dimensions are `(rows, tokens)`.
        chunk_tokens: About how many tokens a chunk may hold; each is padded to its own longest row only.

    Returns:
        The rows in their order.
    """
    if "attention_mask" not in features:
        # Static embeddings hold their tokens in one row and have nothing to pad.
        return Embedded(model(features)["sentence_embedding"], None)
    lengths = features["attention_mask"].sum(dim=1)
    order = torch.argsort(lengths, descending=True)
    sentences: list[Tensor] = []
    tokens: list[Tensor] = []
    start = 0
    while start < len(order):
        rows = order[start : start + max(1, chunk_tokens // int(lengths[order[start]]))]
        # Where the tokens are, on whichever side the tokenizer pads.
        columns = features["attention_mask"][rows].any(dim=0)
        made = model(
            {
                key: value[rows][:, columns] if torch.is_tensor(value) and value.ndim == 2 else value
                for key, value in features.items()
            }
        )
        sentences.append(made["sentence_embedding"])
        if "token_embeddings" in made:
            # The model's last modules made the attention mask the scoring mask.
            masks = made["attention_mask"].bool()
            tokens += [row[mask] for row, mask in zip(made["token_embeddings"], masks, strict=True)]
        start += len(rows)
    back = torch.argsort(order)
    return Embedded(torch.cat(sentences)[back], [tokens[position] for position in back.tolist()] if tokens else None)
