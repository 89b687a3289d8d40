"""What an encoder reads of a listing: its beginning, windows that cover all of it, or each of their tokens."""

from collections.abc import Sequence
from typing import Literal, get_args

from search.encoding.encoder import Encoder
from search.records import Listing, Span

Reading = Literal["windows", "first", "tokens"]
READINGS: tuple[Reading, ...] = get_args(Reading)
WINDOWS, FIRST, TOKENS = READINGS
# Tokens of a window, the title included. train/LOG.md compares sizes: a window of 256 holds most short listings
# whole, and long ones are read as well as with smaller windows.
WINDOW_TOKENS = 256
# Neighbouring windows share so many tokens, so that no sentence is torn in both.
OVERLAP_TOKENS = 24


def even_windows(tokens: Sequence[Span], *, most: int, overlap: int = OVERLAP_TOKENS) -> list[Span]:
    """Cover a text with the fewest windows of about even length.

    Args:
        tokens: The characters of each token, in order.
        most: How many tokens a window may hold.
        overlap: How many tokens neighbours share, at least; less than `most`.

    Returns:
        The characters of each window; the first starts at 0. One empty window for no tokens.
    """
    if len(tokens) <= most:
        return [(0, tokens[-1][1] if tokens else 0)]
    shared = min(overlap, most // 2)
    count = -(-(len(tokens) - shared) // (most - shared))
    size = -(-(len(tokens) + shared * (count - 1)) // count)
    starts = [round(number * (len(tokens) - size) / (count - 1)) for number in range(count)]
    windows = [(tokens[start][0], tokens[start + size - 1][1]) for start in starts]
    return [(0, windows[0][1]), *windows[1:]]


def passage_text(listing: Listing, span: Span) -> str:
    """Return what is encoded for a stretch of a listing's text: its title goes with each window."""
    text = listing.text[slice(*span)]
    return f"{listing.title}\n{text}" if listing.title else text


def read_passages(
    encoder: Encoder, listings: Sequence[Listing], reading: Reading, *, window: int = WINDOW_TOKENS
) -> list[list[Span]]:
    """Return the stretches of each listing's text that are encoded; at least one each.

    `first` is the beginning up to the model's limit of tokens; `windows` and `tokens` cover the whole text, in
    windows of at most `window` tokens, the title included. A model without a limit reads each listing whole, in one piece.
    """
    if encoder.max_tokens is None:
        return [[(0, len(one.text))] for one in listings]
    if reading == FIRST:
        read = encoder.characters_read([one.document for one in listings])
        heads = [len(one.document) - len(one.text) for one in listings]
        return [[(0, max(0, end - head))] for end, head in zip(read, heads, strict=True)]
    frames = encoder.count_tokens([passage_text(one, (0, 0)) for one in listings])
    tokens = encoder.token_spans([one.text for one in listings])
    limit = min(window, encoder.max_tokens)
    # A title of any length leaves a half to the text.
    return [
        even_windows(spans, most=max(limit // 2, limit - frame)) for spans, frame in zip(tokens, frames, strict=True)
    ]


def tokens_cut(encoder: Encoder, listings: Sequence[Listing]) -> dict[str, tuple[int, int]]:
    """Find the listings that the model does not read whole in one piece: listing_id -> (tokens read, tokens in all)."""
    most = encoder.max_tokens
    if most is None:
        return {}
    counts = encoder.count_tokens([one.document for one in listings])
    return {one.listing_id: (most, count) for one, count in zip(listings, counts, strict=True) if count > most}
