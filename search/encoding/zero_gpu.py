"""Queries where a Space lends its GPU by the call (ZeroGPU); everything else is encoded where the model is."""

import importlib.util
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakValueDictionary

import numpy as np
import torch
from numpy.typing import NDArray

from search.arrays import unit_rows

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Task = Literal["query", "document"]

# Whether this is a Space that lends its GPU: only while a visitor's request runs, so that a start has to do without.
IS_LENT = importlib.util.find_spec("spaces") is not None

# A borrowed GPU works in another process, forked from this one: it finds models by their key, as arguments are pickled.
_models: "WeakValueDictionary[int, SentenceTransformer]" = WeakValueDictionary()


def keep_model(model: "SentenceTransformer") -> int:
    """Return the key by which `encode_on_loan` finds a model, as long as someone holds it."""
    _models[id(model)] = model
    return id(model)


def encode(
    model: "SentenceTransformer", task: Task, texts: Sequence[str], *, show_progress: bool = False
) -> NDArray[np.float32]:
    """Encode texts to `(n, dim)` float32 unit rows."""
    run = model.encode_query if task == "query" else model.encode_document
    rows: Any = run(list(texts), normalize_embeddings=True, show_progress_bar=show_progress)
    return np.asarray(rows, dtype=np.float32)


def encode_tokens(
    model: "SentenceTransformer", task: Task, texts: Sequence[str], *, show_progress: bool = False
) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
    """Encode texts to `(n, dim)` float32 unit rows, and for each text `(n_tokens, dim)`, prompt and marks included.

    Raises:
        ValueError: the model has no vectors of tokens.
    """
    run = model.encode_query if task == "query" else model.encode_document
    found: Any = run(list(texts), output_value=None, show_progress_bar=show_progress)
    if not all("token_embeddings" in one for one in found):
        raise ValueError(
            "expected a model with a vector for each token, this one has none; read it in windows (--reading windows, NAME=windows:MODEL)"
        )
    whole = np.stack([_floats(one["sentence_embedding"]) for one in found])
    rows = [_floats(one["token_embeddings"][one["attention_mask"].bool()]) for one in found]
    return unit_rows(whole), rows


def _floats(tensor: torch.Tensor) -> NDArray[np.float32]:
    array: NDArray[np.float32] = tensor.float().cpu().numpy()
    return array


def encode_on_loan(
    key: int, texts: Sequence[str], *, tokens: bool
) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
    """Encode queries on the borrowed GPU with the model that `keep_model` gave the key of: as `encode_tokens`, or without tokens
    `(n, dim)` and nothing.

    Raises:
        ValueError: as `encode_tokens`.
    """
    model = _models[key]
    lent = model.to("cuda") if torch.cuda.is_available() else model
    return encode_tokens(lent, "query", texts) if tokens else (encode(lent, "query", texts), [])


if IS_LENT:
    # ZeroGPU ends an app in which it finds no such function at startup.
    from spaces import GPU

    encode_on_loan = GPU(encode_on_loan)
