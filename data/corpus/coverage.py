"""How much of the requirements a model that reads only a text's beginning gets to see."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from data.corpus.sections import requirement_parts


@dataclass(frozen=True, slots=True)
class Reach:
    """Requirement sections and what of them lies inside a model's token limit."""

    n_listings: int
    n_with_requirements: int
    requirement_characters: int
    share_read: float
    share_read_whole: float


def requirements_reach(
    titles: Sequence[str], texts: Sequence[str], characters_read: Callable[[Sequence[str]], list[int]]
) -> Reach:
    """Measure the requirement sentences of documents (title, line break, text) against what is read of them.

    Args:
        titles: One for each text.
        texts: Cleaned texts.
        characters_read: Documents -> how many of their characters the model reads.

    Returns:
        Over the listings that have a section of requirements: the mean share of its characters that is
        read, in [0, 1], and the share of listings of which all of it is; 0 where there is none.
    """
    documents = [f"{title}\n{text}" for title, text in zip(titles, texts, strict=True)]
    shares, total = [], 0
    for title, text, read in zip(titles, texts, characters_read(documents), strict=True):
        limit = read - len(title) - 1
        parts = requirement_parts(text)
        whole = sum(part.end - part.start for part in parts)
        total += whole
        if whole:
            shares.append(sum(max(0, min(part.end, limit) - part.start) for part in parts) / whole)
    return Reach(
        n_listings=len(texts),
        n_with_requirements=len(shares),
        requirement_characters=total,
        share_read=float(np.mean(shares)) if shares else 0.0,
        share_read_whole=float(np.mean([share > 0.999 for share in shares])) if shares else 0.0,
    )
