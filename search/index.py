"""Vectors of a corpus: one or several a listing, exact cosine scores, save and load by hash."""

import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search.encoder import Encoder
from search.records import Listing, corpus_hash

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Index:
    """The vectors of one corpus under one model.

    `vectors` is `(n_vectors, dim)` float32, unit rows; `starts` `(n_listings,)` int64 holds where
    the vectors of each listing begin (each has at least one, they lie together, in corpus order).
    """

    listing_ids: tuple[str, ...]
    vectors: NDArray[np.float32]
    starts: NDArray[np.int64]
    model_hash: str
    corpus_hash: str

    def scores(self, query_vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Cosine of each query to each listing, the maximum over the listing's vectors.

        Args:
            query_vectors: `(n_queries, dim)` float32, unit rows.

        Returns:
            `(n_queries, n_listings)` float32 in [-1, 1].
        """
        similarities = query_vectors @ self.vectors.T
        if len(self.starts) == len(self.vectors):
            return similarities
        return np.maximum.reduceat(similarities, self.starts, axis=1)


def whole_document(listing: Listing) -> Sequence[str]:
    """Give the one passage of a listing: its document, which the model cuts at its limit."""
    return (listing.document,)


def build_index(
    encoder: Encoder,
    listings: Sequence[Listing],
    *,
    passages: Callable[[Listing], Sequence[str]] = whole_document,
    show_progress: bool = False,
) -> Index:
    """Encode each listing's passages.

    Raises:
        ValueError: the corpus is empty, an id stands twice, or a listing has no passage.
    """
    if not listings:
        raise ValueError("expected a corpus of at least one listing, got none; check the dataset's `listings`")
    listing_ids = tuple(listing.listing_id for listing in listings)
    if len(set(listing_ids)) != len(listing_ids):
        twice = next(name for name in listing_ids if listing_ids.count(name) > 1)
        raise ValueError(f"expected each listing_id once, got {twice!r} again; make the ids unique")
    texts_of = [list(passages(listing)) for listing in listings]
    for listing_id, texts in zip(listing_ids, texts_of, strict=True):
        if not texts:
            raise ValueError(f"expected at least one passage a listing, got none for {listing_id!r}")
    counts = np.array([len(texts) for texts in texts_of], dtype=np.int64)
    vectors = encoder.encode_document([text for texts in texts_of for text in texts], show_progress=show_progress)
    return Index(listing_ids, vectors, np.cumsum(counts) - counts, encoder.fingerprint, corpus_hash(listings))


def save_index(index: Index, path: Path) -> None:
    """Write an index to one .npz file, aside first, so that no reader meets half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    meta = {"format": FORMAT, "model_hash": index.model_hash, "corpus_hash": index.corpus_hash}
    descriptor, aside = tempfile.mkstemp(dir=path.parent, suffix=".partial")
    try:
        with os.fdopen(descriptor, "wb") as file:
            np.savez(
                file,
                meta=np.array(json.dumps(meta)),
                listing_ids=np.array(index.listing_ids, dtype=np.str_),
                vectors=index.vectors,
                starts=index.starts,
            )
        Path(aside).replace(path)
    finally:
        Path(aside).unlink(missing_ok=True)


def load_index(path: Path, *, model_hash: str, listings: Sequence[Listing]) -> Index:
    """Read an index and make sure that it belongs to this model and this corpus.

    Raises:
        FileNotFoundError: no such file.
        ValueError: not an index file, or one of another model, corpus or format.
    """
    try:
        # Opened here: np.load leaves a damaged file open.
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            meta = json.loads(str(file["meta"]))
            index = Index(
                tuple(file["listing_ids"].tolist()),
                file["vectors"],
                file["starts"],
                meta["model_hash"],
                meta["corpus_hash"],
            )
    except (KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"expected an index file, {path} is none; delete it and run again") from error
    expected = {"format": FORMAT, "model_hash": model_hash, "corpus_hash": corpus_hash(listings)}
    if meta != expected:
        raise ValueError(f"expected an index of {expected}, {path} is of {meta}; delete it and run again")
    return index


def index_path(cache: Path, *, model_hash: str, corpus: str) -> Path:
    """Name the file of a model and a corpus in the cache folder, by the hashes of both."""
    return cache / f"{model_hash}-{corpus}.npz"


def find_index(encoder: Encoder, listings: Sequence[Listing], cache: Path) -> Index | None:
    """Load the index of this model and corpus from the cache; None where there is none, or a damaged one."""
    path = index_path(cache, model_hash=encoder.fingerprint, corpus=corpus_hash(listings))
    if not path.is_file():
        return None
    try:
        return load_index(path, model_hash=encoder.fingerprint, listings=listings)
    except ValueError:
        path.unlink()
        return None


def load_or_build_index(
    encoder: Encoder, listings: Sequence[Listing], cache: Path, *, show_progress: bool = False
) -> Index:
    """Load the index of this model and corpus from the cache folder, or encode and keep it there.

    A changed corpus or model never meets an old index; a damaged file is made anew.
    """
    index = find_index(encoder, listings, cache)
    if index is None:
        index = build_index(encoder, listings, show_progress=show_progress)
        save_index(index, index_path(cache, model_hash=index.model_hash, corpus=index.corpus_hash))
    return index
