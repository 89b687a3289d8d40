"""Listings -> points."""

import hashlib
import logging
import zlib
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from search.arrays import unit_rows
from search.encoding.encoder import Encoder
from search.encoding.token_vectors import TextVectors
from search.filter_values import value_key
from search.index.compression import BYTE_MAX, Codec
from search.index.token_corpus import encode_corpus
from search.index.vectors import Index, build_indexes
from search.lexical import stem_words
from search.qdrant.collection import GROUP, HASH, MAX_NUMBERS, SPANS, CollectionFacts, Point, Words
from search.records import Listing
from search.scoring import MAX_PASSAGE

logger = logging.getLogger(__name__)

# Of BM25, as bm25s has them.
K1, B = 1.5, 0.75


def point_number(listing_id: str) -> int:
    """Make a point's number, of 64 bits, from the id of its listing."""
    return int.from_bytes(hashlib.sha256(listing_id.encode()).digest()[:8], "big")


def group_of(listing: Listing) -> int:
    """Number the listings that the page's filters can't tell apart, but for excluded words; 32 bits."""
    values = (listing.family or "", listing.work_mode, listing.seniority, listing.location)
    return zlib.crc32("\n".join(map(value_key, values)).encode())


def listing_hash(listing: Listing) -> str:
    """Hash all of a listing that its point is made of, to 16 hex digits."""
    whole = "\n".join((listing.listing_id, str(group_of(listing)), listing.document))
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def document_words(texts: Sequence[str], mean_terms: float) -> list[Words]:
    """Weigh the terms of documents; the engine has the IDF.

    Source: Robertson et al.; Lucene's variant, with the average length of the first corpus, so that a listing's
    weights do not change with others.
    """
    return [_weigh(Counter(map(_term_number, terms)), len(terms), mean_terms) for terms in stem_words(texts)]


def _weigh(counts: Counter[int], length: int, mean_terms: float) -> Words:
    norm = K1 * (1 - B + B * length / max(mean_terms, 1))
    return Words(list(counts), [count * (K1 + 1) / (count + norm) for count in counts.values()])


def query_words(text: str) -> Words:
    """Count the terms of a query."""
    counts = Counter(map(_term_number, stem_words([text])[0]))
    return Words(list(counts), [float(count) for count in counts.values()])


def _term_number(term: str) -> int:
    return zlib.crc32(term.encode())


def project_tokens(codec: Codec, tokens: NDArray[np.float32]) -> NDArray[np.float32]:
    """Project a query's tokens, so that their products with `restore_tokens` are cosines."""
    return unit_rows(tokens @ codec.projection)


def restore_tokens(codec: Codec, compressed: NDArray[np.int8]) -> NDArray[np.float32]:
    """Turn a listing's bytes into the numbers that they stand for: `(n, width)` float32."""
    return (compressed * (codec.scale / BYTE_MAX)).astype(np.float32)


def encode_points(encoder: Encoder, listings: Sequence[Listing], facts: CollectionFacts) -> list[Point]:
    """Encode listings to points."""
    if facts.codec:
        made = encode_corpus(encoder, listings, codec=facts.codec)
        return build_points(listings, made.passages.split(), made.tokens.split(), facts)
    return build_points(listings, runs_of(build_indexes(encoder, listings, scoring=MAX_PASSAGE)[0]), None, facts)


def runs_of(index: Index) -> list[TextVectors]:
    """Return each listing's vectors of an index."""
    ends = np.append(index.offsets[1:], len(index.vectors))
    return TextVectors(index.vectors, ends - index.offsets, index.spans).split()


def build_points(
    listings: Sequence[Listing],
    passages: Sequence[TextVectors],
    tokens: Sequence[TextVectors] | None,
    facts: CollectionFacts,
) -> list[Point]:
    """Join listings with their vectors; tokens are compressed by the collection's codec."""
    words = document_words([one.document for one in listings], facts.mean_terms)
    codec = facts.codec
    restored: list[NDArray[np.float32] | None] = (
        [None] * len(listings)
        if tokens is None or codec is None
        else [restore_tokens(codec, one.vectors) for one in tokens]
    )
    return [_build_point(*parts) for parts in zip(listings, passages, restored, words, strict=True)]


def _build_point(listing: Listing, passages: TextVectors, tokens: NDArray[np.float32] | None, words: Words) -> Point:
    most = MAX_NUMBERS // passages.vectors.shape[1]
    payload = {
        "listing_id": listing.listing_id,
        HASH: listing_hash(listing),
        GROUP: group_of(listing),
        SPANS: passages.spans[:most].ravel().tolist(),
    }
    if tokens is not None and len(tokens) > (limit := MAX_NUMBERS // tokens.shape[1]):
        logger.warning(
            "warning   %s has %d tokens, a point takes %d: the rest is read by passages alone",
            listing.listing_id, len(tokens), limit,
        )  # fmt: skip
        tokens = tokens[:limit]
    return Point(point_number(listing.listing_id), passages.vectors[:most], tokens, words, payload)
