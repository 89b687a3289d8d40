"""Parts of a listing store: some listings' vectors, written once and never changed."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from search.arrays import runs
from search.encoding.token_vectors import TextVectors
from search.files import checksum_of_arrays, checksum_of_file, load_arrays, save_arrays, whole_folder
from search.hub_errors import first_line
from search.index.compression import BYTE_MAX

META, PASSAGES, TOKENS = "listings.npz", "passages.npy", "tokens.bin"
# Of a listing, in tokens or passages.
MAX_LENGTH = 1 << 24
# What reading a damaged file may raise.
DAMAGED = (OSError, KeyError, ValueError, TypeError)


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

    @property
    def dim(self) -> int:
        """Dimensions of a passage's vector."""
        return int(np.load(self.folder / PASSAGES, mmap_mode="r", allow_pickle=False).shape[1])

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


def write_part(
    path: Path, keys: NDArray[np.bytes_], passages: TextVectors, tokens: TextVectors, meta: Mapping[str, object]
) -> None:
    """Write a part, whole or not at all.

    Args:
        path: Its folder.
        keys: `(n,)` bytes, as of `listing_key`.
        passages: Of the listings, float32 unit rows.
        tokens: Of the listings, as codes.
        meta: What must be equal for the part to be read.
    """
    scales = np.abs(passages.vectors).max(axis=1) / BYTE_MAX
    rounded = np.rint(passages.vectors / np.where(scales, scales, 1)[:, None]).astype(np.int8)
    with whole_folder(path) as folder:
        np.save(folder / PASSAGES, rounded)
        tokens.vectors.tofile(folder / TOKENS)
        checks = {name: checksum_of_file(folder / name) for name in (PASSAGES, TOKENS)}
        arrays = {
            "keys": keys,
            "token_lengths": tokens.lengths,
            "passage_lengths": passages.lengths,
            "scales": scales.astype(np.float32),
            "spans": passages.spans.astype(np.int32),
        }
        checks[META] = checksum_of_arrays(arrays)
        save_arrays(folder / META, meta=np.array(json.dumps({**meta, "checks": checks})), **arrays)


def load_part(path: Path, expected: Mapping[str, object], code_bytes: int) -> StoredPart:
    """Read a part, which may be of a stranger's making.

    Args:
        path: Its folder.
        expected: What it must say of itself.
        code_bytes: Of a token.

    Raises:
        OSError: a file is missing, or can't be read.
        ValueError: it is another's, a checksum is another, or its arrays do not fit together.
    """
    try:
        return _read_part(path, expected, code_bytes)
    except OSError:
        raise
    # Whatever NumPy's headers, their parser and JSON meet in bytes that lie.
    except Exception as error:
        raise ValueError(first_line(error)) from error


def _read_part(path: Path, expected: Mapping[str, object], code_bytes: int) -> StoredPart:
    arrays = load_arrays(path / META)
    meta = json.loads(str(arrays.pop("meta")))
    checks = meta.pop("checks")
    if meta != expected:
        raise ValueError("it is of another model or codec")
    found = {name: checksum_of_file(path / name) for name in (PASSAGES, TOKENS)} | {META: checksum_of_arrays(arrays)}
    if checks != found:
        raise ValueError("a checksum is another")
    _check_arrays(arrays)
    token_offsets, passage_offsets = (
        np.append(0, np.cumsum(arrays[name], dtype=np.int64)) for name in ("token_lengths", "passage_lengths")
    )
    _check_sizes(path, n_tokens=int(token_offsets[-1]), n_passages=len(arrays["scales"]), code_bytes=code_bytes)
    if passage_offsets[-1] != len(arrays["scales"]):
        raise ValueError("its numbers of passages do not fit together")
    spans = arrays["spans"].astype(np.int64)
    return StoredPart(path, arrays["keys"], token_offsets, passage_offsets, arrays["scales"], spans)


def _check_arrays(arrays: Mapping[str, NDArray[Any]]) -> None:
    """Refuse arrays of other kinds, shapes or values than `write_part` writes."""
    n_listings, n_passages = len(arrays["keys"]), len(arrays["scales"])
    shapes = {
        "keys": (n_listings,),
        "token_lengths": (n_listings,),
        "passage_lengths": (n_listings,),
        "scales": (n_passages,),
        "spans": (n_passages, 2),
    }
    kinds = {"keys": "S", "token_lengths": "i", "passage_lengths": "i", "scales": "f", "spans": "i"}
    if any(arrays[name].shape != shapes[name] or arrays[name].dtype.kind != kinds[name] for name in shapes):
        raise ValueError("an array is of another kind or shape")
    # Longer ones would not add up in 64 bits; no listing has so many.
    lengths = np.concatenate([arrays["token_lengths"], arrays["passage_lengths"] - 1])
    if n_listings == 0 or lengths.min() < 0 or lengths.max() > MAX_LENGTH or not np.isfinite(arrays["scales"]).all():
        raise ValueError("a number is out of range")


def _check_sizes(path: Path, *, n_tokens: int, n_passages: int, code_bytes: int) -> None:
    """Refuse files that are not as large as what they should hold."""
    if (path / TOKENS).stat().st_size != n_tokens * code_bytes:
        raise ValueError(f"{TOKENS} is of another size")
    mapped = open_memmap(path / PASSAGES, mode="r")
    if mapped.dtype != np.int8 or mapped.ndim != 2 or len(mapped) != n_passages:
        raise ValueError(f"{PASSAGES} is of another kind or shape")


def passage_counts(
    parts: Sequence[StoredPart], part_of: NDArray[np.int32], row_of: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Return how many passages each listing of a corpus has: `(n_listings,)` int64.

    Args:
        parts: The store's.
        part_of: `(n_listings,)`, each listing's part.
        row_of: `(n_listings,)`, its row there.
    """
    counts = np.zeros(len(part_of), dtype=np.int64)
    for number, part in enumerate(parts):
        mine = part_of == number
        counts[mine] = np.diff(part.passage_offsets)[row_of[mine]]
    return counts


def gather_rows(
    parts: Sequence[StoredPart],
    part_of: NDArray[np.int32],
    row_of: NDArray[np.int32],
    offsets: NDArray[np.int64],
) -> Iterator[tuple[StoredPart, NDArray[np.int64], NDArray[np.int64]]]:
    """Yield each part, where its passages belong in a corpus's order, and which of the part's these are.

    Args:
        parts: The store's.
        part_of: `(n_listings,)`, each listing's part.
        row_of: `(n_listings,)`, its row there.
        offsets: `(n_listings + 1,)`, where each listing's passages begin in the corpus's order.
    """
    for number, part in enumerate(parts):
        mine = np.flatnonzero(part_of == number)
        counts = offsets[mine + 1] - offsets[mine]
        yield part, runs(offsets[mine], counts), runs(part.passage_offsets[row_of[mine]], counts)


def gather_passages(
    parts: Sequence[StoredPart],
    part_of: NDArray[np.int32],
    row_of: NDArray[np.int32],
    *,
    dtype: type[np.floating[Any]] = np.float32,
) -> TextVectors:
    """Return the passages of a corpus in its order, see `passage_counts`: unit rows but for rounding."""
    lengths = passage_counts(parts, part_of, row_of)
    spans = np.empty((int(lengths.sum()), 2), dtype=np.int64)
    vectors = np.empty((len(spans), parts[0].dim), dtype=dtype)
    for part, places, own in gather_rows(parts, part_of, row_of, np.append(0, np.cumsum(lengths))):
        vectors[places], spans[places] = part.passages()[own], part.spans[own]
    return TextVectors(vectors, lengths, spans)
