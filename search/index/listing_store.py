"""Vectors of listings on disk, one model's, found by what each listing says.

A corpus takes what it needs from the store: a listing that is added is the only one encoded, one that is deleted is no
longer asked for. Parts are added and never changed.
"""

import hashlib
import json
import logging
import shutil
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search.encoding.encoder import Encoder
from search.encoding.passages import OVERLAP_TOKENS, PASSAGE_TOKENS
from search.encoding.token_vectors import SCORED, TextVectors
from search.files import save_arrays, whole_folder
from search.index.compression import BYTE_MAX
from search.index.residuals import ResidualCodec, fit_residual_codec
from search.index.token_corpus import CHUNK_LISTINGS, draw_evenly, encode_passages
from search.records import Listing

logger = logging.getLogger(__name__)

FORMAT = 1
# What a kill loses at most.
PART_LISTINGS = 1024
KEY_DIGITS = 32
META, PASSAGES, TOKENS, CODEC = "listings.npz", "passages.npy", "tokens.bin", "codec.npz"
DAMAGED = (OSError, KeyError, ValueError, TypeError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True, slots=True)
class StoredPart:
    """Some listings' vectors; the large arrays stay on disk.

    `keys` `(n,)` are bytes, as of `listing_key`; `token_offsets` and `passage_offsets` `(n + 1,)` int64 hold where each
    listing's begin and the last's end; `scales` `(n_passages,)` float32 and `spans` `(n_passages, 2)` int64 are the
    passages'.
    """

    folder: Path
    keys: NDArray[np.bytes_]
    token_offsets: NDArray[np.int64]
    passage_offsets: NDArray[np.int64]
    scales: NDArray[np.float32]
    spans: NDArray[np.int64]

    def passages(self) -> NDArray[np.float32]:
        """Read the part's passage vectors: `(n_passages, dim)` float32, unit rows but for rounding."""
        rounded = np.load(self.folder / PASSAGES, allow_pickle=False)
        vectors: NDArray[np.float32] = rounded * self.scales[:, None]
        return vectors

    def read_codes(self, rows: Sequence[int], code_bytes: int) -> list[NDArray[np.uint8]]:
        """Read the token codes of some listings: `(n_tokens, code_bytes)` uint8 each."""
        found = []
        with (self.folder / TOKENS).open("rb", buffering=0) as file:
            for row in rows:
                begin, end = self.token_offsets[row : row + 2].tolist()
                file.seek(begin * code_bytes)
                found.append(np.frombuffer(file.read((end - begin) * code_bytes), np.uint8).reshape(-1, code_bytes))
        return found


class ListingStore:
    """The parts of one model, and the codec that all its tokens share."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        """Open a store; what is damaged, or of another format, goes and is made anew."""
        self.encoder = encoder
        self.folder = folder / f"{encoder.fingerprint}-listings-v{FORMAT}"
        self.codec = self._load_codec()
        self.parts: list[StoredPart] = []
        for path in sorted(self.folder.glob("part-*")):
            try:
                self.parts.append(_load_part(path, self._meta()))
            except DAMAGED as error:
                logger.warning("warning   %s is damaged (%s); its listings are encoded anew", path, error)
                shutil.rmtree(path, ignore_errors=True)

    def _meta(self) -> dict[str, object]:
        """Return what must be equal for a part to be read."""
        return {
            "model_hash": self.encoder.fingerprint,
            "codec": self.codec.hash if self.codec else "",
            "passages": [PASSAGE_TOKENS, OVERLAP_TOKENS],
            "tokens": SCORED.pattern,
        }

    def _load_codec(self) -> ResidualCodec | None:
        path = self.folder / CODEC
        try:
            with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                codec = ResidualCodec(file["projection"], file["centroids"], float(file["step"]))
                if str(file["hash"]) != codec.hash:
                    raise ValueError("its checksum is another")
        except FileNotFoundError:
            return None
        except DAMAGED as error:
            logger.warning("warning   %s is damaged (%s); the listings are encoded anew", path, error)
            shutil.rmtree(self.folder, ignore_errors=True)
            return None
        return codec

    def add(self, listings: Sequence[Listing], *, show_progress: bool = False) -> int:
        """Encode the listings that are not there yet, and return how many these were."""
        known = set(np.concatenate([part.keys for part in self.parts]).tolist()) if self.parts else set()
        new = {key: one for one in listings if (key := listing_key(one)) not in known}
        missing = list(new.values())
        if missing and self.codec is None:
            self._fit_codec(missing)
        for start in range(0, len(missing), PART_LISTINGS):
            chunk = missing[start : start + PART_LISTINGS]
            if show_progress:
                logger.info("encode    %d of %d listings", start + len(chunk), len(missing))
            self.parts.append(self._save_part(chunk))
        return len(missing)

    def _fit_codec(self, listings: Sequence[Listing]) -> None:
        drawn = [listings[position] for position in draw_evenly(len(listings))]
        self.codec = fit_residual_codec(encode_passages(self.encoder, drawn)[1].vectors)
        arrays = {"projection": self.codec.projection, "centroids": self.codec.centroids}
        numbers = {"step": np.array(self.codec.step), "hash": np.array(self.codec.hash)}
        save_arrays(self.folder / CODEC, **arrays, **numbers)

    def _save_part(self, listings: Sequence[Listing]) -> StoredPart:
        """Encode listings, some at a time, and write them."""
        if self.codec is None:
            raise RuntimeError("expected a codec before a part")
        passages, tokens = [], []
        for start in range(0, len(listings), CHUNK_LISTINGS):
            chunk_passages, found = encode_passages(self.encoder, listings[start : start + CHUNK_LISTINGS])
            found = drop_repeated(found)
            passages.append(chunk_passages)
            tokens.append(TextVectors(self.codec.compress(found.vectors), found.lengths, found.spans))
        keys = np.array([listing_key(one) for one in listings], dtype=f"S{KEY_DIGITS}")
        path = self.folder / f"part-{hashlib.sha256(keys.tobytes()).hexdigest()[:16]}"
        _write_part(path, keys, TextVectors.join(passages), TextVectors.join(tokens), self._meta())
        return _load_part(path, self._meta())

    def find(self, listings: Sequence[Listing]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return each listing's part, and its row there: `(n_listings,)` int32 each.

        Raises:
            KeyError: one was not added.
        """
        keys = np.concatenate([part.keys for part in self.parts])
        part_of = np.repeat(np.arange(len(self.parts), dtype=np.int32), [len(part.keys) for part in self.parts])
        row_of = np.concatenate([np.arange(len(part.keys), dtype=np.int32) for part in self.parts])
        order = np.argsort(keys, kind="stable")
        asked = np.array([listing_key(one) for one in listings], dtype=keys.dtype)
        found = order[np.minimum(np.searchsorted(keys, asked, sorter=order), len(keys) - 1)]
        if not np.array_equal(keys[found], asked):
            raise KeyError("expected listings that were added before")
        return part_of[found], row_of[found]


def listing_key(listing: Listing) -> bytes:
    """Return what a listing's vectors are found by: a hash of all that is encoded, in hex digits."""
    return hashlib.sha256(listing.document.encode()).hexdigest()[:KEY_DIGITS].encode()


def drop_repeated(tokens: TextVectors) -> TextVectors:
    """Leave out tokens that a second passage of the listing holds once more; a title's stay."""
    text_of = np.repeat(np.arange(len(tokens.lengths)), tokens.lengths)
    places = np.column_stack([text_of, tokens.spans])
    _, first = np.unique(places, axis=0, return_index=True)
    kept = tokens.spans[:, 1] == 0
    kept[first] = True
    return TextVectors(
        tokens.vectors[kept], np.bincount(text_of[kept], minlength=len(tokens.lengths)), tokens.spans[kept]
    )


def _write_part(
    path: Path, keys: NDArray[np.bytes_], passages: TextVectors, tokens: TextVectors, meta: dict[str, object]
) -> None:
    scales = np.abs(passages.vectors).max(axis=1) / BYTE_MAX
    rounded = np.rint(passages.vectors / np.where(scales, scales, 1)[:, None]).astype(np.int8)
    with whole_folder(path) as folder:
        np.save(folder / PASSAGES, rounded)
        tokens.vectors.tofile(folder / TOKENS)
        checks = {name: _checksum(folder / name) for name in (PASSAGES, TOKENS)}
        arrays = {
            "keys": keys,
            "token_lengths": tokens.lengths,
            "passage_lengths": passages.lengths,
            "scales": scales.astype(np.float32),
            "spans": passages.spans.astype(np.int32),
        }
        checks[META] = _checksum_of(arrays)
        save_arrays(folder / META, meta=np.array(json.dumps({**meta, "checks": checks})), **arrays)


def _load_part(path: Path, expected: dict[str, object]) -> StoredPart:
    """Read a part.

    Raises:
        ValueError: it is another's, or a checksum is another; others of DAMAGED as they come.
    """
    with (path / META).open("rb") as opened, np.load(opened, allow_pickle=False) as file:
        meta = json.loads(str(file["meta"]))
        names = ("keys", "token_lengths", "passage_lengths", "scales", "spans")
        arrays = {name: file[name] for name in names}
    checks = meta.pop("checks")
    if meta != expected:
        raise ValueError("it is of another model or codec")
    found = {name: _checksum(path / name) for name in (PASSAGES, TOKENS)} | {META: _checksum_of(arrays)}
    if checks != found:
        raise ValueError("a checksum is another")
    ends = [np.append(0, np.cumsum(arrays[name])) for name in ("token_lengths", "passage_lengths")]
    return StoredPart(path, arrays["keys"], *ends, arrays["scales"], arrays["spans"].astype(np.int64))


def _checksum(path: Path) -> int:
    check = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            check = zlib.crc32(block, check)
    return check


def _checksum_of(arrays: dict[str, NDArray[np.generic]]) -> int:
    check = 0
    for name, array in sorted(arrays.items()):
        check = zlib.crc32(np.ascontiguousarray(array).tobytes(), zlib.crc32(name.encode(), check))
    return check
