"""What an encoder reads of a listing: its beginning, or passages that cover all of it."""

from collections.abc import Sequence

from search.encoding.encoder import Encoder
from search.records import Listing, Span
from search.scoring import FIRST, Scoring

# Tokens of a passage, its heading included. train/LOG.md compares sizes: 256 holds most short listings whole, and
# long ones are read as well as with smaller passages.
PASSAGE_TOKENS = 256
# Neighbouring passages share so many tokens, so that no sentence is torn in both.
OVERLAP_TOKENS = 24


def split_evenly(tokens: Sequence[Span], *, max_tokens: int, overlap: int = OVERLAP_TOKENS) -> list[Span]:
    """Cover a text with the fewest passages of about even length.

    Args:
        tokens: The characters of each token, in order.
        max_tokens: How many tokens a passage may hold.
        overlap: How many tokens neighbours share, at least; less than `max_tokens`.

    Returns:
        The characters of each passage; the first starts at 0. One empty passage for no tokens.
    """
    if len(tokens) <= max_tokens:
        return [(0, tokens[-1][1] if tokens else 0)]
    shared = min(overlap, max_tokens // 2)
    count = -(-(len(tokens) - shared) // (max_tokens - shared))
    size = -(-(len(tokens) + shared * (count - 1)) // count)
    firsts = [round(number * (len(tokens) - size) / (count - 1)) for number in range(count)]
    passages = [(tokens[first][0], tokens[first + size - 1][1]) for first in firsts]
    return [(0, passages[0][1]), *passages[1:]]


def passage_text(listing: Listing, span: Span) -> str:
    """Return a passage as it is encoded, behind the listing's title and facts."""
    return listing.heading + listing.text[slice(*span)]


def read_passages(
    encoder: Encoder, listings: Sequence[Listing], scoring: Scoring, *, max_tokens: int = PASSAGE_TOKENS
) -> list[list[Span]]:
    """Return the stretches of each listing's text that are encoded; at least one each.

    For `first` that is the beginning up to the model's limit; otherwise passages of at most `max_tokens` tokens,
    title and facts included, cover the whole text. A model without a limit reads each listing whole, in one passage.
    """
    if encoder.max_tokens is None:
        return [[(0, len(one.text))] for one in listings]
    if scoring == FIRST:
        ends = encoder.characters_read([one.document for one in listings])
        return [[(0, max(0, end - len(one.heading)))] for end, one in zip(ends, listings, strict=True)]
    heading_lengths = encoder.count_tokens([passage_text(one, (0, 0)) for one in listings])
    tokens = encoder.token_spans([one.text for one in listings])
    limit = min(max_tokens, encoder.max_tokens)
    # A title of any length leaves a half to the text.
    return [
        split_evenly(spans, max_tokens=max(limit // 2, limit - heading_length))
        for spans, heading_length in zip(tokens, heading_lengths, strict=True)
    ]


def count_cut_tokens(encoder: Encoder, listings: Sequence[Listing]) -> dict[str, tuple[int, int]]:
    """Find listings that one passage does not cover: listing_id -> (tokens read, tokens in all)."""
    limit = encoder.max_tokens
    if limit is None:
        return {}
    counts = encoder.count_tokens([one.document for one in listings])
    return {one.listing_id: (limit, count) for one, count in zip(listings, counts, strict=True) if count > limit}
