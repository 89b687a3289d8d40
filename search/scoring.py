"""How a listing is scored, and one score from two cosines."""

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Scoring = Literal["max_passage", "first", "late_interaction"]
SCORINGS: tuple[Scoring, ...] = get_args(Scoring)
MAX_PASSAGE, FIRST, LATE_INTERACTION = SCORINGS
# Names in older run.json files, reports and command lines.
FORMER_NAMES = {"windows": MAX_PASSAGE, "tokens": LATE_INTERACTION}
# Share of the best passage's cosine in a late-interaction score; MaxSim has the rest. train/LOG.md compares shares.
PASSAGE_SHARE = 0.2


def parse_scoring(name: object) -> object:
    """Return a scoring's current name; anything else as it came."""
    return FORMER_NAMES.get(name, name) if isinstance(name, str) else name


def combine_scores(passage: NDArray[np.float32], maxsim: NDArray[np.float32]) -> NDArray[np.float32]:
    """Combine the passage's cosine and mean MaxSim into one score.

    Source: Dai and Callan 2019 (MaxP); Khattab and Zaharia 2020 (MaxSim, here the mean over the query's tokens).
    """
    combined: NDArray[np.float32] = (PASSAGE_SHARE * passage + (1 - PASSAGE_SHARE) * maxsim).astype(np.float32)
    return combined
