"""Token vectors small enough to keep: projected, and rounded to bytes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.arrays import unit_rows

# Dimensions of a compressed vector; train/LOG.md compares widths.
WIDTH = 128
# The largest number of a signed byte.
BYTE_MAX = 127


@dataclass(frozen=True, slots=True)
class Codec:
    """How one corpus's token vectors become bytes.

    `projection` is `(dim, width)` float32 with orthonormal columns; `scale` `(width,)` float32 is the value that the
    largest byte stands for in each dimension.
    """

    projection: NDArray[np.float32]
    scale: NDArray[np.float32]

    def compress(self, vectors: NDArray[np.float32]) -> NDArray[np.int8]:
        """Project unit rows `(n, dim)`, and round them to `(n, width)` bytes."""
        scaled = np.rint(unit_rows(vectors @ self.projection) * (BYTE_MAX / self.scale))
        return np.clip(scaled, -BYTE_MAX, BYTE_MAX).astype(np.int8)

    def project_queries(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Project queries so that their product with bytes is a cosine."""
        projected = unit_rows(vectors @ self.projection) * (self.scale / BYTE_MAX)
        return projected.astype(np.float32)


def fit_projection(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Find the directions in which vectors `(n, dim)` differ most: `(dim, width)` float32, orthonormal columns.

    Source: Pearson 1901 (principal components). The mean is not subtracted, so that cosines keep their meaning: not
    scikit-learn's PCA, but its TruncatedSVD, which takes four times as long for 60,000 rows.
    """
    _, directions = np.linalg.eigh((vectors.T @ vectors).astype(np.float64))
    return np.ascontiguousarray(directions[:, ::-1][:, :WIDTH], dtype=np.float32)


def fit_codec(vectors: NDArray[np.float32]) -> Codec:
    """Fit a codec to token vectors, `(n, dim)` float32 unit rows."""
    projection = fit_projection(vectors)
    largest = np.abs(unit_rows(vectors @ projection)).max(axis=0)
    return Codec(projection, np.where(largest, largest, 1).astype(np.float32))
