"""Tokens in training: which of a batch count, and what they say of each listing."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

# No token of a listing is near: less than any cosine.
NOTHING = -1.0


class TokenRows(NamedTuple):
    """The tokens that count of several texts: `vectors` `(n_tokens, dim)`, unit rows, and `owners` `(n_tokens,)` int64, the
    row of each one's text; those of one text lie together.
    """

    vectors: Tensor
    owners: Tensor


def token_mask(counted: Sequence[Sequence[bool]], attention_mask: Tensor) -> Tensor:
    """Lay out which tokens of each text count as the batch has them, padding on either side: `(rows, tokens)` bool."""
    read = attention_mask.bool()
    mask = torch.zeros_like(read)
    mask[read] = torch.tensor([flag for row in counted for flag in row], dtype=torch.bool)
    return mask


def join_tokens(vectors: list[Tensor]) -> TokenRows:
    """Join each text's tokens, a tensor `(n_tokens, dim)` a text."""
    counts = torch.tensor([len(rows) for rows in vectors], device=vectors[0].device)
    owners = torch.repeat_interleave(torch.arange(len(vectors), device=counts.device), counts)
    return TokenRows(nn.functional.normalize(torch.cat(vectors), dim=-1), owners)


def nearest_token_scores(queries: TokenRows, listings: TokenRows, *, n_queries: int, n_listings: int) -> Tensor:
    """Mean over a query's tokens of the cosine of each and the listing's nearest token: `(n_queries, n_listings)`.

    A query without tokens scores 0 everywhere, a listing without tokens less than any other.

    Source: Khattab and Zaharia 2020 (late interaction).
    """
    nothing = queries.vectors.new_full((len(queries.vectors),), NOTHING)
    columns = [
        (queries.vectors @ rows.T).max(dim=1).values if len(rows) else nothing
        for rows in torch.split(listings.vectors, _counts(listings.owners, n_listings))
    ]
    sums = nothing.new_zeros((n_queries, n_listings)).index_add(
        0, queries.owners, torch.stack(columns, dim=1).to(nothing.dtype)
    )
    counts = torch.bincount(queries.owners, minlength=n_queries).clamp(min=1)
    return sums / counts.unsqueeze(1)


def _counts(owners: Tensor, total: int) -> list[int]:
    counts: list[int] = torch.bincount(owners, minlength=total).tolist()
    return counts
