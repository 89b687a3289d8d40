"""Vectors of listings on disk, one model's, found by what each listing says.

A corpus takes what it needs from the store: a listing that is added is the only one encoded, one that is deleted is no
longer asked for.
"""

import hashlib
import logging
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search.encoding.encoder import Encoder
from search.encoding.passages import OVERLAP_TOKENS, PASSAGE_TOKENS
from search.encoding.token_vectors import SCORED, TextVectors
from search.files import load_arrays, save_arrays, whole_folder
from search.index.listing_parts import DAMAGED, StoredPart, gather_passages, load_part, write_part
from search.index.residuals import ResidualCodec, fit_residual_codec
from search.index.token_corpus import CHUNK_LISTINGS, draw_evenly, encode_passages
from search.records import Listing

logger = logging.getLogger(__name__)

FORMAT = 2
# What a kill loses at most.
PART_LISTINGS = 1024
KEY_DIGITS = 32
CODEC, PARTS = "codec.npz", "part-*"
# How near a foreign store's vectors are to those of the model at least: its tokens are rounded to two bits.
LEAST_COSINE, SAMPLES = 0.8, 4


class ListingStore:
    """The parts of one model, and the codec that all its tokens share."""

    def __init__(self, cache: Path, model_hash: str) -> None:
        """Open a model's store in the folder of vectors; what is damaged goes, and is made anew."""
        self.model_hash = model_hash
        self.folder = cache / f"{model_hash}-listings-v{FORMAT}"
        for former in range(1, FORMAT):
            # Of the same model, and read no more.
            shutil.rmtree(cache / f"{model_hash}-listings-v{former}", ignore_errors=True)
        self.codec = self._load_codec()
        self.parts: list[StoredPart] = []
        for path in sorted(self.folder.glob(PARTS)):
            try:
                self.parts.append(self._load_part(path))
            except DAMAGED as error:
                logger.warning("warning   %s is damaged (%s); its listings are encoded anew", path, error)
                shutil.rmtree(path, ignore_errors=True)

    def _load_part(self, path: Path) -> StoredPart:
        if self.codec is None:
            raise ValueError("its codec is missing")
        part = load_part(path, self._meta(), self.codec.code_bytes)
        if self.parts and part.dim != self.parts[0].dim:
            raise ValueError("its vectors have another width")
        return part

    def _meta(self) -> dict[str, object]:
        """Return what must be equal for a part to be read."""
        return {
            "model_hash": self.model_hash,
            "codec": self.codec.hash if self.codec else "",
            "passages": [PASSAGE_TOKENS, OVERLAP_TOKENS],
            "tokens": SCORED.pattern,
        }

    def _load_codec(self) -> ResidualCodec | None:
        path = self.folder / CODEC
        try:
            file = load_arrays(path)
            codec = ResidualCodec(file["projection"], file["centroids"], float(file["step"]), file["factors"])
            if str(file["hash"]) != codec.hash:
                raise ValueError("its checksum is another")
            codec.check()
        except FileNotFoundError:
            return None
        except DAMAGED as error:
            logger.warning("warning   %s is damaged (%s); the listings are encoded anew", path, error)
            shutil.rmtree(self.folder, ignore_errors=True)
            return None
        return codec

    def add(self, encoder: Encoder, listings: Sequence[Listing], *, show_progress: bool = False) -> int:
        """Encode the listings that are not there yet, and return how many these were."""
        known = set(np.concatenate([part.keys for part in self.parts]).tolist()) if self.parts else set()
        new = {key: one for one in listings if (key := listing_key(one)) not in known}
        missing = list(new.values())
        if missing and self.codec is None:
            self._fit_codec(encoder, missing)
        for start in range(0, len(missing), PART_LISTINGS):
            chunk = missing[start : start + PART_LISTINGS]
            if show_progress:
                logger.info("encode    %d of %d listings", start + len(chunk), len(missing))
            self.parts.append(self._save_part(encoder, chunk))
        return len(missing)

    def _fit_codec(self, encoder: Encoder, listings: Sequence[Listing]) -> None:
        drawn = [listings[position] for position in draw_evenly(len(listings))]
        self.codec = fit_residual_codec(encode_passages(encoder, drawn)[1].vectors)
        _save_codec(self.codec, self.folder / CODEC)

    def _save_part(self, encoder: Encoder, listings: Sequence[Listing]) -> StoredPart:
        """Encode listings, some at a time, and write them."""
        if self.codec is None:
            raise RuntimeError("expected a codec before a part")
        passages, tokens = [], []
        for start in range(0, len(listings), CHUNK_LISTINGS):
            chunk_passages, found = encode_passages(encoder, listings[start : start + CHUNK_LISTINGS])
            found = drop_repeated(found)
            passages.append(chunk_passages)
            tokens.append(TextVectors(self.codec.compress(found.vectors), found.lengths, found.spans))
        keys = np.array([listing_key(one) for one in listings], dtype=f"S{KEY_DIGITS}")
        path = self.folder / f"part-{hashlib.sha256(keys.tobytes()).hexdigest()[:16]}"
        write_part(path, keys, TextVectors.join(passages), TextVectors.join(tokens), self._meta())
        return self._load_part(path)

    def find(self, listings: Sequence[Listing]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return each listing's part, and its row there: `(n_listings,)` int32 each.

        Raises:
            KeyError: one was not added.
        """
        if not self.parts:
            raise KeyError("expected listings that were added before, got an empty store")
        keys = np.concatenate([part.keys for part in self.parts])
        part_of = np.repeat(np.arange(len(self.parts), dtype=np.int32), [len(part.keys) for part in self.parts])
        row_of = np.concatenate([np.arange(len(part.keys), dtype=np.int32) for part in self.parts])
        order = np.argsort(keys, kind="stable")
        asked = np.array([listing_key(one) for one in listings], dtype=keys.dtype)
        found = order[np.minimum(np.searchsorted(keys, asked, sorter=order), len(keys) - 1)]
        if not np.array_equal(keys[found], asked):
            raise KeyError("expected listings that were added before")
        return part_of[found], row_of[found]

    def holds(self, listings: Sequence[Listing]) -> bool:
        """Tell whether all of a corpus's listings are there."""
        try:
            self.find(listings)
        except KeyError:
            return False
        return True

    def is_made_by(self, encoder: Encoder, listings: Sequence[Listing]) -> bool:
        """Encode some listings again to check a foreign store; all of them must be there."""
        if not self.holds(listings):
            return False
        part_of, row_of = self.find(listings)
        positions = draw_evenly(len(listings), limit=SAMPLES)
        passages, tokens = encode_passages(encoder, [listings[position] for position in positions])
        made = zip(positions, passages.split(), drop_repeated(tokens).split(), strict=True)
        return all(
            self._holds(self.parts[part_of[position]], int(row_of[position]), *vectors) for position, *vectors in made
        )

    def _holds(self, part: StoredPart, row: int, passages: TextVectors, tokens: TextVectors) -> bool:
        """Tell whether a listing's vectors are near to the given ones."""
        stored = part.passages()[slice(*part.passage_offsets[row : row + 2])]
        if self.codec is None or stored.shape != passages.vectors.shape:
            return False
        codes = part.read_codes([row], self.codec.code_bytes)[0]
        if len(codes) != len(tokens.vectors) or self.codec.projection.shape[0] != tokens.vectors.shape[1]:
            return False
        of_tokens = np.diagonal(self.codec.cosines(tokens.vectors, codes))
        of_passages = (stored * passages.vectors).sum(axis=1)
        return bool(of_tokens.mean() >= LEAST_COSINE and of_passages.min() >= LEAST_COSINE)

    def export(self, listings: Sequence[Listing], cache: Path) -> "ListingStore":
        """Write what a corpus needs, and nothing else, to a store in another folder of vectors."""
        if self.codec is None:
            raise ValueError("expected a store with listings, got an empty one")
        part_of, row_of = self.find(listings)
        other = ListingStore(cache, self.model_hash)
        with whole_folder(other.folder) as folder:
            _save_codec(self.codec, folder / CODEC)
            for start in range(0, len(listings), PART_LISTINGS):
                chunk = slice(start, start + PART_LISTINGS)
                self._copy(part_of[chunk], row_of[chunk], folder / f"part-{start:08d}")
        return ListingStore(cache, self.model_hash)

    def _copy(self, part_of: NDArray[np.int32], row_of: NDArray[np.int32], path: Path) -> None:
        """Write some listings' vectors as one part."""
        if self.codec is None:
            raise RuntimeError("expected a codec before a part")
        tokens: list[NDArray[np.uint8]] = []
        for part, row in zip(part_of.tolist(), row_of.tolist(), strict=True):
            tokens += self.parts[part].read_codes([row], self.codec.code_bytes)
        lengths = np.array([len(codes) for codes in tokens], dtype=np.int64)
        keys = np.array([self.parts[part].keys[row] for part, row in zip(part_of, row_of, strict=True)])
        no_spans = np.zeros((int(lengths.sum()), 2), dtype=np.int64)
        codes = TextVectors(np.concatenate(tokens), lengths, no_spans)
        write_part(path, keys, gather_passages(self.parts, part_of, row_of), codes, self._meta())


def copy_store(source: Path, target: Path) -> None:
    """Copy codec and parts of a store's folder; what else is made of them is made anew."""
    shutil.copy(source / CODEC, target)
    for part in sorted(source.glob(PARTS)):
        shutil.copytree(part, target / part.name)


def listing_key(listing: Listing) -> bytes:
    """Return what a listing's vectors are found by: a hash of all that is encoded, in hex digits."""
    return hashlib.sha256(listing.document.encode()).hexdigest()[:KEY_DIGITS].encode()


def _save_codec(codec: ResidualCodec, path: Path) -> None:
    arrays = {"projection": codec.projection, "centroids": codec.centroids, "factors": codec.factors}
    save_arrays(path, **arrays, step=np.array(codec.step), hash=np.array(codec.hash))


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
