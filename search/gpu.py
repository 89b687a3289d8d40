"""Queries where a Space lends its GPU by the call (ZeroGPU); everything else is encoded where the model is."""

import importlib.util
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakValueDictionary

import numpy as np
import torch
from numpy.typing import NDArray

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


def encode_on_loan(key: int, texts: Sequence[str]) -> NDArray[np.float32]:
    """Encode queries to `(n, dim)` float32 unit rows with the model that `keep_model` gave the key of, on the borrowed GPU."""
    model = _models[key]
    return encode(model.to("cuda") if torch.cuda.is_available() else model, "query", texts)


if IS_LENT:
    # ZeroGPU ends an app in which it finds no such function at startup.
    from spaces import GPU

    encode_on_loan = GPU(encode_on_loan)
