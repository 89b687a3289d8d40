"""Forward passes of a sentence-transformers model in torch, as numpy arrays."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer

from search.encoding.encoder import Floats
from search.encoding.token_vectors import TextVectors, spans_behind

Task = Literal["query", "document"]
# Where sentence-transformers looks for the prompt of a task, in this order, before the model's default.
PROMPT_NAMES = {"query": ("query",), "document": ("document", "passage", "corpus")}
WITH_OFFSETS = {"text": {"return_offsets_mapping": True}}


def prompt_of(model: SentenceTransformer, task: Task) -> str:
    """Return what the library puts before each text of a task."""
    names = [*PROMPT_NAMES[task], model.default_prompt_name]
    return next((model.prompts[name] or "" for name in names if name in model.prompts), "")


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
) -> tuple[Floats, TextVectors]:
    """Encode texts to sentence embeddings and token vectors, in one pass, in a pool's processes if there is one.

    Returns:
        `(n, dim)` float32 unit rows, and of each text the unit rows that the model's scoring mask lets through; the
        mean of all its tokens for a text without any, such as `?!`.

    Raises:
        ValueError: the model has no token vectors.
    """
    run = model.encode_query if task == "query" else model.encode_document
    options: dict[str, Any] = {"show_progress_bar": show_progress, "pool": pool, "chunk_size": CHUNK_TEXTS}
    found: Any = run(list(texts), output_value=None, processing_kwargs=WITH_OFFSETS, **options)
    if not all("token_embeddings" in one for one in found):
        raise ValueError(
            "expected a model with a vector for each token, this one has none; score by passages "
            "(--scoring max_passage, NAME=max_passage:MODEL)"
        )
    sentences = torch.stack([one["sentence_embedding"] for one in found])
    prompt, pad_id = prompt_of(model, task), model.tokenizer.pad_token_id
    rows = [_scored(one, pad_id) for one in found]
    spans = [_scored_spans(one, prompt, text) for one, text in zip(found, texts, strict=True)]
    lengths = np.array([len(one) for one in spans], dtype=np.int64)
    return _unit(sentences), TextVectors(np.concatenate(rows), lengths, np.concatenate(spans))


def _scored(features: dict[str, torch.Tensor], pad_id: int | None) -> Floats:
    tokens, mask = features["token_embeddings"], features["attention_mask"].bool()
    if not mask.any():
        tokens, mask = tokens[features["input_ids"] != pad_id].mean(dim=0, keepdim=True), mask.new_ones(1)
    return _unit(tokens[mask])


def _scored_spans(features: dict[str, torch.Tensor], prompt: str, text: str) -> NDArray[np.int64]:
    """Return the characters of a text's scored tokens, `(n, 2)`; all of a text without any."""
    offsets = features["offset_mapping"][features["attention_mask"].bool()]
    return spans_behind(prompt, text, offsets.cpu().numpy()) if len(offsets) else np.array([(0, len(text))])


def _unit(rows: torch.Tensor) -> Floats:
    unit: Floats = torch.nn.functional.normalize(rows.float(), dim=-1).cpu().numpy()
    return unit
