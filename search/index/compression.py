"""Token vectors made small enough to keep: projected and rounded to bytes."""

import numpy as np
from numpy.typing import NDArray

from search.arrays import unit_rows

# Of a token's vector so many numbers are kept; train/LOG.md compares widths.
KEPT_WIDTH = 128
# The largest number of a byte with a sign, which stands for 1.
ONE = 127


def fit_projection(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the directions in which token vectors differ most, `(dim, width)` float32 with orthonormal columns.

    Source: Pearson 1901 (principal components, here without subtracting the mean, so that cosines keep their meaning).
    """
    _, directions = np.linalg.eigh((vectors.T @ vectors).astype(np.float64))
    return np.ascontiguousarray(directions[:, ::-1][:, :KEPT_WIDTH], dtype=np.float32)


def compress(vectors: NDArray[np.float32], projection: NDArray[np.float32]) -> NDArray[np.int8]:
    """Project unit rows `(n, dim)`, scale them to length 1 again, and round them to bytes: `(n, width)` int8, in 1/127."""
    return np.rint(unit_rows(vectors @ projection) * ONE).astype(np.int8)
