"""Reposts and near-copies -> groups: MinHash candidates, confirmed exactly."""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from datasketch import MinHash, MinHashLSH
from numpy.typing import NDArray

from search.record_files import Record, Share

SHINGLE_WORDS = 3
# A pair of Jaccard similarity j is a candidate with probability 1 - (1 - j^ROWS)^BANDS: all but one in 80,000 at
# 0.5, nine in ten at 0.3, one in 4,000 at 0.015, where most pairs are. The exact comparison decides.
BANDS, ROWS = 85, 3
PERMUTATIONS = BANDS * ROWS


class Limits(Record):
    """Overlap from which two texts belong together; either is enough."""

    jaccard: Share  # of all their runs
    containment: Share  # of the shorter text's runs


# Chosen by reading pairs of real postings (train/LOG.md): from half of all runs in common most pairs are one
# posting, edited or moved to another city; below they are different jobs of one employer. A text nearly all
# of which stands in another is its shortened copy, however much longer that is.
SAME_POSTING = Limits(jaccard=0.5, containment=0.85)
# Different jobs that share so much of their text, an employer's usually, stay in one split: else a test
# listing's text would be half known from training.
SAME_SPLIT = Limits(jaccard=0.3, containment=0.5)


@dataclass(frozen=True, slots=True)
class Sketch:
    """A text's hashed three-word runs, sorted, and their MinHash."""

    runs: NDArray[np.uint32]
    minhash: MinHash


def sketch_text(text: str) -> Sketch:
    """Hash a text's runs of three words, lower case."""
    words = re.findall(r"\w+", text.lower())
    last = max(len(words) - SHINGLE_WORDS + 1, 1)
    hashes = (zlib.crc32(" ".join(words[i : i + SHINGLE_WORDS]).encode()) for i in range(last))
    runs = np.unique(np.fromiter(hashes, dtype=np.uint32, count=last))
    minhash = MinHash(num_perm=PERMUTATIONS, seed=1, hashfunc=int)
    minhash.update_batch(runs.tolist())
    return Sketch(runs, minhash)


def belong_together(left: Sketch, right: Sketch, limits: Limits) -> bool:
    """Tell whether two texts share enough of their runs."""
    common = len(np.intersect1d(left.runs, right.runs, assume_unique=True))
    shorter, union = min(len(left.runs), len(right.runs)), len(left.runs) + len(right.runs) - common
    return common >= limits.jaccard * union or common >= limits.containment * shorter


def group_texts(sketches: Sequence[Sketch], limits: Limits = SAME_POSTING) -> list[int]:
    """Map each text to the position of its group's representative.

    A text joins the group of the first earlier text that it belongs together with: texts added later change no group.

    Source: Broder 1997, "On the resemblance and containment of documents"; datasketch finds candidates.
    """
    groups: list[int] = []
    exact: dict[bytes, int] = {}
    lsh = MinHashLSH(num_perm=PERMUTATIONS, params=(BANDS, ROWS))
    for position, current in enumerate(sketches):
        first = exact.setdefault(current.runs.tobytes(), position)
        if first != position:
            groups.append(groups[first])
            continue
        candidates = sorted(lsh.query(current.minhash))
        similar = (groups[other] for other in candidates if belong_together(current, sketches[other], limits))
        groups.append(next(similar, position))
        lsh.insert(position, current.minhash)
    return groups
