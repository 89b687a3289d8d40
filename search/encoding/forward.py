"""Forward passes of a sentence-transformers model, as numpy arrays."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from search.encoding.encoder import Floats

Task = Literal["query", "document"]
# The library's processes, see `search.encoding.pooled`, and the texts that one takes at once.
Pool = dict[Literal["input", "output", "processes"], Any]
CHUNK_TEXTS = 64


def embed(
    model: SentenceTransformer,
    task: Task,
    texts: Sequence[str],
    *,
    show_progress: bool = False,
    pool: Pool | None = None,
) -> Floats:
    """Encode texts to `(n, dim)` float32 unit rows, in a pool's processes if there is one."""
    run = model.encode_query if task == "query" else model.encode_document
    rows: Any = run(
        list(texts), normalize_embeddings=True, show_progress_bar=show_progress, pool=pool, chunk_size=CHUNK_TEXTS
    )
    return np.asarray(rows, dtype=np.float32)


def embed_tokens(
    model: SentenceTransformer,
    task: Task,
    texts: Sequence[str],
    *,
    show_progress: bool = False,
    pool: Pool | None = None,
) -> tuple[Floats, list[Floats]]:
    """Encode texts to sentence embeddings and token vectors, in one pass, in a pool's processes if there is one.

    Returns:
        `(n, dim)` float32 unit rows, and for each text the `(n_tokens, width)` unit rows that the model's scoring
        mask lets through; the mean of all its tokens for a text without any, such as `?!`.

    Raises:
        ValueError: the model has no token vectors.
    """
    run = model.encode_query if task == "query" else model.encode_document
    found: Any = run(list(texts), output_value=None, show_progress_bar=show_progress, pool=pool, chunk_size=CHUNK_TEXTS)
    if not all("token_embeddings" in one for one in found):
        raise ValueError(
            "expected a model with a vector for each token, this one has none; score by passages "
            "(--scoring max_passage, NAME=max_passage:MODEL)"
        )
    sentences = torch.stack([one["sentence_embedding"] for one in found])
    return _unit(sentences), [_scored(one, model.tokenizer.pad_token_id) for one in found]


def _scored(features: dict[str, torch.Tensor], pad_id: int | None) -> Floats:
    tokens, mask = features["token_embeddings"], features["attention_mask"].bool()
    if not mask.any():
        tokens, mask = tokens[features["input_ids"] != pad_id].mean(dim=0, keepdim=True), mask.new_ones(1)
    return _unit(tokens[mask])


def _unit(rows: torch.Tensor) -> Floats:
    unit: Floats = torch.nn.functional.normalize(rows.float(), dim=-1).cpu().numpy()
    return unit
