"""Products of query vectors and a corpus's vectors, and the highest of each listing."""

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from search.encoding.byte_products import MAX_WIDTH, Multiply, load_multiply

# A query and its tokens; more are a batch, which has all cores.
MAX_QUERY_VECTORS = 512
# Products at once, which stay in a processor's caches: 16 MB.
MAX_PRODUCTS = 1 << 22
# Rows that numpy's products are made of: fewer take as long.
ROW_STEP = 4
# A query's number as two bytes is 256 times a high one plus a low one.
HIGH, LARGEST = 256, 127 * 256 + 127


class Products(Protocol):
    """Query vectors that are multiplied with one block of a corpus after the other."""

    def highest(self, vectors: NDArray[Any], begins: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return each query's highest product with each listing's vectors: `(n_queries, n_listings)` float32.

        Args:
            vectors: `(n_vectors, width)`, the block.
            begins: `(n_listings,)`, where the vectors of each listing begin in it.
        """
        ...


class FloatProducts:
    """Products in float32."""

    def __init__(self, queries: NDArray[np.float32]) -> None:
        """Take queries `(n_queries, width)`."""
        self._count = len(queries)
        self._queries = np.pad(queries, ((0, -len(queries) % ROW_STEP), (0, 0)))

    def highest(self, vectors: NDArray[Any], begins: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return each query's highest product with each listing's vectors: `(n_queries, n_listings)` float32."""
        columns = vectors.astype(np.float32, copy=False).T
        parts = [
            np.maximum.reduceat(self._queries[rows] @ columns, begins, axis=1)
            for rows in _row_slices(len(self._queries), len(vectors))
        ]
        return np.concatenate(parts)[: self._count]


class IntegerProducts:
    """Products of bytes and of queries rounded to two bytes, in whole numbers: as good, and several times as fast."""

    def __init__(self, queries: NDArray[np.float32], multiply: Multiply) -> None:
        """Take queries `(n_queries, width)`, at most MAX_WIDTH wide."""
        largest = np.abs(queries).max(axis=1, keepdims=True)
        self._scale = np.where(largest, largest, 1) / LARGEST
        numbers = np.rint(queries / self._scale).astype(np.int32)
        high = (numbers + HIGH // 2) // HIGH
        self._bytes = np.stack([high, numbers - HIGH * high]).astype(np.int8)
        self._multiply, self._is_few = multiply, len(queries) <= MAX_QUERY_VECTORS
        # Used for one block after the other: new memory takes as long as the rest of a sum.
        self._space = np.empty(0, dtype=np.int32)

    def highest(self, vectors: NDArray[Any], begins: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return each query's highest product with each listing's vectors: `(n_queries, n_listings)` float32."""
        parts = []
        for rows in _row_slices(self._bytes.shape[1], 2 * len(vectors)):
            own = self._bytes[:, rows].reshape(-1, vectors.shape[1])
            products = self._take_space(len(own), len(vectors))
            self._multiply(own, vectors, products, self._is_few)
            high, low = products[: len(own) // 2], products[len(own) // 2 :]
            high *= HIGH
            high += low
            parts.append(np.maximum.reduceat(high, begins, axis=1))
        highest: NDArray[np.float32] = (np.concatenate(parts) * self._scale).astype(np.float32)
        return highest

    def _take_space(self, rows: int, columns: int) -> NDArray[np.int32]:
        if self._space.size < rows * columns:
            self._space = np.empty(rows * columns, dtype=np.int32)
        return self._space[: rows * columns].reshape(rows, columns)


def products_of(queries: NDArray[np.float32], dtype: np.dtype[Any]) -> Products:
    """Choose how queries `(n_queries, width)` are multiplied with vectors of a type."""
    multiply = load_multiply() if dtype == np.int8 and queries.shape[1] <= MAX_WIDTH else None
    return FloatProducts(queries) if multiply is None else IntegerProducts(queries, multiply)


def _row_slices(count: int, columns: int) -> Iterator[slice]:
    step = max(1, MAX_PRODUCTS // columns)
    for start in range(0, count, step):
        yield slice(start, start + step)
