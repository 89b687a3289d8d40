"""A corpus into an engine: what is there already stays, what changed is encoded, what is gone is deleted."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from search.encoding.encoder import Encoder
from search.encoding.loading import load_encoder
from search.index.compression import fit_codec
from search.index.token_corpus import draw_evenly, encode_passages
from search.index.vectors import Index, check_ids
from search.lexical import stem_words
from search.qdrant.collection import FLOAT16, FORMAT, Collection, CollectionFacts, EngineError, Point, TokenType
from search.qdrant.points import build_points, encode_points, listing_hash, point_number, runs_of
from search.records import Listing, corpus_hash
from search.scoring import FIRST, LATE_INTERACTION, Scoring

logger = logging.getLogger(__name__)

# Listings that are encoded, and then put, at once: what an interrupted run does again at most.
BATCH_LISTINGS = 64
# Share of a collection that may be deleted without asking: more is another dataset of the same name.
MAX_DELETED_SHARE = 0.5
# Batches of listings -> batches of points, in any order.
EncodeBatches = Callable[[Iterable[Sequence[Listing]], CollectionFacts], Iterable[Sequence[Point]]]


@dataclass(frozen=True, slots=True)
class LoadResult:
    """How many listings were added or replaced, deleted, and left as they were."""

    added: int
    deleted: int
    kept: int


class PointMaker:
    """Encodes listings by a model's name: fit to be sent to another process or machine, which loads the model once.

    Called with a batch of Ray Data, `{"listing": array of listings}`, it returns `{"point": ...}`. No dataclass, as Ray
    puts attributes of its own into such objects.
    """

    def __init__(self, model: str, facts: CollectionFacts) -> None:
        self.model, self.facts = model, facts

    def __call__(self, batch: dict[str, Sequence[Listing]]) -> dict[str, NDArray[np.object_]]:
        """Encode a batch of listings to points."""
        points = encode_points(_encoder_of(self.model), list(batch["listing"]), self.facts)
        column = np.empty(len(points), dtype=object)
        column[:] = points
        return {"point": column}


_ENCODERS: dict[str, Encoder] = {}


def _encoder_of(model: str) -> Encoder:
    """Load a model once a process."""
    if model not in _ENCODERS:
        _ENCODERS[model] = load_encoder(model)
    return _ENCODERS[model]


def encode_here(encoder: Encoder) -> EncodeBatches:
    """Encode by an encoder in this process."""

    def encode(batches: Iterable[Sequence[Listing]], facts: CollectionFacts) -> Iterator[list[Point]]:
        return (encode_points(encoder, batch, facts) for batch in batches)

    return encode


def take_from(indexes: Sequence[Index], encode: EncodeBatches) -> EncodeBatches:
    """Take the vectors of a corpus that this process has already; encode where they are not of the collection's codec.

    Args:
        indexes: Of passages, and of their tokens; none to encode all.
        encode: Encodes what can't be taken.
    """

    def take(batches: Iterable[Sequence[Listing]], facts: CollectionFacts) -> Iterable[Sequence[Point]]:
        held = [facts.with_codec(index.codec) for index in indexes if index.codec]
        fits = indexes and held == ([facts] if facts.width else [])
        return _take(indexes, batches, facts) if fits else encode(batches, facts)

    return take


def _take(
    indexes: Sequence[Index], batches: Iterable[Sequence[Listing]], facts: CollectionFacts
) -> Iterator[list[Point]]:
    runs = [runs_of(index) for index in indexes]
    place = {listing_id: number for number, listing_id in enumerate(indexes[0].listing_ids)}
    for batch in batches:
        own = [[run[place[one.listing_id]] for one in batch] for run in runs]
        yield build_points(batch, own[0], own[1] if facts.width else None, facts)


def make_facts(
    encoder: Encoder,
    listings: Sequence[Listing],
    scoring: Scoring,
    indexes: Sequence[Index] = (),
    *,
    token_type: TokenType = FLOAT16,
) -> CollectionFacts:
    """Fix what all points of a collection are made by; the codec is the indexes', or fitted to a part of the listings.

    Raises:
        ValueError: an engine does not have this scoring, or there are no listings.
    """
    check_ids(listings)
    if scoring == FIRST:
        raise ValueError(f"expected a scoring by passages in an engine, got {scoring}; say --scoring max_passage")
    drawn = [listings[position] for position in draw_evenly(len(listings))]
    mean_terms = fmean(len(terms) for terms in stem_words([one.document for one in drawn]))
    codecs = [index.codec for index in indexes if index.codec]
    dim = encoder.encode_query([""]).shape[1]
    facts = CollectionFacts(
        model_hash=encoder.fingerprint, scoring=scoring, token_type=token_type, dim=dim, mean_terms=mean_terms
    )
    if scoring != LATE_INTERACTION:
        return facts
    return facts.with_codec(codecs[0] if codecs else fit_codec(encode_passages(encoder, drawn)[1].vectors))


def load_corpus(
    collection: Collection,
    listings: Sequence[Listing],
    make: Callable[[], CollectionFacts],
    encode: EncodeBatches,
    *,
    scoring: Scoring,
    token_type: TokenType = FLOAT16,
    report: Callable[[int, int], None] = lambda _done, _total: None,
    may_delete: bool = False,
) -> LoadResult:
    """Bring a collection to a corpus; begun again, it goes on where it was.

    Args:
        collection: What is brought there.
        listings: The corpus.
        make: Returns the facts of a new collection, see `make_facts`.
        encode: Turns batches of listings into batches of points.
        scoring: What the collection must serve.
        token_type: How it must keep tokens.
        report: Gets how many listings are encoded and put, and of how many, after each batch.
        may_delete: Whether more than half of what is there may go.

    Raises:
        EngineError: the engine failed, holds vectors of another kind, or would lose too much.
    """
    facts = collection.facts()
    if facts is None:
        facts = make()
        collection.create(facts)
    if (facts.format, facts.scoring, facts.token_type) != (FORMAT, scoring, token_type):
        raise EngineError(
            f"expected a collection of format {FORMAT} for {scoring} with tokens in {token_type}, got format "
            f"{facts.format} for {facts.scoring} with {facts.token_type}; delete it and run again"
        )
    there = collection.hashes()
    wanted = {point_number(one.listing_id): listing_hash(one) for one in listings}
    stale = [one for one in listings if there.get(point_number(one.listing_id)) != listing_hash(one)]
    gone = [number for number in there if number not in wanted]
    if len(gone) > MAX_DELETED_SHARE * len(there) and not may_delete:
        raise EngineError(
            f"expected a dataset like the one in the engine, it lacks {len(gone)} of its {len(there)} listings; give the "
            "dataset another name, or add --overwrite to delete them"
        )
    whole = facts.model_copy(update={"corpus_hash": corpus_hash(listings), "n_listings": len(listings)})
    if stale or gone or whole != facts:
        collection.save_facts(facts.model_copy(update={"corpus_hash": ""}))
        collection.delete(gone)
        _put(collection, stale, facts, encode, report)
        collection.finish()
        collection.save_facts(whole)
    return LoadResult(len(stale), len(gone), len(listings) - len(stale))


def _batches(listings: Sequence[Listing]) -> Iterator[Sequence[Listing]]:
    return (listings[start : start + BATCH_LISTINGS] for start in range(0, len(listings), BATCH_LISTINGS))


def _put(
    collection: Collection,
    listings: Sequence[Listing],
    facts: CollectionFacts,
    encode: EncodeBatches,
    report: Callable[[int, int], None],
) -> None:
    done = 0
    for points in encode(_batches(listings), facts):
        collection.put(points)
        done += len(points)
        report(done, len(listings))
    if done != len(listings):
        raise EngineError(f"expected {len(listings)} listings to be encoded, got {done}; run again")
