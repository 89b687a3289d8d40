"""Stand-ins whose results can be derived by eye."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from search.encoding.token_vectors import SCORED, TextVectors
from search.index.vectors import build_indexes
from search.records import Listing
from search.searcher import DenseSearcher


@dataclass(frozen=True)
class FakeEncoder:
    """Keyword one-hot vectors: dimension i counts the i-th keyword; no keyword gives the last one. A word is a token."""

    keywords: tuple[str, ...]
    name: str = "fake"
    max_tokens: int | None = None

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(" ".join((self.name, *self.keywords)).encode()).hexdigest()[:16]

    def characters_read(self, texts: Sequence[str]) -> list[int]:
        return [min(len(text), 100) for text in texts]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        return [[match.span() for match in re.finditer(r"\S+", text)] for text in texts]

    def encode_query(self, texts: Sequence[str]) -> np.ndarray:
        rows = np.zeros((len(texts), len(self.keywords) + 1), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            words = text.lower().split()
            for place, keyword in enumerate(self.keywords):
                row[place] = words.count(keyword)
            row[-1] = 0 if row.any() else 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def encode_document(self, texts: Sequence[str], *, show_progress: bool = False) -> np.ndarray:
        return self.encode_query(texts)

    def encode_query_tokens(self, texts: Sequence[str]) -> tuple[np.ndarray, TextVectors]:
        sentences = self.encode_query(texts)
        rows, spans = [], []
        for text, sentence, tokens in zip(texts, sentences, self.token_spans(texts), strict=True):
            scored = [(start, end) for start, end in tokens if SCORED.search(text, start, end)]
            rows.append(self.encode_query([text[start:end] for start, end in scored]) if scored else sentence[None])
            spans.append(scored or [(0, len(text))])
        lengths = np.array([len(row) for row in rows], dtype=np.int64)
        return sentences, TextVectors(np.concatenate(rows), lengths, np.concatenate([np.array(one) for one in spans]))

    def encode_document_tokens(
        self, texts: Sequence[str], *, show_progress: bool = False
    ) -> tuple[np.ndarray, TextVectors]:
        return self.encode_query_tokens(texts)


def listing(listing_id: str, text: str, **fields: str | None) -> Listing:
    return Listing(listing_id=listing_id, title=str(fields.pop("title", "")), text=text, **fields)


def searcher(keywords: Sequence[str], listings: Sequence[Listing], name: str = "fake") -> DenseSearcher:
    encoder = FakeEncoder(tuple(keywords), name)
    return DenseSearcher(encoder, *build_indexes(encoder, listings))


WORDS = [f"{first}{second}" for first in ("sql", "etl", "nlp", "gpu", "bi", "ml") for second in "abcdefghij"]
WORD_DIM = 48


@dataclass(frozen=True)
class WordEncoder(FakeEncoder):
    """Each word has a vector of its own, drawn by its letters; a text's is the mean of its words'."""

    encoded: list[str] = field(default_factory=list)
    seed: int = 0

    def encode_query(self, texts):
        words = [text.lower().split() or [""] for text in texts]
        return np.stack([unit(sum(word_vector(word, self.seed) for word in row)) for row in words])

    def encode_document_tokens(self, texts, *, show_progress=False) -> tuple[np.ndarray, TextVectors]:
        self.encoded.extend(texts)
        return self.encode_query_tokens(texts)


def word_vector(word: str, seed: int = 0) -> np.ndarray:
    letters = int.from_bytes(word.encode()[:8].ljust(8), "little")
    return unit(np.random.default_rng([letters, seed]).normal(size=WORD_DIM))


def unit(vector: np.ndarray) -> np.ndarray:
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def make_corpus(count: int, *, first: int = 0) -> list[Listing]:
    rows = [np.random.default_rng(number).choice(WORDS, 14) for number in range(first, first + count)]
    return [
        listing(f"job-{first + place:04d}", " ".join(words), title=f"{words[0]} job")
        for place, words in enumerate(rows)
    ]
