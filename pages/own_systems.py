"""The page's systems over a visitor's own listings, encoded while the visitor waits."""

from collections.abc import Callable, Sequence
from functools import cache, partial

from comparison.systems import Systems
from pages.offering import offer_words
from search.encoding.batches import BatchedEncoder
from search.encoding.passages import read_passages
from search.index.vectors import build_indexes
from search.lexical import LexicalSearcher
from search.records import Listing
from search.searcher import DenseSearcher, ModelSearcher


def build_own_systems(
    served: Systems, listings: Sequence[Listing], *, hybrid_weight: float, report: Callable[[int, int], None]
) -> Systems:
    """Rank other listings by the same models, with the same scoring; nothing goes to disk.

    Args:
        served: The page's systems.
        listings: What is ranked instead, ordered by id.
        hybrid_weight: Of the tuned model in the hybrid.
        report: Gets how many passages are encoded, and of how many; what it raises ends the work.
    """
    models, done = served.sides, 0
    total = sum(len(spans) for one in models.values() for spans in read_passages(one.encoder, listings, one.scoring))

    def count(encoded: int) -> None:
        nonlocal done
        done += encoded
        report(done, total)

    def build(model: ModelSearcher) -> DenseSearcher:
        batched = BatchedEncoder(model.encoder, count)
        return DenseSearcher(model.encoder, *build_indexes(batched, listings, scoring=model.scoring))

    base, tuned = build(served.base), build(served.tuned)
    words = cache(partial(LexicalSearcher, listings))
    others = offer_words(tuned, listings, hybrid_weight=hybrid_weight, words=words)
    systems = Systems(base, tuned, {one.listing_id: one for one in listings}, others)
    # Made before somebody asks, as it takes seconds.
    systems.listener.read("")
    return systems
