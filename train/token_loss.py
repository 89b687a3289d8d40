"""Tokens in training: which of a batch count, and what they say of each listing."""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from search.tokens import COUNTED

# No token of a listing is near: less than any cosine.
NOTHING = -1.0


class TokenRows(NamedTuple):
    """The tokens that count of several texts: `vectors` `(n_tokens, dim)`, unit rows, and `owners` `(n_tokens,)` int64, the
    row of each one's text; those of one text lie together.
    """

    vectors: Tensor
    owners: Tensor


class TokenMask:
    """Marks the tokens that search counts: with a letter or a digit, and neither the prompt's nor the model's own marks."""

    def __init__(self, tokenizer: Any) -> None:
        """Look at the whole vocabulary once."""
        marks = set(tokenizer.all_special_ids)
        texts = tokenizer.batch_decode([[number] for number in range(len(tokenizer))])
        self.tokenizer = tokenizer
        self.counted = torch.tensor(
            [number not in marks and COUNTED.search(text) is not None for number, text in enumerate(texts)]
        )

    def __call__(self, features: dict[str, Any], prompt: str | None) -> Tensor:
        """Return which tokens of a batch count, `(rows, tokens)` bool."""
        mask: Tensor = self.counted[features["input_ids"]] & features["attention_mask"].bool()
        if prompt:
            ids = torch.tensor(self.tokenizer(prompt, add_special_tokens=False)["input_ids"])
            mask &= mask.cumsum(dim=1) > self.counted[ids].sum()
        return mask


def pick_tokens(vectors: list[Tensor]) -> TokenRows:
    """Join each text's tokens, a tensor `(n_tokens, dim)` a text."""
    counts = torch.tensor([len(rows) for rows in vectors], device=vectors[0].device)
    owners = torch.repeat_interleave(torch.arange(len(vectors), device=counts.device), counts)
    return TokenRows(nn.functional.normalize(torch.cat(vectors), dim=-1), owners)


def nearest_token_scores(queries: TokenRows, listings: TokenRows, *, n_queries: int, n_listings: int) -> Tensor:
    """Mean over a query's tokens of the cosine of each and the listing's nearest token: `(n_queries, n_listings)`.

    A query without tokens scores 0 everywhere, a listing without tokens less than any other.

    Source: Khattab and Zaharia 2020 (late interaction).
    """
    found = queries.vectors.new_full((len(queries.vectors), n_listings), NOTHING)
    columns = [
        (queries.vectors @ rows.T).max(dim=1).values if len(rows) else found[:, place]
        for place, rows in enumerate(torch.split(listings.vectors, _counts(listings.owners, n_listings)))
    ]
    sums = found.new_zeros((n_queries, n_listings)).index_add(0, queries.owners, torch.stack(columns, dim=1))
    counts = torch.bincount(queries.owners, minlength=n_queries).clamp(min=1)
    return sums / counts.unsqueeze(1)


def _counts(owners: Tensor, total: int) -> list[int]:
    counts: list[int] = torch.bincount(owners, minlength=total).tolist()
    return counts
