"""A corpus in the plane: the vectors of two models, each flattened by t-SNE, the second laid over the first."""

import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search.arrays import unit_rows
from search.files import save_arrays
from search.index.vectors import Index

Places = NDArray[np.float32]

FORMAT = 1
MOST_PLACED = 2000
NEIGHBOURS = 10
PERPLEXITY = 30.0
# Fewer points than these have no neighbourhoods worth t-SNE.
FEW = 12


@dataclass(frozen=True, slots=True)
class CorpusMap:
    """Where listings lie under two models.

    `rows` `(n,)` int64 are positions in the corpus; `base` and `tuned` `(n, 2)` float32 in [0, 1]; `base_kept` and
    `tuned_kept` are the shares of each listing's nearest neighbours that are still among its nearest in the plane.
    """

    rows: NDArray[np.int64]
    base: Places
    tuned: Places
    base_kept: float
    tuned_kept: float


def listing_vectors(index: Index) -> NDArray[np.float32]:
    """Return a unit vector a listing, the mean of its passages': `(n_listings, dim)` float32."""
    sums = np.add.reduceat(index.vectors, index.starts, axis=0)
    return unit_rows(sums)


def flatten(vectors: NDArray[np.float32], *, start: Places | None = None, seed: int = 0) -> Places:
    """Lay vectors out in the plane: by t-SNE, a few of them by their two main directions.

    Source: van der Maaten and Hinton 2008.

    Args:
        vectors: `(n, dim)` float32 unit rows.
        start: `(n, 2)`, of another map, to stay near to; without it, the search begins at the two main directions.
        seed: Of the search.

    Returns:
        `(n, 2)` float32.
    """
    main = main_directions(vectors)
    if len(vectors) < FEW:
        return main
    # Imported here: it takes a second, and only the map needs it.
    from sklearn.manifold import TSNE  # noqa: PLC0415

    # From a finished map the search only moves what it must; exaggeration would tear the map up first.
    begin = main / (float(np.std(main[:, 0])) or 1.0) * 1e-4 if start is None else start
    tsne = TSNE(
        perplexity=min(PERPLEXITY, (len(vectors) - 1) / 3),
        init=begin,
        early_exaggeration=12.0 if start is None else 1.0,
        random_state=seed,
        n_jobs=-1,
    )
    places: Places = tsne.fit_transform(vectors).astype(np.float32)
    return places


def main_directions(vectors: NDArray[np.float32]) -> Places:
    """Return the two main components of each row: `(n, 2)` float32; signs are set so that the same input gives the same."""
    centred = vectors - vectors.mean(axis=0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    two = np.zeros((2, vectors.shape[1]), dtype=np.float32)
    two[: len(directions[:2])] = directions[:2]
    signs = np.sign(two[np.arange(2), np.abs(two).argmax(axis=1)])
    places: Places = (centred @ (two * signs[:, None]).T).astype(np.float32)
    return places


def lay_over(places: Places, fixed: Places) -> Places:
    """Turn, mirror, scale and shift places so that they lie as near as can be to the fixed ones, row by row.

    Source: Gower 1975 (Procrustes analysis).

    Args:
        places: `(n, 2)`, to be moved.
        fixed: `(n, 2)`.
    """
    moved, kept = places - places.mean(axis=0), fixed - fixed.mean(axis=0)
    left, values, right = np.linalg.svd(moved.T @ kept)
    size = float((moved**2).sum())
    scale = float(values.sum()) / size if size > 0 else 1.0
    laid: Places = (scale * moved @ (left @ right) + fixed.mean(axis=0)).astype(np.float32)
    return laid


def neighbours_kept(vectors: NDArray[np.float32], places: Places, *, k: int = NEIGHBOURS) -> float:
    """Return the mean share of each row's k nearest by cosine that are among its k nearest in the plane, in [0, 1].

    Args:
        vectors: `(n, dim)` unit rows.
        places: `(n, 2)`.
        k: How many; fewer where there are not so many others.
    """
    k = min(k, len(vectors) - 1)
    if k < 1:
        return 1.0
    squares = (places**2).sum(axis=1)
    distances = squares[:, None] + squares[None, :] - 2 * places @ places.T
    near = [_nearest(-(vectors @ vectors.T), k), _nearest(distances, k)]
    return float(np.mean([len(np.intersect1d(one, other)) / k for one, other in zip(*near, strict=True)]))


def _nearest(distances: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    distances = distances.copy()
    np.fill_diagonal(distances, np.inf)
    return np.argpartition(distances, k - 1, axis=1)[:, :k]


def build_map(base: Index, tuned: Index, *, most: int = MOST_PLACED, seed: int = 0) -> CorpusMap:
    """Flatten both models' vectors of a corpus, of a sample where it holds more than `most` listings.

    The tuned model's search begins at the base's places, so that what stays together stays where it was.
    """
    count = len(base.listing_ids)
    rng = np.random.default_rng(seed)
    rows = np.arange(count) if count <= most else np.sort(rng.choice(count, most, replace=False))
    vectors = [listing_vectors(index)[rows] for index in (base, tuned)]
    first = flatten(vectors[0], seed=seed)
    second = lay_over(flatten(vectors[1], start=first, seed=seed), first)
    kept = [neighbours_kept(one, places) for one, places in zip(vectors, (first, second), strict=True)]
    both = np.concatenate([first, second])
    low, size = both.min(axis=0), float((both.max(axis=0) - both.min(axis=0)).max()) or 1.0
    first, second = (((places - low) / size).astype(np.float32) for places in (first, second))
    return CorpusMap(rows.astype(np.int64), first, second, *kept)


def place_among(
    wanted: NDArray[np.float32], vectors: NDArray[np.float32], places: Places, *, nearest: int = 5
) -> Places:
    """Place vectors that were not flattened: at the mean of their nearest ones' places, near ones counting more.

    Args:
        wanted: `(m, dim)` unit rows.
        vectors: `(n, dim)` unit rows that have places.
        places: `(n, 2)`.
        nearest: How many.

    Returns:
        `(m, 2)` float32.
    """
    similar = wanted @ vectors.T
    best = np.argsort(-similar, axis=1, kind="stable")[:, :nearest]
    weights = np.maximum(np.take_along_axis(similar, best, axis=1), 1e-6) ** 4
    found: Places = ((places[best] * weights[..., None]).sum(axis=1) / weights.sum(axis=1, keepdims=True)).astype(
        np.float32
    )
    return found


def load_or_build_map(base: Index, tuned: Index, folder: Path) -> CorpusMap:
    """Take the map of these two indexes from the folder, or make it and keep it there."""
    path = folder / f"map-{base.model_hash}-{tuned.model_hash}-{base.corpus_hash[:16]}-{base.reading}.npz"
    made = {"format": FORMAT, "most": MOST_PLACED, "base": len(base.vectors), "tuned": len(tuned.vectors)}
    return _load(path, made) or _save(build_map(base, tuned), path, made)


def _load(path: Path, made: dict[str, int]) -> CorpusMap | None:
    try:
        # Opened here: np.load leaves a damaged file open.
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            if json.loads(str(file["made"])) != made:
                return None
            kept: Sequence[float] = file["kept"].tolist()
            return CorpusMap(file["rows"], file["base"], file["tuned"], *kept)
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
        # Not there, or not whole: made anew.
        return None


def _save(corpus_map: CorpusMap, path: Path, made: dict[str, int]) -> CorpusMap:
    save_arrays(
        path,
        made=np.array(json.dumps(made)),
        rows=corpus_map.rows,
        base=corpus_map.base,
        tuned=corpus_map.tuned,
        kept=np.array([corpus_map.base_kept, corpus_map.tuned_kept]),
    )
    return corpus_map
