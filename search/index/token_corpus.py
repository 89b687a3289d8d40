"""A corpus's windows and their tokens, encoded together and the tokens compressed, a chunk of listings at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.arrays import starts_of
from search.encoding.encoder import Encoder
from search.encoding.passages import WINDOW_TOKENS, WINDOWS, passage_text, read_passages
from search.encoding.token_vectors import TextVectors
from search.index.compression import compress, fit_projection
from search.records import Listing

# So many listings' tokens lie in memory uncompressed, and the projection is made for them.
CHUNK_LISTINGS = 256


@dataclass(frozen=True, slots=True)
class EncodedCorpus:
    """The windows of a corpus, its tokens as bytes, and the projection that queries' tokens take to them, `(dim, width)` float32."""

    windows: TextVectors
    tokens: TextVectors
    projection: NDArray[np.float32]


def encode_corpus(
    encoder: Encoder,
    listings: Sequence[Listing],
    *,
    projection: NDArray[np.float32] | None = None,
    show_progress: bool = False,
) -> EncodedCorpus:
    """Encode each listing's windows, and keep their vectors and those of their tokens; where windows overlap, twice.

    Args:
        encoder: What makes the vectors.
        listings: The corpus, at least one.
        projection: How tokens are made small; without one it is made from listings drawn evenly from the corpus.
        show_progress: Whether to draw bars.

    Raises:
        ValueError: the corpus is empty.
    """
    drawn = np.unique(np.linspace(0, len(listings) - 1, min(len(listings), CHUNK_LISTINGS)).astype(int)).tolist()
    order = drawn + sorted(set(range(len(listings))) - set(drawn))
    windows: dict[int, TextVectors] = {}
    tokens: dict[int, TextVectors] = {}
    for start in range(0, len(order), CHUNK_LISTINGS):
        places = order[start : start + CHUNK_LISTINGS]
        chunk = [listings[place] for place in places]
        chunk_windows, found = encode_windows(encoder, chunk, show_progress=show_progress)
        projection = fit_projection(found.vectors) if projection is None else projection
        chunk_tokens = TextVectors(compress(found.vectors, projection), found.counts, found.spans)
        windows.update(zip(places, chunk_windows.split(), strict=True))
        tokens.update(zip(places, chunk_tokens.split(), strict=True))
    if projection is None:
        raise ValueError("expected a corpus of at least one listing, got none")
    whole, parts = (TextVectors.join([runs[place] for place in range(len(listings))]) for runs in (windows, tokens))
    return EncodedCorpus(whole, parts, projection)


def encode_windows(
    encoder: Encoder, listings: Sequence[Listing], *, show_progress: bool = False
) -> tuple[TextVectors, TextVectors]:
    """Encode listings' windows: their vectors, and the tokens of each listing with the characters of its text; a title's
    tokens have the empty stretch.
    """
    spans_of = read_passages(encoder, listings, WINDOWS, window=WINDOW_TOKENS)
    texts = [passage_text(one, span) for one, spans in zip(listings, spans_of, strict=True) for span in spans]
    vectors, tokens = encoder.encode_document_tokens(texts, show_progress=show_progress)
    counts = np.array([len(spans) for spans in spans_of], dtype=np.int64)
    spans = np.array([span for spans in spans_of for span in spans], dtype=np.int64)
    heads = np.array([len(text) for text in texts]) - (spans[:, 1] - spans[:, 0])
    # From characters of the passage, which begins with the title, to those of the listing's text.
    shift = np.repeat(spans[:, 0] - heads, tokens.counts)[:, None]
    in_title = tokens.spans[:, 1:] <= np.repeat(heads, tokens.counts)[:, None]
    token_spans = np.where(in_title, 0, np.maximum(tokens.spans + shift, 0))
    token_counts = np.add.reduceat(tokens.counts, starts_of(counts))
    return TextVectors(vectors, counts, spans), TextVectors(tokens.vectors, token_counts, token_spans)
