"""Indexes as files, named by the hashes of model and corpus."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from search.encoding.encoder import Encoder
from search.encoding.passages import OVERLAP_TOKENS, PASSAGE_TOKENS
from search.encoding.token_vectors import SCORED
from search.files import checksum_of_arrays, load_arrays, save_arrays
from search.index.compression import WIDTH, Codec
from search.index.token_corpus import encode_corpus
from search.index.vectors import Index, IndexKind, build_indexes, index_kinds
from search.records import Listing, corpus_hash
from search.scoring import FIRST, MAX_PASSAGE, Scoring

logger = logging.getLogger(__name__)

FORMAT = 4
# How far the numbers of two machines may lie apart: those of vectors, and the bytes of tokens.
SAME_VALUE = 0.01
SAME_BYTE = 4


def _meta(model_hash: str, corpus: str, kind: IndexKind) -> dict[str, object]:
    """Return what must be equal for an index to be read."""
    return {
        "format": FORMAT,
        "model_hash": model_hash,
        "corpus_hash": corpus,
        "kind": kind,
        "passages": None if kind == "first" else [PASSAGE_TOKENS, OVERLAP_TOKENS],
        "tokens": [WIDTH, SCORED.pattern] if kind == "tokens" else None,
    }


def save_index(index: Index, path: Path) -> None:
    """Write an index to one .npz file, whole or not at all."""
    codec = {"projection": index.codec.projection, "scale": index.codec.scale} if index.codec else {}
    arrays = {
        "meta": np.array(json.dumps(_meta(index.model_hash, index.corpus_hash, index.kind))),
        "listing_ids": np.array(index.listing_ids, dtype=np.str_),
        "vectors": index.vectors,
        "offsets": index.offsets,
        "spans": index.spans,
        **codec,
    }
    save_arrays(path, check=np.array(checksum_of_arrays(arrays)), **arrays)


def load_index(path: Path, *, model_hash: str, listings: Sequence[Listing], kind: IndexKind) -> Index:
    """Read an index of this model, corpus and kind.

    Raises:
        FileNotFoundError: no such file.
        ValueError: not an index file, a damaged one, or one of another model, corpus, kind or format.
    """
    try:
        file = load_arrays(path)
        # Those of earlier versions have none; the archive's own tell of damaged bytes, but not of damaged names.
        check = file.pop("check", None)
        if check is not None and int(check) != checksum_of_arrays(file):
            raise ValueError("its checksum is another")
        meta = json.loads(str(file["meta"]))
        ids = tuple(file["listing_ids"].tolist())
        codec = Codec(file["projection"], file["scale"]) if "projection" in file else None
        hashes = (meta["model_hash"], meta["corpus_hash"])
        index = Index(ids, file["vectors"], file["offsets"], file["spans"], *hashes, kind, codec)
    except (KeyError, ValueError, TypeError) as error:
        raise ValueError(f"expected an index file, {path} is none; delete it and run again") from error
    expected = _meta(model_hash, corpus_hash(listings), kind)
    if meta != expected or index.listing_ids != tuple(listing.listing_id for listing in listings):
        raise ValueError(f"expected an index of {expected}, {path} is of {meta}; delete it and run again")
    return index


def is_made_by(index: Index, encoder: Encoder, listings: Sequence[Listing], *, samples: int = 4) -> bool:
    """Encode some listings again to check a foreign index."""
    if not _is_sound(index, listings):
        return False
    positions = np.unique(np.linspace(0, len(listings) - 1, samples).astype(int)).tolist()
    rows = np.concatenate([np.r_[index.rows_of(position)] for position in positions])
    drawn = [listings[position] for position in positions]
    if index.codec:
        made = encode_corpus(encoder, drawn, codec=index.codec).tokens.vectors
    else:
        made = build_indexes(encoder, drawn, scoring=FIRST if index.kind == "first" else MAX_PASSAGE)[0].vectors
    if made.shape != (len(rows), index.vectors.shape[1]):
        return False
    # Another machine rounds otherwise.
    difference = np.abs(made.astype(np.float32) - index.vectors[rows])
    return bool(np.all(difference <= (SAME_BYTE if index.codec else SAME_VALUE)))


def _is_sound(index: Index, listings: Sequence[Listing]) -> bool:
    """Tell whether the arrays fit together and to these listings, whatever the vectors say."""
    vectors, offsets, spans, codec = index.vectors, index.offsets, index.spans, index.codec
    has_tokens = index.kind == "tokens"
    return (
        [array.dtype for array in (vectors, offsets, spans)]
        == [np.int8 if has_tokens else np.float32, np.int64, np.int64]
        and vectors.ndim == 2
        and offsets.shape == (len(listings),)
        and spans.shape == (len(vectors), 2)
        and int(offsets[0]) == 0
        and bool(np.all(np.diff([*offsets, len(vectors)]) > 0))
        and has_tokens == (codec is not None)
        and (codec is None or _fits(codec, vectors.shape[1]))
    )


def _fits(codec: Codec, width: int) -> bool:
    return (
        codec.projection.dtype == codec.scale.dtype == np.float32
        and codec.projection.shape[1:] == codec.scale.shape == (width,)
        and bool(np.isfinite(codec.projection).all() and np.isfinite(codec.scale).all())
    )


def index_path(cache: Path, *, model_hash: str, corpus: str, kind: IndexKind) -> Path:
    """Name an index's file in the cache folder."""
    return cache / f"{model_hash}-{corpus}-{kind}.npz"


def find_index(encoder: Encoder, listings: Sequence[Listing], cache: Path, *, kind: IndexKind) -> Index | None:
    """Load an index from the cache, or None; a damaged one goes, or is told where it can't."""
    path = index_path(cache, model_hash=encoder.fingerprint, corpus=corpus_hash(listings), kind=kind)
    if not path.is_file():
        return None
    try:
        return load_index(path, model_hash=encoder.fingerprint, listings=listings, kind=kind)
    # Another process found it damaged first.
    except FileNotFoundError:
        return None
    except ValueError:
        _remove(path)
        return None


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        message = "index     expected to remove the damaged %s, it can't be (%s); it is not used, delete it by hand"
        logger.warning(message, path, error.strerror)


def cache_index(index: Index, cache: Path) -> None:
    """Save an index under its own name in the cache folder."""
    save_index(index, index_path(cache, model_hash=index.model_hash, corpus=index.corpus_hash, kind=index.kind))


def find_indexes(
    encoder: Encoder, listings: Sequence[Listing], cache: Path, *, scoring: Scoring
) -> tuple[Index, ...] | None:
    """Load what a scoring needs from the cache, or None."""
    found = [find_index(encoder, listings, cache, kind=kind) for kind in index_kinds(scoring)]
    indexes = tuple(index for index in found if index is not None)
    return indexes if len(indexes) == len(found) else None


def load_or_build_indexes(
    encoder: Encoder,
    listings: Sequence[Listing],
    cache: Path,
    *,
    scoring: Scoring = MAX_PASSAGE,
    show_progress: bool = False,
) -> tuple[Index, ...]:
    """Load what a scoring needs from the cache, or make it.

    A changed corpus or model never meets an old index; a damaged file is made anew.
    """
    found = find_indexes(encoder, listings, cache, scoring=scoring)
    if found:
        return found
    made = build_indexes(encoder, listings, scoring=scoring, show_progress=show_progress)
    for index in made:
        cache_index(index, cache)
    return made
