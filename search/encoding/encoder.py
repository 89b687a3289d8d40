"""Texts -> unit vectors: the Encoder protocol and the sentence-transformers encoder behind it."""

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from search.encoding.fingerprint import model_fingerprint
from search.encoding.token_vectors import TextVectors, counted_spans, select_tokens
from search.encoding.zero_gpu import IS_LENT, Task, encode, encode_on_loan, encode_tokens, keep_model
from search.records import Span

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# Where sentence-transformers looks for the prompt of a task, in this order, before the model's default.
PROMPT_NAMES = {"query": ("query",), "document": ("document", "passage", "corpus")}


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
        """How many tokens of a text the model reads, its own marks included; None for no limit."""
        ...

    def characters_read(self, texts: Sequence[str]) -> list[int]:
        """How many characters of each document the model reads."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each document has, the model's prompt and marks included."""
        ...

    def token_spans(self, texts: Sequence[str]) -> list[list[Span]]:
        """The characters of each token of each text, in order; without prompt and marks."""
        ...

    def encode_query(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode queries to `(n, dim)` float32 unit rows."""
        ...

    def encode_document(self, texts: Sequence[str], *, show_progress: bool = False) -> NDArray[np.float32]:
        """Encode documents to `(n, dim)` float32 unit rows."""
        ...

    def encode_query_tokens(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], TextVectors]:
        """Encode queries to `(n, dim)` float32 unit rows, and each one's tokens."""
        ...

    def encode_document_tokens(
        self, texts: Sequence[str], *, show_progress: bool = False
    ) -> tuple[NDArray[np.float32], TextVectors]:
        """Encode documents to `(n, dim)` float32 unit rows, and each one's tokens."""
        ...


class SentenceEncoder:
    """A sentence-transformers model with its own prompts, safe to call from several threads."""

    def __init__(self, model: "SentenceTransformer", name: str) -> None:
        self.model = model
        self.name = name
        self.fingerprint = model_fingerprint(model)
        # One fast tokenizer shared by threads can raise "Already borrowed".
        self._lock = threading.Lock()

    @property
    def revision(self) -> str | None:
        """The Hub's commit that the weights came from; None for a folder."""
        return self.model.model_card_data.base_model_revision

    @property
    def max_tokens(self) -> int | None:
        """How many tokens of a text the model reads; None where it has no limit."""
        return self.model.max_seq_length

    def characters_read(self, texts: Sequence[str]) -> list[int]:
        """How many characters of each document the model reads before its token limit cuts the rest.

        Raises:
            ValueError: the model's tokenizer does not tell where its tokens lie.
        """
        prompt = self.prompt("document")
        rows = self._tokenize([prompt + text for text in texts], most=self.max_tokens)
        return [max(0, max(end for _, end in row) - len(prompt)) for row in rows]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each document has, the model's prompt and marks included; nothing is cut.

        Raises:
            ValueError: as `characters_read`.
        """
        prompt = self.prompt("document")
        return [len(row) for row in self._tokenize([prompt + text for text in texts])]

    def token_spans(self, texts: Sequence[str]) -> list[list[Span]]:
        """The characters of each token of each text, in order; without prompt and marks.

        Raises:
            ValueError: as `characters_read`.
        """
        return self._tokenize(texts, marks=False)

    def prompt(self, task: Task) -> str:
        """Return what the library puts before each text of a task: the first of the names it tries that the model has."""
        names = [*PROMPT_NAMES[task], self.model.default_prompt_name]
        return next((self.model.prompts[name] or "" for name in names if name in self.model.prompts), "")

    def counted_tokens(self, task: Task, texts: Sequence[str]) -> list[list[bool]]:
        """Whether each token of each text counts where tokens are compared, the prompt's and the model's own marks among them.

        Raises:
            ValueError: as `characters_read`.
        """
        prompt = self.prompt(task)
        spans = self._tokenize([prompt + text for text in texts], most=self.max_tokens)
        counted = (counted_spans(text, row, prompt=prompt) for text, row in zip(texts, spans, strict=True))
        return [[span is not None for span in row] for row in counted]

    def _tokenize(self, texts: Sequence[str], *, most: int | None = None, marks: bool = True) -> list[list[Span]]:
        tokenizer = self.model.tokenizer
        if not getattr(tokenizer, "is_fast", False):
            raise ValueError(f"expected a fast tokenizer, which knows where its tokens lie, {self.name} has none")
        with self._lock:
            rows = tokenizer(
                list(texts),
                truncation=most is not None,
                max_length=most,
                add_special_tokens=marks,
                return_offsets_mapping=True,
                # Texts longer than the limit are meant here, the library warns of them.
                verbose=False,
            )
        return [[(start, end) for start, end in row] for row in rows["offset_mapping"]]

    def encode_query(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode queries, with the model's query prompt, to `(n, dim)` float32 unit rows."""
        with self._lock:
            if IS_LENT:
                return encode_on_loan(keep_model(self.model), texts, tokens=False)[0]
            return encode(self.model, "query", texts)

    def encode_document(self, texts: Sequence[str], *, show_progress: bool = False) -> NDArray[np.float32]:
        """Encode documents, with the model's document prompt, to `(n, dim)` float32 unit rows."""
        with self._lock:
            return encode(self.model, "document", texts, show_progress=show_progress)

    def encode_query_tokens(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], TextVectors]:
        """Encode queries, with the model's query prompt, to `(n, dim)` float32 unit rows, and each one's tokens.

        Raises:
            ValueError: the model has no vectors of tokens, or a tokenizer that does not tell where they lie.
        """
        with self._lock:
            if IS_LENT:
                whole, rows = encode_on_loan(keep_model(self.model), texts, tokens=True)
            else:
                whole, rows = encode_tokens(self.model, "query", texts)
        return whole, self._select("query", texts, whole, rows)

    def encode_document_tokens(
        self, texts: Sequence[str], *, show_progress: bool = False
    ) -> tuple[NDArray[np.float32], TextVectors]:
        """Encode documents, with the model's document prompt, to `(n, dim)` float32 unit rows, and each one's tokens.

        Raises:
            ValueError: as `encode_query_tokens`.
        """
        with self._lock:
            whole, rows = encode_tokens(self.model, "document", texts, show_progress=show_progress)
        return whole, self._select("document", texts, whole, rows)

    def _select(
        self, task: Task, texts: Sequence[str], whole: NDArray[np.float32], rows: Sequence[NDArray[np.float32]]
    ) -> TextVectors:
        prompt = self.prompt(task)
        spans = self._tokenize([prompt + text for text in texts], most=self.max_tokens)
        return select_tokens(texts, spans, rows, whole, prompt=prompt)
