"""Token vectors of a large corpus: a near centroid, two bits a dimension for what it misses, and a factor."""

import hashlib
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.arrays import unit_rows
from search.index.compression import fit_projection

# Bytes of a centroid's number and a factor's, and dimensions whose two bits make a byte.
CENTROID_BYTES, DIMENSIONS_A_BYTE = 2, 4
# Bits of the centroid's number; those of the factor are above.
CENTROID_BITS = 10
# More bring a vector nearer to its centroid, and take longer to fit. train/LOG.md compares numbers and bits.
MAX_CENTROIDS = 1 << CENTROID_BITS
N_FACTORS = 1 << 8 * CENTROID_BYTES - CENTROID_BITS
# Of the factors that vectors ask for, what lies outside is rounded to these.
LEAST_FACTOR, LARGEST_FACTOR = 0.001, 0.999
# The distance of neighbouring values of two bits that loses least of a normal distribution, in its deviations.
STEP = 0.9957
MIDDLE = 1.5
FITTED_VECTORS, VECTORS_A_CENTROID = 60_000, 8
ITERATIONS = 8
SEED = 0


@dataclass(frozen=True, slots=True)
class ResidualCodec:
    """How token vectors become bytes: 34 each at a width of 128.

    `projection` `(dim, width)` float32 has orthonormal columns, turned at random so that all dimensions vary alike;
    `centroids` `(n_centroids, width)` float32 are unit rows; `step` is the distance of two neighbouring values;
    `factors` `(N_FACTORS,)` float32, rising, scale what is decoded back to about unit length.

    Source: Santhanam et al. 2022 (ColBERTv2's residual compression); the step is Max's of 1960.
    """

    projection: NDArray[np.float32]
    centroids: NDArray[np.float32]
    step: float
    factors: NDArray[np.float32]

    def compress(self, vectors: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Turn unit rows `(n, dim)` into codes: `(n, code_bytes)` uint8."""
        projected = unit_rows(vectors @ self.projection)
        nearest, values = _round(projected, self.centroids, self.step)
        middles = (self.factors[1:] + self.factors[:-1]) / 2
        factors = np.searchsorted(middles, 1 / _lengths(nearest, values, self.centroids, self.step))
        codes = np.zeros((len(vectors), self.code_bytes), dtype=np.uint8)
        heads = (nearest | factors << CENTROID_BITS).astype("<u2")
        codes[:, :CENTROID_BYTES] = heads.view(np.uint8).reshape(-1, CENTROID_BYTES)
        for number, quarter in enumerate(np.split(values, DIMENSIONS_A_BYTE, axis=1)):
            codes[:, CENTROID_BYTES:] |= quarter << 2 * number
        return codes

    def check(self) -> None:
        """Refuse numbers that no codec of `fit_residual_codec` has.

        Raises:
            ValueError: shapes do not fit together, or a number is not finite.
        """
        arrays = (self.projection, self.centroids, self.factors)
        fits = (
            [array.ndim for array in arrays] == [2, 2, 1]
            and self.projection.shape[1] == self.centroids.shape[1]
            and self.projection.shape[1] % DIMENSIONS_A_BYTE == 0
            and 0 < len(self.centroids) <= MAX_CENTROIDS
            and len(self.factors) == N_FACTORS
            and 0 < self.step < np.inf
        )
        if not fits or not all(array.dtype == np.float32 and np.isfinite(array).all() for array in arrays):
            raise ValueError("its arrays are of another kind or shape")

    @property
    def code_bytes(self) -> int:
        """Bytes of a code."""
        return CENTROID_BYTES + int(self.projection.shape[1]) // DIMENSIONS_A_BYTE

    @property
    def hash(self) -> str:
        """16 hex digits that tell codecs apart, whose codes say nothing to each other."""
        digest = hashlib.sha256(np.float64(self.step).tobytes())
        for array in (self.projection, self.centroids, self.factors):
            digest.update(f"{array.shape}".encode() + array.tobytes())
        return digest.hexdigest()[:16]

    def cosines(self, query_vectors: NDArray[np.float32], codes: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the cosines of queries `(n_queries, dim)`, unit rows, and codes: `(n, n_queries)` float32."""
        projected = unit_rows(query_vectors @ self.projection)
        centroid_cosines = np.ascontiguousarray(self.centroids @ projected.T)
        heads = np.ascontiguousarray(codes[:, :CENTROID_BYTES]).view("<u2")[:, 0]
        cosines: NDArray[np.float32] = _unpack(codes[:, CENTROID_BYTES:]) @ (projected.T * np.float32(self.step))
        # A code of a stranger may name a centroid that is none.
        cosines += centroid_cosines.take(heads & (1 << CENTROID_BITS) - 1, axis=0, mode="clip")
        cosines -= np.float32(MIDDLE * self.step) * projected.sum(axis=1)
        cosines *= self.factors[heads >> CENTROID_BITS, None]
        return cosines


def _round(
    projected: NDArray[np.float32], centroids: NDArray[np.float32], step: float
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return each unit row's nearest centroid `(n,)`, and two bits for each dimension that this misses: `(n, width)`."""
    nearest = (projected @ centroids.T).argmax(axis=1)
    steps = np.floor((projected - centroids[nearest]) / step) + np.ceil(MIDDLE)
    return nearest, np.clip(steps, 0, 2 * MIDDLE).astype(np.uint8)


def _lengths(
    nearest: NDArray[np.int64], values: NDArray[np.uint8], centroids: NDArray[np.float32], step: float
) -> NDArray[np.float32]:
    """Return how long the rows are that rounding leaves: `(n,)` float32."""
    lengths: NDArray[np.float32] = np.linalg.norm(centroids[nearest] + (values - np.float32(MIDDLE)) * step, axis=1)
    return lengths


def _unpack(packed: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the two bits of each dimension, 0 to 3: `(n, width)` float32."""
    quarter = packed.shape[1]
    values = np.empty((len(packed), quarter * DIMENSIONS_A_BYTE), dtype=np.float32)
    for number in range(DIMENSIONS_A_BYTE):
        values[:, number * quarter : (number + 1) * quarter] = (packed >> 2 * number) & 3
    return values


def fit_residual_codec(vectors: NDArray[np.float32]) -> ResidualCodec:
    """Fit a codec to token vectors, `(n, dim)` float32 unit rows; the same vectors give the same codec."""
    # Imported here: it takes a moment, and only a large corpus's first encoding needs it.
    from sklearn.cluster import KMeans  # noqa: PLC0415
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415

    rng = np.random.default_rng(SEED)
    drawn = vectors[np.sort(rng.choice(len(vectors), min(len(vectors), FITTED_VECTORS), replace=False))]
    projection = _turn(fit_projection(drawn), rng)
    projected = unit_rows(drawn @ projection)
    count = min(MAX_CENTROIDS, max(1, len(projected) // VECTORS_A_CENTROID))
    means = KMeans(count, init="random", n_init=1, max_iter=ITERATIONS, random_state=SEED, tol=0)
    with warnings.catch_warnings():
        # Fewer different vectors than centroids are no fault: some stand twice.
        warnings.simplefilter("ignore", ConvergenceWarning)
        centroids = unit_rows(means.fit(projected).cluster_centers_.astype(np.float32))
    residuals = projected - centroids[(projected @ centroids.T).argmax(axis=1)]
    step = float(STEP * residuals.std()) or 1.0
    wanted = 1 / _lengths(*_round(projected, centroids, step), centroids, step)
    least, largest = np.quantile(wanted, (LEAST_FACTOR, LARGEST_FACTOR)).tolist()
    factors = np.linspace(least, largest, N_FACTORS, dtype=np.float32)
    return ResidualCodec(projection, centroids, step, factors)


def _turn(projection: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Turn the columns among themselves at random; empty ones fill the last byte."""
    dim, width = projection.shape
    turn, _ = np.linalg.qr(rng.normal(size=(width, width)))
    turned = np.zeros((dim, -(-width // DIMENSIONS_A_BYTE) * DIMENSIONS_A_BYTE), dtype=np.float32)
    turned[:, :width] = projection @ turn
    return turned
