"""Torch's product of bytes, where the processor has instructions for it."""

import functools
from collections.abc import Callable
from contextlib import nullcontext

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

# The widest vectors: 256 times a sum of so many products of bytes is below 2^31.
MAX_WIDTH = 512
Bytes = NDArray[np.int8]
# Of rows `(n, width)` and columns `(m, width)`, the products into `(n, m)`; whether by one thread.
Multiply = Callable[[Bytes, Bytes, NDArray[np.int32], bool], None]


@functools.cache
def load_multiply() -> Multiply | None:
    """Return torch's product of bytes, where the processor has instructions for it; None where not, or if it is wrong.

    Without these instructions it is no faster than float32, and sums of large numbers are cut off. Where threads import
    other modules, call it before them.
    """
    if not _has_byte_products():
        return None
    import torch  # noqa: PLC0415 (takes a second, and only these processors need it here)

    # Not a promised name of torch.
    if not hasattr(torch, "_int_mm"):
        return None
    # Theirs alone: the end of a limit puts back what it found of all that was selected.
    threads = ThreadpoolController().select(user_api="openmp")

    def multiply(rows: Bytes, columns: Bytes, products: NDArray[np.int32], by_one_thread: bool) -> None:
        with threads.limit(limits=1) if by_one_thread else nullcontext():
            torch._int_mm(torch.from_numpy(rows), torch.from_numpy(columns).T, out=torch.from_numpy(products))

    return multiply if is_exact(multiply) else None


def is_exact(multiply: Multiply) -> bool:
    """Tell whether products of the largest bytes, and of any, are what they should be."""
    drawn = np.random.default_rng(0).integers(-128, 128, size=(64, MAX_WIDTH))
    rows = np.concatenate([drawn, np.full((2, MAX_WIDTH), 127), np.full((2, MAX_WIDTH), -128)])
    found = np.empty((len(rows), len(rows)), dtype=np.int32)
    multiply(rows.astype(np.int8), rows.astype(np.int8), found, True)
    return np.array_equal(found, rows @ rows.T)


def _has_byte_products() -> bool:
    try:
        # numpy's own, which may go.
        from numpy._core._multiarray_umath import __cpu_features__  # type: ignore[import-not-found]  # noqa: PLC0415
    except ImportError:
        return False
    return bool(__cpu_features__.get("AVX512VNNI"))
