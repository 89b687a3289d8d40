"""Whatever turns texts into unit vectors: the Encoder protocol."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from search.encoding.token_vectors import TextVectors
from search.records import Span

Floats = NDArray[np.float32]


class Encoder(Protocol):
    """Whatever turns queries and documents into unit vectors of one space."""

    @property
    def name(self) -> str:
        """What people call the model: a Hub id or a folder."""
        ...

    @property
    def fingerprint(self) -> str:
        """16 hex digits that change whenever the vectors could."""
        ...

    @property
    def max_tokens(self) -> int | None:
        """Most tokens of a text that the model reads, special ones included; None for no limit."""
        ...

    def characters_read(self, texts: Sequence[str]) -> list[int]:
        """Count the characters of each document that the model reads."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each document, prompt and special tokens included."""
        ...

    def token_spans(self, texts: Sequence[str]) -> list[list[Span]]:
        """Return the characters of each token of each text, in order, without prompt and special tokens."""
        ...

    def encode_query(self, texts: Sequence[str]) -> Floats:
        """Encode queries to `(n, dim)` float32 unit rows."""
        ...

    def encode_document(self, texts: Sequence[str], *, show_progress: bool = False) -> Floats:
        """Encode documents to `(n, dim)` float32 unit rows."""
        ...

    def encode_query_tokens(self, texts: Sequence[str]) -> tuple[Floats, TextVectors]:
        """Encode queries to sentence embeddings `(n, dim)`, float32 unit rows, and token vectors."""
        ...

    def encode_document_tokens(
        self, texts: Sequence[str], *, show_progress: bool = False
    ) -> tuple[Floats, TextVectors]:
        """Encode documents to sentence embeddings `(n, dim)`, float32 unit rows, and token vectors."""
        ...
