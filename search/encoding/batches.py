"""An encoder that goes through many documents in small batches, and tells how far it is."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from search.encoding.encoder import Encoder, Floats
from search.encoding.token_vectors import TextVectors
from search.records import Span

# About a second on two cores: as long others wait who encode with the same model.
BATCH_TEXTS = 16


@dataclass(frozen=True)
class BatchedEncoder:
    """Another encoder, whose model is free for others between two batches of documents.

    `report` gets the number of texts after each batch; what it raises ends the encoding.
    """

    encoder: Encoder
    report: Callable[[int], None]

    @property
    def name(self) -> str:
        """The encoder's."""
        return self.encoder.name

    @property
    def fingerprint(self) -> str:
        """The encoder's: its vectors are the same but for rounding."""
        return self.encoder.fingerprint

    @property
    def max_tokens(self) -> int | None:
        """The encoder's."""
        return self.encoder.max_tokens

    def characters_read(self, texts: Sequence[str]) -> list[int]:
        """Count the characters of each document that the model reads."""
        return self.encoder.characters_read(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each document, prompt and special tokens included."""
        return self.encoder.count_tokens(texts)

    def token_spans(self, texts: Sequence[str]) -> list[list[Span]]:
        """Return the characters of each token of each text."""
        return self.encoder.token_spans(texts)

    def encode_query(self, texts: Sequence[str]) -> Floats:
        """Encode queries to `(n, dim)` float32 unit rows."""
        return self.encoder.encode_query(texts)

    def encode_query_tokens(self, texts: Sequence[str]) -> tuple[Floats, TextVectors]:
        """Encode queries to sentence embeddings `(n, dim)`, float32 unit rows, and token vectors."""
        return self.encoder.encode_query_tokens(texts)

    def encode_document(self, texts: Sequence[str], *, show_progress: bool = False) -> Floats:  # noqa: ARG002 (reported)
        """Encode documents to `(n, dim)` float32 unit rows."""
        rows: dict[int, Floats] = {}
        for positions in _by_length(texts):
            vectors = self.encoder.encode_document([texts[position] for position in positions])
            rows.update(zip(positions, vectors, strict=True))
            self.report(len(positions))
        return np.stack([rows[position] for position in range(len(texts))])

    def encode_document_tokens(
        self,
        texts: Sequence[str],
        *,
        show_progress: bool = False,  # noqa: ARG002 (reported)
    ) -> tuple[Floats, TextVectors]:
        """Encode documents to sentence embeddings `(n, dim)`, float32 unit rows, and token vectors."""
        rows: dict[int, tuple[Floats, TextVectors]] = {}
        for positions in _by_length(texts):
            vectors, tokens = self.encoder.encode_document_tokens([texts[position] for position in positions])
            rows.update(zip(positions, zip(vectors, tokens.split(), strict=True), strict=True))
            self.report(len(positions))
        ordered = [rows[position] for position in range(len(texts))]
        return np.stack([row for row, _ in ordered]), TextVectors.join([tokens for _, tokens in ordered])


def _by_length(texts: Sequence[str]) -> Iterator[list[int]]:
    """Yield positions of texts of about one length, as short ones are padded to the longest of their batch."""
    order = sorted(range(len(texts)), key=lambda position: len(texts[position]), reverse=True)
    for start in range(0, len(order), BATCH_TEXTS):
        yield order[start : start + BATCH_TEXTS]
