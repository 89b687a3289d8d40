"""Queries on ZeroGPU, where a Space gets a GPU for one call."""

import importlib.util
from collections.abc import Sequence
from weakref import WeakValueDictionary

import torch
from sentence_transformers import SentenceTransformer

from search.encoding.encoder import Floats
from search.encoding.forward import embed, embed_tokens
from search.encoding.token_vectors import TextVectors

# A GPU comes only while a visitor's request runs, so that a start has to do without.
ON_ZERO_GPU = importlib.util.find_spec("spaces") is not None

# The GPU works in another process, forked from this one: it finds models by their key, as arguments are pickled.
_models: "WeakValueDictionary[int, SentenceTransformer]" = WeakValueDictionary()


def register_model(model: SentenceTransformer) -> int:
    """Return the key by which `embed_query_on_gpu` finds a model, as long as someone holds it."""
    _models[id(model)] = model
    return id(model)


def embed_query_on_gpu(key: int, texts: Sequence[str]) -> Floats:
    """Encode queries with a registered model, as `embed`."""
    return embed(_on_gpu(key), "query", texts)


def embed_query_tokens_on_gpu(key: int, texts: Sequence[str]) -> tuple[Floats, TextVectors]:
    """Encode queries with a registered model, as `embed_tokens`.

    Raises:
        ValueError: as `embed_tokens`.
    """
    return embed_tokens(_on_gpu(key), "query", texts)


def _on_gpu(key: int) -> SentenceTransformer:
    model = _models[key]
    return model.to("cuda") if torch.cuda.is_available() else model


if ON_ZERO_GPU:
    # ZeroGPU ends an app in which it finds no such function at startup.
    from spaces import GPU

    embed_query_on_gpu, embed_query_tokens_on_gpu = GPU(embed_query_on_gpu), GPU(embed_query_tokens_on_gpu)
