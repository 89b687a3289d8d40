"""A sentence-transformers model as an Encoder."""

import threading
from collections.abc import Sequence
from typing import Any

from sentence_transformers import SentenceTransformer

from search.encoding.encoder import Floats
from search.encoding.fingerprint import model_fingerprint
from search.encoding.forward import Task, embed, embed_tokens, prompt_of
from search.encoding.multi_vector import add_scoring_mask
from search.encoding.token_vectors import TextVectors
from search.encoding.zero_gpu import ON_ZERO_GPU, embed_query_on_gpu, embed_query_tokens_on_gpu, register_model
from search.records import Span


class SentenceEncoder:
    """A sentence-transformers model in torch, with its own prompts and its weights as they are at each call.

    Safe to call from several threads, which wait for each other.

    What needs tokens raises a ValueError where the model has no token vectors, or a tokenizer that does not tell
    where its tokens lie.
    """

    def __init__(self, model: SentenceTransformer, name: str) -> None:
        add_scoring_mask(model)
        self.model = model
        self.name = name
        self.fingerprint = model_fingerprint(model)
        # One fast tokenizer shared by threads can raise "Already borrowed".
        self._lock = threading.Lock()

    @property
    def revision(self) -> str | None:
        """The Hub's commit of the weights; None for a folder."""
        return self.model.model_card_data.base_model_revision

    @property
    def max_tokens(self) -> int | None:
        """Most tokens of a text that the model reads; None for no limit."""
        return self.model.max_seq_length

    def prompt(self, task: Task) -> str:
        """Return what the library puts before each text of a task."""
        return prompt_of(self.model, task)

    def characters_read(self, texts: Sequence[str]) -> list[int]:
        """Count the characters of each document before the token limit cuts the rest."""
        prompt = self.prompt("document")
        rows = self._tokenize([prompt + text for text in texts], limit=self.max_tokens)
        return [max(0, max(end for _, end in row) - len(prompt)) for row in rows]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each document, prompt and special tokens included; nothing is cut."""
        prompt = self.prompt("document")
        return [len(row) for row in self._tokenize([prompt + text for text in texts])]

    def token_spans(self, texts: Sequence[str]) -> list[list[Span]]:
        """Return the characters of each token of each text, in order, without prompt and special tokens."""
        return self._tokenize(texts, special=False)

    def _tokenize(self, texts: Sequence[str], *, limit: int | None = None, special: bool = True) -> list[list[Span]]:
        self._check_tokenizer()
        with self._lock:
            rows: Any = self.model.tokenizer(
                list(texts),
                truncation=limit is not None,
                max_length=limit,
                add_special_tokens=special,
                return_offsets_mapping=True,
                # Texts longer than the limit are meant here, the library warns of them.
                verbose=False,
            )
        return [[(start, end) for start, end in row] for row in rows["offset_mapping"]]

    def _check_tokenizer(self) -> None:
        if not getattr(self.model.tokenizer, "is_fast", False):
            raise ValueError(f"expected a fast tokenizer, which knows where its tokens lie, {self.name} has none")

    def encode_query(self, texts: Sequence[str]) -> Floats:
        """Encode queries, with the model's query prompt, to `(n, dim)` float32 unit rows."""
        with self._lock:
            if ON_ZERO_GPU:
                return embed_query_on_gpu(register_model(self.model), texts)
            return embed(self.model, "query", texts)

    def encode_document(self, texts: Sequence[str], *, show_progress: bool = False) -> Floats:
        """Encode documents, with the model's document prompt, to `(n, dim)` float32 unit rows."""
        with self._lock:
            return embed(self.model, "document", texts, show_progress=show_progress)

    def encode_query_tokens(self, texts: Sequence[str]) -> tuple[Floats, TextVectors]:
        """Encode queries to sentence embeddings `(n, dim)`, float32 unit rows, and token vectors."""
        self._check_tokenizer()
        with self._lock:
            if ON_ZERO_GPU:
                return embed_query_tokens_on_gpu(register_model(self.model), texts)
            return embed_tokens(self.model, "query", texts)

    def encode_document_tokens(
        self, texts: Sequence[str], *, show_progress: bool = False
    ) -> tuple[Floats, TextVectors]:
        """Encode documents to sentence embeddings `(n, dim)`, float32 unit rows, and token vectors."""
        self._check_tokenizer()
        with self._lock:
            return embed_tokens(self.model, "document", texts, show_progress=show_progress)
