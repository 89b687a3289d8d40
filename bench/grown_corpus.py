"""Corpora of any size, made of a small one's vectors with noise: for measuring time, not quality."""

import copy
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search.arrays import unit_rows
from search.candidates import CandidateSearcher
from search.encoding.encoder import Encoder
from search.encoding.token_vectors import TextVectors
from search.index.clustered import load_or_build_clustered
from search.index.listing_parts import StoredPart, load_part, write_part
from search.index.residuals import CENTROID_BYTES
from search.index.stored_corpus import StoredTokens
from search.lexical import LexicalSearcher
from search.searcher import CorpusSearcher

# Of each number of a passage's unit vector; copies have a cosine of about 0.86 with what they were made of.
PASSAGE_NOISE = 0.03
# Share of a token's bits that are turned over.
TURNED_BITS = 1 / 16
WORD_NOISE = 0.2
PART_COPIES = 16
META: dict[str, object] = {"grown": True}


class GrownWords(LexicalSearcher):
    """BM25 of a corpus, its scores repeated with noise."""

    def __init__(self, words: LexicalSearcher, copies: int) -> None:
        count, scores = len(words.listing_ids), words._bm25.scores
        CorpusSearcher.__init__(self, grown_ids(words.listing_ids, copies))
        lengths = np.diff(scores["indptr"])
        begins = np.repeat(copies * scores["indptr"][:-1], lengths)
        inside = np.arange(len(scores["data"])) - np.repeat(scores["indptr"][:-1], lengths)
        data = np.empty(copies * len(scores["data"]), dtype=np.float32)
        indices = np.empty(len(data), dtype=np.int32)
        rng = np.random.default_rng(0)
        for number in range(copies):
            places = begins + number * np.repeat(lengths, lengths) + inside
            indices[places] = scores["indices"] + number * count
            data[places] = scores["data"] * (1 + WORD_NOISE * rng.random(len(inside), dtype=np.float32))
        self._bm25 = copy.copy(words._bm25)
        self._bm25.scores = {
            "data": data,
            "indices": indices,
            "indptr": copies * scores["indptr"].astype(np.int64),
            "num_docs": copies * count,
        }
        self._terms, self._listing_counts = words._terms, copies * words._listing_counts


def grown_ids(listing_ids: tuple[str, ...], copies: int) -> tuple[str, ...]:
    """Return ids of copies, one copy after the other."""
    return tuple(f"{number:05d}-{listing_id}" for number in range(copies) for listing_id in listing_ids)


def grow(
    encoder: Encoder, passages: TextVectors, stored: StoredTokens, words: LexicalSearcher, *, copies: int, folder: Path
) -> CandidateSearcher:
    """Return a searcher over copies of a corpus, kept in a folder.

    Args:
        encoder: The model.
        passages: The corpus's, float32 unit rows.
        stored: Its tokens.
        words: BM25 over it.
        copies: How many.
        folder: Where the copies' vectors go; an empty one.
    """
    count = len(words.listing_ids)
    tokens = stored.read(np.arange(count))
    parts = [
        _grow_part(passages, tokens, folder / f"part-{start:05d}", copies=min(PART_COPIES, copies - start), seed=start)
        for start in range(0, copies, PART_COPIES)
    ]
    numbers = np.arange(copies * count)
    part_of = (numbers // (PART_COPIES * count)).astype(np.int32)
    row_of = (numbers % (PART_COPIES * count)).astype(np.int32)
    grown_words = GrownWords(words, copies)
    index = load_or_build_clustered(
        *(parts, part_of, row_of),
        folder=folder,
        listing_ids=grown_words.listing_ids,
        hashes=(encoder.fingerprint, f"grown-{copies}"),
    )
    return CandidateSearcher(encoder, index, StoredTokens(tuple(parts), part_of, row_of, stored.codec), grown_words, ())


def _grow_part(
    passages: TextVectors, tokens: list[NDArray[np.uint8]], path: Path, *, copies: int, seed: int
) -> StoredPart:
    """Write copies of a corpus's vectors as one part."""
    rng = np.random.default_rng(seed)
    codes = np.tile(np.concatenate(tokens), (copies, 1))
    # Each bit is turned over by four coins in a row.
    for_each_byte = (len(codes), codes.shape[1] - CENTROID_BYTES)
    turned = np.full(for_each_byte, 255, dtype=np.uint8)
    for _ in range(round(-np.log2(TURNED_BITS))):
        turned &= np.frombuffer(rng.bytes(turned.size), np.uint8).reshape(for_each_byte)
    codes[:, CENTROID_BYTES:] ^= turned
    vectors = np.tile(passages.vectors, (copies, 1))
    vectors += PASSAGE_NOISE * rng.standard_normal(vectors.shape, dtype=np.float32)
    lengths = np.tile([len(one) for one in tokens], copies)
    keys = np.array([f"{seed}-{number}" for number in range(len(lengths))], dtype="S32")
    of_passages = TextVectors(
        unit_rows(vectors), np.tile(passages.lengths, copies), np.tile(passages.spans, (copies, 1))
    )
    write_part(path, keys, of_passages, TextVectors(codes, lengths, np.zeros((0, 2), dtype=np.int64)), META)
    return load_part(path, META, codes.shape[1])
