"""Passages and tokens of a corpus, encoded together, tokens compressed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from search.arrays import offsets_of
from search.encoding.encoder import Encoder
from search.encoding.passages import passage_text, read_passages
from search.encoding.token_vectors import TextVectors
from search.index.compression import Codec, fit_codec
from search.records import Listing
from search.scoring import MAX_PASSAGE

# Listings whose tokens lie in memory uncompressed; the codec is fitted to the first so many.
CHUNK_LISTINGS = 256


@dataclass(frozen=True, slots=True)
class EncodedCorpus:
    """A corpus's passages, its tokens as bytes, and the codec that made these."""

    passages: TextVectors
    tokens: TextVectors
    codec: Codec


def encode_corpus(
    encoder: Encoder, listings: Sequence[Listing], *, codec: Codec | None = None, show_progress: bool = False
) -> EncodedCorpus:
    """Encode each listing's passages and their tokens; where passages overlap, tokens twice.

    Args:
        encoder: What makes the vectors.
        listings: The corpus, at least one.
        codec: How tokens are compressed; fitted to listings drawn evenly from the corpus where there is none.
        show_progress: Whether to draw bars.

    Raises:
        ValueError: the corpus is empty.
    """
    drawn = draw_evenly(len(listings))
    order = drawn + sorted(set(range(len(listings))) - set(drawn))
    passages: dict[int, TextVectors] = {}
    tokens: dict[int, TextVectors] = {}
    for start in range(0, len(order), CHUNK_LISTINGS):
        positions = order[start : start + CHUNK_LISTINGS]
        chunk = [listings[position] for position in positions]
        chunk_passages, found = encode_passages(encoder, chunk, show_progress=show_progress)
        codec = codec or fit_codec(found.vectors)
        chunk_tokens = TextVectors(codec.compress(found.vectors), found.lengths, found.spans)
        passages.update(zip(positions, chunk_passages.split(), strict=True))
        tokens.update(zip(positions, chunk_tokens.split(), strict=True))
    if codec is None:
        raise ValueError("expected a corpus of at least one listing, got none")
    whole_passages, whole_tokens = (
        TextVectors.join([runs[position] for position in range(len(listings))]) for runs in (passages, tokens)
    )
    return EncodedCorpus(whole_passages, whole_tokens, codec)


def draw_evenly(n_listings: int, *, limit: int = CHUNK_LISTINGS) -> list[int]:
    """Draw the positions of up to `limit` listings, spread over the corpus."""
    positions = np.linspace(0, n_listings - 1, min(n_listings, limit)).astype(int)
    return [int(position) for position in np.unique(positions)]


def encode_passages(
    encoder: Encoder, listings: Sequence[Listing], *, show_progress: bool = False
) -> tuple[TextVectors, TextVectors]:
    """Encode listings' passages, and the tokens of each listing.

    The spans are of the listing's text; a title's tokens have the empty one.
    """
    spans_of = read_passages(encoder, listings, MAX_PASSAGE)
    texts = [passage_text(one, span) for one, spans in zip(listings, spans_of, strict=True) for span in spans]
    vectors, tokens = encoder.encode_document_tokens(texts, show_progress=show_progress)
    lengths = np.array([len(spans) for spans in spans_of], dtype=np.int64)
    spans = np.array([span for spans in spans_of for span in spans], dtype=np.int64)
    title_ends = np.array([len(text) for text in texts]) - (spans[:, 1] - spans[:, 0])
    # From characters of the passage, which begins with the title, to those of the listing's text.
    shift = np.repeat(spans[:, 0] - title_ends, tokens.lengths)[:, None]
    in_title = tokens.spans[:, 1:] <= np.repeat(title_ends, tokens.lengths)[:, None]
    token_spans = np.where(in_title, 0, np.maximum(tokens.spans + shift, 0))
    token_lengths = np.add.reduceat(tokens.lengths, offsets_of(lengths))
    return TextVectors(vectors, lengths, spans), TextVectors(tokens.vectors, token_lengths, token_spans)
