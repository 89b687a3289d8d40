"""Indexes as files: saved and loaded by the hashes of model and corpus, made anew where there is none."""

import json
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.encoding.encoder import Encoder
from search.encoding.passages import FIRST, OVERLAP_TOKENS, TOKENS, WINDOW_TOKENS, WINDOWS, Reading
from search.encoding.token_vectors import COUNTED
from search.files import save_arrays
from search.index.compression import KEPT_WIDTH
from search.index.token_corpus import encode_corpus
from search.index.vectors import Index, build_index, build_indexes, index_readings
from search.records import Listing, corpus_hash

FORMAT = 3
# How far numbers of two machines may lie apart: those of vectors, and bytes of tokens, of 1/127.
SAME_VALUE = 0.01
SAME_BYTE = 2


def _meta(model_hash: str, corpus: str, reading: Reading) -> dict[str, object]:
    windows = None if reading == FIRST else [WINDOW_TOKENS, OVERLAP_TOKENS]
    return {
        "format": FORMAT,
        "model_hash": model_hash,
        "corpus_hash": corpus,
        "reading": reading,
        "windows": windows,
        "tokens": [KEPT_WIDTH, COUNTED.pattern] if reading == TOKENS else None,
    }


def save_index(index: Index, path: Path) -> None:
    """Write an index to one .npz file, aside first, so that no reader meets half of it."""
    meta = _meta(index.model_hash, index.corpus_hash, index.reading)
    save_arrays(
        path,
        meta=np.array(json.dumps(meta)),
        listing_ids=np.array(index.listing_ids, dtype=np.str_),
        vectors=index.vectors,
        starts=index.starts,
        spans=index.spans,
        **({} if index.projection is None else {"projection": index.projection}),
    )


def load_index(path: Path, *, model_hash: str, listings: Sequence[Listing], reading: Reading = WINDOWS) -> Index:
    """Read an index and make sure that it belongs to this model, this corpus and this reading.

    Raises:
        FileNotFoundError: no such file.
        ValueError: not an index file, or one of another model, corpus, reading or format.
    """
    try:
        # Opened here: np.load leaves a damaged file open.
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            meta = json.loads(str(file["meta"]))
            index = Index(
                tuple(file["listing_ids"].tolist()),
                file["vectors"],
                file["starts"],
                file["spans"],
                meta["model_hash"],
                meta["corpus_hash"],
                meta["reading"],
                file.get("projection"),
            )
    except (KeyError, ValueError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"expected an index file, {path} is none; delete it and run again") from error
    expected = _meta(model_hash, corpus_hash(listings), reading)
    if meta != expected or index.listing_ids != tuple(listing.listing_id for listing in listings):
        raise ValueError(f"expected an index of {expected}, {path} is of {meta}; delete it and run again")
    return index


def is_made_by(index: Index, encoder: Encoder, listings: Sequence[Listing], *, samples: int = 4) -> bool:
    """Tell whether an index that came from elsewhere is one of this corpus and model: some of its listings are encoded again."""
    if not _holds_together(index, listings):
        return False
    places = np.unique(np.linspace(0, len(listings) - 1, samples).astype(int)).tolist()
    kept = np.concatenate([np.r_[index.rows_of(place)] for place in places])
    drawn = [listings[place] for place in places]
    made = (
        build_index(encoder, drawn, reading=index.reading).vectors
        if index.projection is None
        else encode_corpus(encoder, drawn, projection=index.projection).tokens.vectors
    )
    if made.shape != (len(kept), index.vectors.shape[1]):
        return False
    # Another machine rounds otherwise.
    difference = np.abs(made.astype(np.float32) - index.vectors[kept])
    return bool(np.all(difference <= (SAME_VALUE if index.projection is None else SAME_BYTE)))


def _holds_together(index: Index, listings: Sequence[Listing]) -> bool:
    """Tell whether the arrays are of an index of these listings, whatever the vectors say."""
    vectors, starts, spans, projection = index.vectors, index.starts, index.spans, index.projection
    of_tokens = index.reading == TOKENS
    return (
        [array.dtype for array in (vectors, starts, spans)]
        == [np.int8 if of_tokens else np.float32, np.int64, np.int64]
        and vectors.ndim == 2
        and starts.shape == (len(listings),)
        and spans.shape == (len(vectors), 2)
        and int(starts[0]) == 0
        and bool(np.all(np.diff([*starts, len(vectors)]) > 0))
        and of_tokens == (projection is not None)
        and (projection is None or _leads_to(projection, vectors.shape[1]))
    )


def _leads_to(projection: NDArray[Any], width: int) -> bool:
    """Tell whether a projection is one to vectors of a width."""
    return projection.dtype == np.float32 and projection.shape[1:] == (width,) and bool(np.isfinite(projection).all())


def index_path(cache: Path, *, model_hash: str, corpus: str, reading: Reading) -> Path:
    """Name the file of a model, a corpus and a reading in the cache folder, by the hashes of both."""
    return cache / f"{model_hash}-{corpus}-{reading}.npz"


def find_index(encoder: Encoder, listings: Sequence[Listing], cache: Path, *, reading: Reading) -> Index | None:
    """Load the index of this model and corpus from the cache; None where there is none, or a damaged one."""
    path = index_path(cache, model_hash=encoder.fingerprint, corpus=corpus_hash(listings), reading=reading)
    if not path.is_file():
        return None
    try:
        return load_index(path, model_hash=encoder.fingerprint, listings=listings, reading=reading)
    except ValueError:
        path.unlink()
        return None


def keep_index(index: Index, cache: Path) -> None:
    """Save an index under its own name in the cache folder."""
    save_index(index, index_path(cache, model_hash=index.model_hash, corpus=index.corpus_hash, reading=index.reading))


def find_indexes(
    encoder: Encoder, listings: Sequence[Listing], cache: Path, *, reading: Reading
) -> tuple[Index, ...] | None:
    """Load what a reading needs from the cache; None where any of it is not there."""
    found = [find_index(encoder, listings, cache, reading=one) for one in index_readings(reading)]
    kept = tuple(index for index in found if index is not None)
    return kept if len(kept) == len(found) else None


def load_or_build_indexes(
    encoder: Encoder,
    listings: Sequence[Listing],
    cache: Path,
    *,
    reading: Reading = WINDOWS,
    show_progress: bool = False,
) -> tuple[Index, ...]:
    """Load what a reading needs of this model and corpus from the cache folder, or encode and keep it there.

    A changed corpus or model never meets an old index; a damaged file is made anew.
    """
    found = find_indexes(encoder, listings, cache, reading=reading)
    if found:
        return found
    # A listing that fits the encoder's limit is one window: its beginning.
    known = find_index(encoder, listings, cache, reading=FIRST) if reading == WINDOWS else None
    made = build_indexes(encoder, listings, reading=reading, known=known, show_progress=show_progress)
    for index in made:
        keep_index(index, cache)
    return made
