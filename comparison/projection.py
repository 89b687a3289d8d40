"""Maps of a corpus under two models, by t-SNE."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search.files import load_arrays, save_arrays
from search.searcher import ModelSearcher

Coordinates = NDArray[np.float32]

FORMAT = 3
SEED = 0
MAX_LISTINGS = 2000
NEIGHBOURS = 10
# A new vector lies amid so many nearest ones, weighted by the fourth power of their cosines.
PLACED_BY = 5
PERPLEXITY = 30.0
# Fewer points than these have no neighbourhoods worth t-SNE.
MIN_POINTS = 12


@dataclass(frozen=True, slots=True)
class CorpusMap:
    """Coordinates of listings under two models.

    `rows` `(n,)` are positions in the corpus, `base` and `tuned` `(n, 2)` are in [0, 1]; each has its neighbourhood
    preservation.
    """

    rows: NDArray[np.int64]
    base: Coordinates
    tuned: Coordinates
    base_preserved: float
    tuned_preserved: float


def project_tsne(vectors: NDArray[np.float32], *, start: Coordinates | None = None) -> Coordinates:
    """Project vectors by t-SNE, few by principal components.

    Source: van der Maaten and Hinton 2008.

    Args:
        vectors: `(n, dim)` unit rows.
        start: `(n, 2)` of another map, to stay near to; by default the principal components.
    """
    components = principal_components(vectors)
    if len(vectors) < MIN_POINTS:
        return components
    # Imported here: it takes seconds, and only the map needs it.
    from sklearn.manifold import TSNE  # noqa: PLC0415

    # From a finished map the search only moves what it must; exaggeration would tear the map up first.
    first = components / (float(np.std(components[:, 0])) or 1.0) * 1e-4 if start is None else start
    tsne = TSNE(
        perplexity=min(PERPLEXITY, (len(vectors) - 1) / 3),
        init=first,
        early_exaggeration=12.0 if start is None else 1.0,
        random_state=SEED,
        n_jobs=-1,
    )
    coordinates: Coordinates = tsne.fit_transform(vectors).astype(np.float32)
    return coordinates


def principal_components(vectors: NDArray[np.float32]) -> Coordinates:
    """Project vectors on their two principal components: `(n, 2)` float32."""
    from sklearn.decomposition import PCA  # noqa: PLC0415 (as TSNE)

    coordinates = np.zeros((len(vectors), 2), dtype=np.float32)
    if len(vectors) > 1:
        count = min(2, *vectors.shape)
        coordinates[:, :count] = PCA(count, svd_solver="full").fit_transform(vectors)
    return coordinates


def align(coordinates: Coordinates, fixed: Coordinates) -> Coordinates:
    """Align a map with a fixed one by Procrustes analysis.

    Source: Gower 1975: rotation, reflection, scale and shift.
    """
    from scipy.linalg import orthogonal_procrustes  # noqa: PLC0415 (as TSNE)

    centred, middle = coordinates - coordinates.mean(axis=0), fixed.mean(axis=0)
    rotation, strength = orthogonal_procrustes(centred, fixed - middle)
    scale = strength / (float((centred**2).sum()) or 1.0)
    aligned: Coordinates = (scale * centred @ rotation + middle).astype(np.float32)
    return aligned


def neighbourhood_preservation(vectors: NDArray[np.float32], coordinates: Coordinates, *, k: int = NEIGHBOURS) -> float:
    """Return the share of neighbours that stay, in [0, 1].

    Args:
        vectors: `(n, dim)` unit rows, so that the nearest are the same by distance and by cosine.
        coordinates: `(n, 2)`.
        k: How many neighbours; fewer where there are not so many others.
    """
    from sklearn.neighbors import NearestNeighbors  # noqa: PLC0415 (as TSNE)

    k = min(k, len(vectors) - 1)
    if k < 1:
        return 1.0
    apart, near = (NearestNeighbors(n_neighbors=k).fit(rows).kneighbors()[1] for rows in (vectors, coordinates))
    return float(np.mean([len(np.intersect1d(*pair)) / k for pair in zip(apart, near, strict=True)]))


def build_map(base: ModelSearcher, tuned: ModelSearcher, *, max_listings: int = MAX_LISTINGS) -> CorpusMap:
    """Project both models' vectors, sampling a large corpus."""
    count = len(base.listing_ids)
    rng = np.random.default_rng(SEED)
    rows = np.arange(count) if count <= max_listings else np.sort(rng.choice(count, max_listings, replace=False))
    vectors = [searcher.listing_vectors(rows.tolist()) for searcher in (base, tuned)]
    first = project_tsne(vectors[0])
    # From the base's coordinates, so that what stays together stays where it was.
    second = align(project_tsne(vectors[1], start=first), first)
    preserved = [neighbourhood_preservation(*pair) for pair in zip(vectors, (first, second), strict=True)]
    both = np.concatenate([first, second])
    middle, size = (both.min(axis=0) + both.max(axis=0)) / 2, float(np.ptp(both, axis=0).max()) or 1.0
    first, second = (((coordinates - middle) / size + 0.5).astype(np.float32) for coordinates in (first, second))
    return CorpusMap(rows.astype(np.int64), first, second, *preserved)


def interpolate(wanted: NDArray[np.float32], vectors: NDArray[np.float32], coordinates: Coordinates) -> Coordinates:
    """Place new vectors on a map: `(m, 2)` float32.

    Args:
        wanted: `(m, dim)` unit rows.
        vectors: `(n, dim)` unit rows that are on the map.
        coordinates: `(n, 2)`.
    """
    cosines = wanted @ vectors.T
    best = np.argsort(-cosines, axis=1, kind="stable")[:, :PLACED_BY]
    weights = np.maximum(np.take_along_axis(cosines, best, axis=1), 1e-6) ** 4
    sums = (coordinates[best] * weights[..., None]).sum(axis=1)
    placed: Coordinates = (sums / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return placed


def load_or_build_map(base: ModelSearcher, tuned: ModelSearcher, folder: Path) -> CorpusMap:
    """Load a map from the folder, or build it."""
    (model, corpus, kind, count), (other, *_, other_count) = base.vectors_key, tuned.vectors_key
    made_of = (model, other, corpus, kind, count, other_count)
    path = folder / f"map-v{FORMAT}-{'-'.join(map(str, made_of))}.npz"
    try:
        file = load_arrays(path)
        return CorpusMap(file["rows"], file["base"], file["tuned"], *file["preserved"].tolist())
    except (OSError, KeyError, ValueError, TypeError):
        made = build_map(base, tuned)
    preserved = np.array([made.base_preserved, made.tuned_preserved])
    save_arrays(path, rows=made.rows, base=made.base, tuned=made.tuned, preserved=preserved)
    return made
