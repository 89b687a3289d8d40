"""Vectors of a corpus: one or several a listing, exact cosine scores, save and load by hash."""

import json
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from search.encoder import Encoder
from search.files import save_arrays
from search.passages import FIRST, OVERLAP_TOKENS, WINDOW_TOKENS, WINDOWS, Reading, passage_text, read_passages
from search.records import Listing, Span, corpus_hash

FORMAT = 2
SAME_VALUE = 0.01
# Cosines in memory at once: 64 MB.
MOST_SIMILARITIES = 1 << 24
THREADS = ThreadpoolController()


@dataclass(frozen=True, slots=True)
class Index:
    """The vectors of one corpus under one model.

    `vectors` is `(n_vectors, dim)` float32, unit rows; `starts` `(n_listings,)` int64 holds where
    the vectors of each listing begin (each has at least one, they lie together, in corpus order);
    `spans` `(n_vectors, 2)` int64 holds the characters of the listing's text that each was made of.
    """

    listing_ids: tuple[str, ...]
    vectors: NDArray[np.float32]
    starts: NDArray[np.int64]
    spans: NDArray[np.int64]
    model_hash: str
    corpus_hash: str
    reading: Reading

    def scores(self, query_vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Cosine of each query to each listing, the maximum over the listing's vectors.

        Args:
            query_vectors: `(n_queries, dim)` float32, unit rows.

        Returns:
            `(n_queries, n_listings)` float32 in [-1, 1].
        """
        if len(self.starts) == len(self.vectors):
            return query_vectors @ self.vectors.T
        scores = np.empty((len(query_vectors), len(self.starts)), dtype=np.float32)
        # A block at a time: many queries against all sentences of a large corpus would fill the memory.
        rows = max(1, MOST_SIMILARITIES // len(self.vectors))
        for start in range(0, len(query_vectors), rows):
            block = slice(start, start + rows)
            # On one thread: numpy's own would stand in the way of torch's, which wait busily after encoding.
            with THREADS.limit(limits=1, user_api="blas"):
                similarities = query_vectors[block] @ self.vectors.T
            np.maximum.reduceat(similarities, self.starts, axis=1, out=scores[block])
        return scores

    def best_passages(self, query_vector: NDArray[np.float32], positions: Sequence[int]) -> list[Span]:
        """Find the passage of each listing that is nearest to one query.

        Args:
            query_vector: `(dim,)` float32, unit length.
            positions: Of the listings in the corpus.
        """
        ends = [*self.starts[1:].tolist(), len(self.vectors)]
        best = [
            start + int(np.argmax(self.vectors[start : ends[position]] @ query_vector))
            for position in positions
            for start in (int(self.starts[position]),)
        ]
        return [(int(start), int(end)) for start, end in self.spans[best]]


def build_index(
    encoder: Encoder,
    listings: Sequence[Listing],
    *,
    reading: Reading = WINDOWS,
    known: Index | None = None,
    show_progress: bool = False,
) -> Index:
    """Encode each listing's passages.

    Args:
        encoder: What makes the vectors.
        listings: The corpus.
        reading: What becomes a vector of a listing.
        known: An index of the same model and corpus, whose vectors are taken where its passages are the same.
        show_progress: Whether to draw a bar.

    Raises:
        ValueError: the corpus is empty, or an id stands twice.
    """
    if not listings:
        raise ValueError("expected a corpus of at least one listing, got none; check the dataset's `listings`")
    listing_ids = tuple(listing.listing_id for listing in listings)
    if len(set(listing_ids)) != len(listing_ids):
        twice = next(name for name in listing_ids if listing_ids.count(name) > 1)
        raise ValueError(f"expected each listing_id once, got {twice!r} again; make the ids unique")
    spans_of = read_passages(encoder, listings, reading, window=WINDOW_TOKENS)
    counts = np.array([len(spans) for spans in spans_of], dtype=np.int64)
    spans = np.array([span for spans in spans_of for span in spans], dtype=np.int64)
    owners = np.repeat(np.arange(len(listings)), counts)
    vectors = _vectors_of(encoder, listings, owners, spans, reading, known, show_progress=show_progress)
    starts = np.cumsum(counts) - counts
    return Index(listing_ids, vectors, starts, spans, encoder.fingerprint, corpus_hash(listings), reading)


def _vectors_of(
    encoder: Encoder,
    listings: Sequence[Listing],
    owners: NDArray[np.int64],
    spans: NDArray[np.int64],
    reading: Reading,
    known: Index | None,
    *,
    show_progress: bool,
) -> NDArray[np.float32]:
    """Encode the passages `(n_vectors, 2)` of their owners, but for those that `known` has: `(n_vectors, dim)`."""
    passages = [(int(owner), int(start), int(end)) for owner, (start, end) in zip(owners, spans, strict=True)]
    had: dict[tuple[int, int, int], NDArray[np.float32]] = {}
    if known is not None:
        places = np.searchsorted(known.starts, np.arange(len(known.vectors)), side="right") - 1
        keys = zip(places.tolist(), *known.spans.T.tolist(), strict=True)
        had = dict(zip(keys, known.vectors, strict=True))
    missing = [passage for passage in passages if passage not in had]
    if missing:
        texts = [passage_text(listings[owner], (start, end), reading) for owner, start, end in missing]
        made = encoder.encode_document(texts, show_progress=show_progress)
        had.update(zip(missing, made, strict=True))
    return np.stack([had[passage] for passage in passages])


def _meta(model_hash: str, corpus: str, reading: Reading) -> dict[str, object]:
    windows = [WINDOW_TOKENS, OVERLAP_TOKENS] if reading == WINDOWS else None
    return {
        "format": FORMAT,
        "model_hash": model_hash,
        "corpus_hash": corpus,
        "reading": reading,
        "windows": windows,
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
            )
    except (KeyError, ValueError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"expected an index file, {path} is none; delete it and run again") from error
    expected = _meta(model_hash, corpus_hash(listings), reading)
    if meta != expected or index.listing_ids != tuple(listing.listing_id for listing in listings):
        raise ValueError(f"expected an index of {expected}, {path} is of {meta}; delete it and run again")
    return index


def is_made_by(index: Index, encoder: Encoder, listings: Sequence[Listing], *, samples: int = 4) -> bool:
    """Tell whether an index that came from elsewhere is one of this corpus and model: some of its passages are encoded again."""
    if not _holds_together(index, listings):
        return False
    places = np.unique(np.linspace(0, len(index.vectors) - 1, samples).astype(int))
    owners = np.searchsorted(index.starts, places, side="right") - 1
    texts = [
        passage_text(listings[owner], (int(start), int(end)), index.reading)
        for owner, (start, end) in zip(owners, index.spans[places], strict=True)
    ]
    made = encoder.encode_document(texts)
    # Another machine rounds otherwise.
    return made.shape[1:] == index.vectors.shape[1:] and bool(np.all(np.abs(made - index.vectors[places]) < SAME_VALUE))


def _holds_together(index: Index, listings: Sequence[Listing]) -> bool:
    """Tell whether the arrays are of an index of these listings, whatever the vectors say."""
    vectors, starts, spans = index.vectors, index.starts, index.spans
    return (
        [array.dtype for array in (vectors, starts, spans)] == [np.float32, np.int64, np.int64]
        and vectors.ndim == 2
        and starts.shape == (len(listings),)
        and spans.shape == (len(vectors), 2)
        and int(starts[0]) == 0
        and bool(np.all(np.diff([*starts, len(vectors)]) > 0))
    )


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


def load_or_build_index(
    encoder: Encoder,
    listings: Sequence[Listing],
    cache: Path,
    *,
    reading: Reading = WINDOWS,
    show_progress: bool = False,
) -> Index:
    """Load the index of this model and corpus from the cache folder, or encode and keep it there.

    A changed corpus or model never meets an old index; a damaged file is made anew.
    """
    index = find_index(encoder, listings, cache, reading=reading)
    if index is None:
        # A listing that fits the encoder's limit is one window: its beginning.
        known = find_index(encoder, listings, cache, reading=FIRST) if reading == WINDOWS else None
        index = build_index(encoder, listings, reading=reading, known=known, show_progress=show_progress)
        keep_index(index, cache)
    return index
