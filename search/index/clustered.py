"""Passages of a very large corpus: on disk by cluster, so that a query reads those near to it only."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search.arrays import offsets_of, runs, unit_rows
from search.files import checksum_of_arrays, checksum_of_file, load_arrays, save_arrays, whole_folder
from search.index.listing_parts import DAMAGED, PASSAGES, StoredPart, gather_rows, passage_counts
from search.index.threads import one_thread
from search.index.vectors import IndexKind
from search.records import Span

FORMAT = 1
ARRAYS, ROWS = "clusters.npz", "rows.bin"
# (passages at most, clusters): the last for all that have more.
SIZES = ((500_000, 1024), (2**62, 4096))
FITTED_ROWS, ITERATIONS, SEED = 100_000, 8, 0
# Clusters that each query reads; more where these hold too few that are allowed, and all listings where few are.
PROBES, MAX_PROBES = 96, 384
FEW_LISTINGS = 10_000
# Rows that are floats at once.
BLOCK_ROWS = 1 << 14


@dataclass(frozen=True, slots=True)
class ClusteredPassages:
    """Passages of a corpus as bytes, ordered by their nearest centroid.

    `centroids` `(n_clusters, dim)` float32 are unit rows; `ends` `(n_clusters + 1,)` int64 holds where each cluster's
    rows begin and the last's end; `scales` `(n_passages,)` float32 and `listing_of` `(n_passages,)` int32 are the
    rows'. `rows` `(n_passages,)` int64 has each listing's rows one after the other, from `offsets` `(n_listings + 1,)`;
    `spans` `(n_passages, 2)` int32 are in that order too.
    """

    folder: Path
    listing_ids: tuple[str, ...]
    model_hash: str
    corpus_hash: str
    centroids: NDArray[np.float32]
    ends: NDArray[np.int64]
    scales: NDArray[np.float32]
    listing_of: NDArray[np.int32]
    rows: NDArray[np.int64]
    offsets: NDArray[np.int64]
    spans: NDArray[np.int32]

    @property
    def kind(self) -> IndexKind:
        """What it holds vectors of."""
        return "passages"

    def nearest(
        self,
        query_vector: NDArray[np.float32],
        count: int,
        *,
        allowed: NDArray[np.bool_] | None = None,
        penalties: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Score the listings that may be near to a query by their nearest passage, less penalties.

        Args:
            query_vector: `(dim,)` float32, unit length.
            count: How many are wanted of those that are allowed and lose nothing.
            allowed: `(n_listings,)` mask; None allows all.
            penalties: `(n_listings,)`, what each loses; None for nothing.

        Returns:
            `(n_listings,)` float32, -inf for those that were not read.
        """
        scores = np.full(len(self.listing_ids), -np.inf, dtype=np.float32)
        wanted = np.ones(len(scores), dtype=bool) if allowed is None else allowed.copy()
        if penalties is not None:
            wanted &= penalties <= 0
        with one_thread():
            order = np.argsort(-(self.centroids @ query_vector))
            self._read_clusters(query_vector, order[:PROBES], scores)
            few = np.flatnonzero(wanted & (scores == -np.inf))
            if np.count_nonzero(wanted & (scores > -np.inf)) < count:
                if len(few) <= FEW_LISTINGS:
                    scores[few] = self.scores_at(query_vector, few)
                else:
                    self._read_clusters(query_vector, order[PROBES:MAX_PROBES], scores)
        return scores if penalties is None else scores - penalties

    def _read_clusters(
        self, query_vector: NDArray[np.float32], clusters: NDArray[np.int64], scores: NDArray[np.float32]
    ) -> None:
        """Score what some clusters hold."""
        mapped = self._map()
        for cluster in clusters.tolist():
            for begin in range(int(self.ends[cluster]), int(self.ends[cluster + 1]), BLOCK_ROWS):
                block = slice(begin, min(begin + BLOCK_ROWS, int(self.ends[cluster + 1])))
                cosines = (mapped[block].astype(np.float32) @ query_vector) * self.scales[block]
                np.maximum.at(scores, self.listing_of[block], cosines)

    def _map(self) -> NDArray[np.int8]:
        # Opened for each query, as what was read stays in memory as long as the map does.
        dim = self.centroids.shape[1]
        return np.memmap(self.folder / ROWS, dtype=np.int8, mode="r", shape=(len(self.scales), dim))

    def scores(self, query_vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Score all listings by the cosine of their nearest passage: `(n_queries, n_listings)` float32; all are read."""
        scores = np.full((len(query_vectors), len(self.listing_ids)), -np.inf, dtype=np.float32)
        for vector, row in zip(query_vectors, scores, strict=True):
            self._read_clusters(vector, np.arange(len(self.centroids)), row)
        return scores

    def scores_at(self, query_vector: NDArray[np.float32], positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the cosine of some listings' nearest passages: `(n_positions,)` float32."""
        if len(positions) == 0:
            return np.empty(0, dtype=np.float32)
        cosines, lengths = self._cosines_of(query_vector, positions)
        scores: NDArray[np.float32] = np.maximum.reduceat(cosines, offsets_of(lengths))
        return scores

    def best_passages(self, query_vector: NDArray[np.float32], positions: Sequence[int]) -> list[Span]:
        """Find the passage of each listing that is nearest to one query."""
        if len(positions) == 0:
            return []
        cosines, lengths = self._cosines_of(query_vector, np.array(positions))
        runs = np.split(cosines, np.cumsum(lengths)[:-1])
        best = [int(self.offsets[position]) + int(run.argmax()) for position, run in zip(positions, runs, strict=True)]
        return [(int(start), int(end)) for start, end in self.spans[best]]

    def _cosines_of(
        self, query_vector: NDArray[np.float32], positions: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return the cosines of some listings' passages, and how many each has."""
        rows, lengths = self._rows_of(positions)
        cosines: NDArray[np.float32] = (self._map()[rows].astype(np.float32) @ query_vector) * self.scales[rows]
        return cosines, lengths

    def _rows_of(self, positions: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        lengths = self.offsets[positions + 1] - self.offsets[positions]
        return self.rows[runs(self.offsets[positions], lengths)], lengths

    def listing_vectors(self, positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return mean passage vectors of some listings: `(n_positions, dim)` float32 unit rows."""
        rows, lengths = self._rows_of(positions)
        vectors = self._map()[rows].astype(np.float32) * self.scales[rows][:, None]
        return unit_rows(np.add.reduceat(vectors, offsets_of(lengths), axis=0))


def load_or_build_clustered(
    parts: Sequence[StoredPart],
    part_of: NDArray[np.int32],
    row_of: NDArray[np.int32],
    *,
    folder: Path,
    listing_ids: tuple[str, ...],
    hashes: tuple[str, str],
) -> ClusteredPassages:
    """Load a corpus's clustered passages, or order them anew out of a store's parts.

    Args:
        parts: The store's.
        part_of: `(n_listings,)`, each listing's part.
        row_of: `(n_listings,)`, its row there.
        folder: Where the model's vectors are.
        listing_ids: The corpus.
        hashes: Of model and corpus.
    """
    path = folder / f"clustered-v{FORMAT}-{hashes[1]}"
    try:
        return _load(path, listing_ids, hashes)
    except FileNotFoundError:
        pass
    except DAMAGED:
        shutil.rmtree(path, ignore_errors=True)
    _build(parts, part_of, row_of, folder=folder, out=path)
    return _load(path, listing_ids, hashes)


def _build(
    parts: Sequence[StoredPart], part_of: NDArray[np.int32], row_of: NDArray[np.int32], *, folder: Path, out: Path
) -> None:
    """Order a corpus's passages by cluster, and write them."""
    lengths = passage_counts(parts, part_of, row_of)
    offsets = np.append(0, np.cumsum(lengths))
    clusters = np.empty(offsets[-1], dtype=np.int32)
    centroids = _load_or_fit_centroids(parts, int(offsets[-1]), folder)
    for part, places, own in gather_rows(parts, part_of, row_of, offsets):
        clusters[places] = _nearest_centroid(part.passages()[own], centroids)
    order = np.argsort(clusters, kind="stable")
    rows = np.empty_like(order)
    rows[order] = np.arange(len(order))
    scales = np.empty(len(order), dtype=np.float32)
    spans = np.empty((len(order), 2), dtype=np.int32)
    with whole_folder(out) as aside:
        mapped = np.memmap(aside / ROWS, dtype=np.int8, mode="w+", shape=(len(order), centroids.shape[1]))
        for part, places, own in gather_rows(parts, part_of, row_of, offsets):
            mapped[rows[places]] = np.load(part.folder / PASSAGES, allow_pickle=False)[own]
            scales[rows[places]], spans[places] = part.scales[own], part.spans[own]
        mapped.flush()
        arrays = {
            "centroids": centroids,
            "ends": np.append(0, np.cumsum(np.bincount(clusters, minlength=len(centroids)))),
            "scales": scales,
            "listing_of": np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)[order],
            "rows": rows,
            "offsets": offsets,
            "spans": spans,
        }
        checks = {ARRAYS: checksum_of_arrays(arrays), ROWS: checksum_of_file(aside / ROWS)}
        save_arrays(aside / ARRAYS, checks=np.array(json.dumps(checks)), **arrays)


def _load(path: Path, listing_ids: tuple[str, ...], hashes: tuple[str, str]) -> ClusteredPassages:
    """Read clustered passages.

    Raises:
        ValueError: a checksum is another; others of DAMAGED as they come.
    """
    arrays = load_arrays(path / ARRAYS)
    checks = json.loads(str(arrays.pop("checks")))
    if checks != {ARRAYS: checksum_of_arrays(arrays), ROWS: checksum_of_file(path / ROWS)}:
        raise ValueError(f"expected the checksums of {path}, got others; delete it and run again")
    names = ("centroids", "ends", "scales", "listing_of", "rows", "offsets", "spans")
    return ClusteredPassages(path, listing_ids, *hashes, *(arrays[name] for name in names))


def _load_or_fit_centroids(parts: Sequence[StoredPart], n_rows: int, folder: Path) -> NDArray[np.float32]:
    """Return the model's centroids for a corpus of this size; fitted once, so that listings that come later move none."""
    count = min(next(count for most, count in SIZES if n_rows <= most), max(1, n_rows // 8))
    path = folder / f"centroids-{count}.npz"
    try:
        file = load_arrays(path)
        found: NDArray[np.float32] = file["centroids"]
        if int(file["check"]) == checksum_of_arrays({"centroids": found}):
            return found
    except DAMAGED:
        # Not there, or damaged: fitted anew below.
        path.unlink(missing_ok=True)
    # Imported here: it takes a moment, and only a very large corpus's first start needs it.
    from sklearn.cluster import KMeans  # noqa: PLC0415

    share = min(1.0, FITTED_ROWS / n_rows)
    rng = np.random.default_rng(SEED)
    drawn = [part.passages()[rng.random(len(part.scales)) < share] for part in parts]
    means = KMeans(count, init="random", n_init=1, max_iter=ITERATIONS, random_state=SEED, tol=0)
    centroids = unit_rows(means.fit(np.concatenate(drawn)).cluster_centers_.astype(np.float32))
    save_arrays(path, centroids=centroids, check=np.array(checksum_of_arrays({"centroids": centroids})))
    return centroids


def _nearest_centroid(vectors: NDArray[np.float32], centroids: NDArray[np.float32]) -> NDArray[np.int64]:
    blocks = range(0, len(vectors), BLOCK_ROWS)
    return np.concatenate([(vectors[start : start + BLOCK_ROWS] @ centroids.T).argmax(axis=1) for start in blocks])
