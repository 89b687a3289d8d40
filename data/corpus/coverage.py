"""How much of the requirements a model's token limit spares."""

from collections.abc import Callable, Sequence

import numpy as np

from data.corpus.sections import requirement_sentences
from search.encoding.encoder import Encoder
from search.record_files import Count, Record, Share
from search.records import Listing

# Listings on which coverage is measured, drawn at random.
MAX_LISTINGS = 1000


class Coverage(Record):
    """Requirement sections, and what a model reads of them.

    Shares are means over listings with such a section: of its characters read, of sections read whole.
    """

    n_listings: Count
    n_with_requirements: Count
    requirement_characters: Count
    share_read: Share
    share_read_whole: Share


class CoverageChange(Record):
    """Coverage before boilerplate is cut, and after."""

    before: Coverage
    after: Coverage


def compare_coverage(listings: Sequence[Listing], plain_texts: Sequence[str], encoder: Encoder) -> CoverageChange:
    """Measure coverage before (`plain_texts`) and after boilerplate was cut."""
    drawn = np.random.default_rng(0).permutation(len(listings))[:MAX_LISTINGS]
    titles = [listings[index].title for index in drawn]
    before, after = [plain_texts[index] for index in drawn], [listings[index].text for index in drawn]
    return CoverageChange(
        before=measure_coverage(titles, before, encoder.characters_read),
        after=measure_coverage(titles, after, encoder.characters_read),
    )


def measure_coverage(
    titles: Sequence[str], texts: Sequence[str], characters_read: Callable[[Sequence[str]], list[int]]
) -> Coverage:
    """Measure how much of the requirement sentences is read.

    `characters_read` counts the characters that the model reads of documents: title, line break, text.
    """
    documents = [f"{title}\n{text}" for title, text in zip(titles, texts, strict=True)]
    shares, total = [], 0
    for title, text, read in zip(titles, texts, characters_read(documents), strict=True):
        limit = read - len(title) - 1
        sentences = requirement_sentences(text)
        length = sum(sentence.end - sentence.start for sentence in sentences)
        total += length
        if length:
            shares.append(sum(max(0, min(one.end, limit) - one.start) for one in sentences) / length)
    return Coverage(
        n_listings=len(texts),
        n_with_requirements=len(shares),
        requirement_characters=total,
        share_read=float(np.mean(shares)) if shares else 0.0,
        share_read_whole=float(np.mean([share > 0.999 for share in shares])) if shares else 0.0,
    )
