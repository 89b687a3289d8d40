"""Reposts and near-copies -> groups, by MinHash candidates that an exact comparison confirms."""

import re
from collections.abc import Sequence

from datasketch import MinHash, MinHashLSH

SHINGLE_WORDS = 3
# On the bundled corpus reposts are at 0.93 and above, other pairs at 0.05 and below.
THRESHOLD = 0.7
PERMUTATIONS = 128
# Looser than THRESHOLD, so that the estimate's error loses hardly a pair (fewer than one in 10,000 at
# 0.7); the exact check decides.
CANDIDATE_THRESHOLD = 0.3


def shingles(text: str) -> frozenset[str]:
    """Return the runs of three words of a text, lower case; a shorter text is one run."""
    words = re.findall(r"\w+", text.lower())
    last = max(len(words) - SHINGLE_WORDS + 1, 1)
    return frozenset(" ".join(words[i : i + SHINGLE_WORDS]) for i in range(last))


def jaccard(left: frozenset[str], right: frozenset[str]) -> float:
    """Share of all runs that both sets hold, in [0, 1]; 1 for two empty sets."""
    union = len(left | right)
    return len(left & right) / union if union else 1.0


def group_near_duplicates(texts: Sequence[str], *, threshold: float = THRESHOLD) -> list[int]:
    """Give each text the position of the first text of its group.

    Two texts belong together when the Jaccard similarity of their runs of three words is at least
    the threshold; groups are closed under that relation.

    Source: Broder 1997, "On the resemblance and containment of documents"; candidates by
    datasketch's MinHashLSH, each confirmed exactly.
    """
    sets = [shingles(text) for text in texts]
    parents = list(range(len(texts)))

    def find(position: int) -> int:
        while parents[position] != position:
            parents[position] = parents[parents[position]]
            position = parents[position]
        return position

    lsh = MinHashLSH(threshold=min(CANDIDATE_THRESHOLD, threshold), num_perm=PERMUTATIONS)
    confirmed: dict[frozenset[str], int] = {}
    for position, current in enumerate(sets):
        if current in confirmed:
            parents[position] = find(confirmed[current])
            continue
        confirmed[current] = position
        sketch = MinHash(num_perm=PERMUTATIONS, seed=1)
        sketch.update_batch([run.encode() for run in current])
        for candidate in lsh.query(sketch):
            if jaccard(current, sets[candidate]) >= threshold:
                first, second = sorted((find(candidate), find(position)))
                parents[second] = first
        lsh.insert(position, sketch)
    return [find(position) for position in range(len(texts))]
