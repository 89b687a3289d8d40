"""A part of the bundled corpus, and word vectors of no meaning but a direction of their own."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from data.sources.source import open_source, read_listings
from search.arrays import unit_rows
from search.encoding.token_vectors import TextVectors
from search.index.vectors import Index, build_indexes
from search.qdrant.collection import FLOAT16, Collection
from search.qdrant.loading import encode_here, load_corpus, make_facts, take_from
from search.records import Listing
from tests.fakes import FakeEncoder

COUNT = 40
QUERIES = ("python and sql on spark", "senior analyst who builds dashboards", "machine learning research", "?!")


@cache
def word_vector(word: str) -> np.ndarray:
    return np.random.default_rng(zlib.crc32(word.encode())).normal(size=24)


@dataclass(frozen=True)
class WordEncoder(FakeEncoder):
    """A text is the mean of its words' random vectors, and a token its word's vector with a part of its text's."""

    keywords: tuple[str, ...] = ()
    max_tokens: int | None = 128

    def encode_query(self, texts: Sequence[str]) -> np.ndarray:
        rows = [np.mean([word_vector(word) for word in text.lower().split() or [""]], axis=0) for text in texts]
        return unit_rows(np.array(rows, dtype=np.float32))

    def encode_query_tokens(self, texts: Sequence[str]) -> tuple[np.ndarray, TextVectors]:
        sentences, tokens = super().encode_query_tokens(texts)
        context = np.repeat(sentences, tokens.lengths, axis=0)
        return sentences, replace(tokens, vectors=unit_rows(tokens.vectors + 0.5 * context))


ENCODER = WordEncoder()


@cache
def corpus() -> tuple[Listing, ...]:
    """Listings with the texts and facts of the bundled ones."""
    rows = list(read_listings(open_source("sample")))[: 15 * COUNT : 15]
    return tuple(
        Listing(
            one.listing_id, one.title, one.description,
            location=one.location, work_mode=one.work_mode, seniority=one.seniority,
        )
        for one in rows
    )  # fmt: skip


@cache
def indexes(scoring: str) -> tuple[Index, ...]:
    """The corpus in this process."""
    return build_indexes(ENCODER, corpus(), scoring=scoring)


def load(
    collection: Collection,
    listings: Sequence[Listing],
    *,
    encoder=ENCODER,
    scoring="late_interaction",
    token_type=FLOAT16,
    **options,
):
    """Bring a collection to some listings, and return what was done."""
    held = indexes(scoring) if listings is corpus() else ()
    return load_corpus(
        collection,
        listings,
        lambda: make_facts(encoder, listings, scoring, held, token_type=token_type),
        take_from(held, encode_here(encoder)),
        scoring=scoring,
        token_type=token_type,
        **options,
    )
