"""Queries on ZeroGPU, where a Space gets a GPU for one call."""

import importlib.util
from collections.abc import Sequence
from weakref import WeakValueDictionary

import torch
from sentence_transformers import SentenceTransformer

from search.encoding.encoder import Floats
from search.encoding.forward import embed, embed_tokens

# A GPU comes only while a visitor's request runs, so that a start has to do without.
ON_ZERO_GPU = importlib.util.find_spec("spaces") is not None

# The GPU works in another process, forked from this one: it finds models by their key, as arguments are pickled.
_models: "WeakValueDictionary[int, SentenceTransformer]" = WeakValueDictionary()


def register_model(model: SentenceTransformer) -> int:
    """Return the key by which `embed_query_on_gpu` finds a model, as long as someone holds it."""
    _models[id(model)] = model
    return id(model)


def embed_query_on_gpu(key: int, texts: Sequence[str], *, tokens: bool) -> tuple[Floats, list[Floats]]:
    """Encode queries with a registered model, as `embed_tokens`; without `tokens`, sentence embeddings only.

    Raises:
        ValueError: as `embed_tokens`.
    """
    model = _models[key]
    on_gpu = model.to("cuda") if torch.cuda.is_available() else model
    return embed_tokens(on_gpu, "query", texts) if tokens else (embed(on_gpu, "query", texts), [])


if ON_ZERO_GPU:
    # ZeroGPU ends an app in which it finds no such function at startup.
    from spaces import GPU

    embed_query_on_gpu = GPU(embed_query_on_gpu)
