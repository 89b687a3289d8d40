"""A model's fingerprint: what changes whenever its vectors could."""

import hashlib
import json
from typing import Any

import numpy as np
from sentence_transformers import SentenceTransformer

from search.encoding.multi_vector import is_scoring_mask


def model_fingerprint(model: SentenceTransformer) -> str:
    """Hash weights, tokenizer, prompts and length limit to 16 hex digits.

    The scoring mask is left out: ours follows from the tokenizer, and older models were hashed without it. Two
    foreign models that differ in nothing else are taken for one.
    """
    digest = hashlib.sha256()
    for key, tensor in sorted(model.state_dict().items()):
        array = tensor.detach().cpu().float().numpy()
        digest.update(f"{key}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    modules = [module for module in model if not is_scoring_mask(module)]
    settings = {
        "modules": [repr(module) for module in modules],
        "configs": [_settings_of(module) for module in modules],
        "prompts": model.prompts,
        "max_tokens": model.max_seq_length,
        "tokenizer": _tokenizer_rules(model.tokenizer),
    }
    digest.update(json.dumps(settings, sort_keys=True).encode())
    return digest.hexdigest()[:16]


def _settings_of(module: Any) -> dict[str, Any]:
    """Return a transformer's configuration without what differs from one save to the next."""
    config = getattr(getattr(module, "auto_model", None), "config", None)
    settings = config.to_dict() if config is not None else {}
    notes = ("transformers_version", "architectures", "dtype", "torch_dtype")
    return {key: str(value) for key, value in settings.items() if not key.startswith("_") and key not in notes}


def _tokenizer_rules(tokenizer: Any) -> dict[str, Any]:
    """Return how a fast tokenizer cuts texts, without the lengths that each call sets anew."""
    fast = getattr(tokenizer, "backend_tokenizer", tokenizer)
    rules: dict[str, Any] = json.loads(fast.to_str()) if hasattr(fast, "to_str") else {"tokenizer": repr(tokenizer)}
    return {key: value for key, value in rules.items() if key not in ("truncation", "padding")}
