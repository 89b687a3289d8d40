"""Encoding where a Space lends its GPU by the call (ZeroGPU), and plainly everywhere else."""

import importlib.util
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Task = Literal["query", "document"]

# A borrowed GPU works in another process, forked from this one: it finds models by their key, as arguments are pickled.
_models: "WeakValueDictionary[int, SentenceTransformer]" = WeakValueDictionary()


def keep_model(model: "SentenceTransformer") -> int:
    """Return the key by which `encode` finds a model, as long as someone holds it."""
    _models[id(model)] = model
    return id(model)


def encode(key: int, task: Task, texts: Sequence[str], *, show_progress: bool = False) -> NDArray[np.float32]:
    """Encode texts to `(n, dim)` float32 unit rows with the model that `keep_model` gave the key of."""
    model = _models[key]
    run = model.encode_query if task == "query" else model.encode_document
    rows: Any = run(list(texts), normalize_embeddings=True, show_progress_bar=show_progress)
    return np.asarray(rows, dtype=np.float32)


if importlib.util.find_spec("spaces"):
    # ZeroGPU ends an app in which it finds no such function at startup.
    from spaces import GPU

    encode = GPU(encode)
