"""Small helpers for numpy arrays."""

import numpy as np
from numpy.typing import NDArray


def offsets_of(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where each of several runs begins that lie one after the other: `(n,)` int64."""
    offsets: NDArray[np.int64] = np.cumsum(lengths) - lengths
    return offsets


def unit_rows(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale each row to length 1; a row of zeros stays one."""
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: NDArray[np.float32] = (rows / np.where(norms, norms, 1)).astype(np.float32)
    return scaled


def runs(begins: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers of several runs one after the other, each from where it begins."""
    inside = np.arange(lengths.sum()) - np.repeat(offsets_of(lengths), lengths)
    numbers: NDArray[np.int64] = np.repeat(begins, lengths) + inside
    return numbers
