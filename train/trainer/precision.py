"""What numbers a run calculates in."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import torch

# transformers' names for torch's attention in one kernel, and for its steps one by one.
FUSED, PLAIN = "sdpa", "eager"


def knows_bf16() -> bool:
    """Tell whether the GPU, or without one the processor, multiplies bfloat16 itself: a step takes less time so."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    # What torch itself asks; elsewhere it would convert each number, and take longer.
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def training_precision() -> AbstractContextManager[Any]:
    """Calculate in bfloat16 where the run does."""
    return torch.autocast("cuda" if torch.cuda.is_available() else "cpu", torch.bfloat16, enabled=knows_bf16())


@contextmanager
def quick_attention(model: torch.nn.Module) -> Iterator[None]:
    """Multiply attention out on a processor in bfloat16: the way back through torch's fused kernel is slow there."""
    transformer = getattr(model, "transformers_model", None)
    has_kernel = transformer is not None and transformer.config._attn_implementation == FUSED
    if transformer is None or not (has_kernel and knows_bf16()) or torch.cuda.is_available():
        yield
        return
    transformer.set_attn_implementation(PLAIN)
    try:
        yield
    finally:
        transformer.set_attn_implementation(FUSED)
