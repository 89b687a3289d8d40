"""A sentence-transformers model as an Encoder."""

import threading
from collections.abc import Sequence

import numpy as np
from sentence_transformers import SentenceTransformer
from sentence_transformers.multi_vector_encoder.modules import MultiVectorMask

from search.encoding.encoder import Floats
from search.encoding.fingerprint import model_fingerprint
from search.encoding.forward import Task, embed, embed_tokens
from search.encoding.multi_vector import add_scoring_mask
from search.encoding.token_vectors import TextVectors
from search.encoding.zero_gpu import ON_ZERO_GPU, embed_query_on_gpu, register_model
from search.records import Span

# A token's id in the vocabulary, and its characters.
Token = tuple[int, Span]
# Where sentence-transformers looks for the prompt of a task, in this order, before the model's default.
PROMPT_NAMES = {"query": ("query",), "document": ("document", "passage", "corpus")}


class SentenceEncoder:
    """A sentence-transformers model with its own prompts, safe to call from several threads.

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
        masks = (module for module in model if isinstance(module, MultiVectorMask))
        self._skipped = {
            token_id for mask in masks for token_id in model.tokenizer.convert_tokens_to_ids(mask.skiplist_words)
        }

    @property
    def revision(self) -> str | None:
        """The Hub's commit of the weights; None for a folder."""
        return self.model.model_card_data.base_model_revision

    @property
    def max_tokens(self) -> int | None:
        """Most tokens of a text that the model reads; None for no limit."""
        return self.model.max_seq_length

    def characters_read(self, texts: Sequence[str]) -> list[int]:
        """Count the characters of each document before the token limit cuts the rest."""
        prompt = self.prompt("document")
        rows = self._tokenize([prompt + text for text in texts], limit=self.max_tokens)
        return [max(0, max(end for _, (_, end) in row) - len(prompt)) for row in rows]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each document, prompt and special tokens included; nothing is cut."""
        prompt = self.prompt("document")
        return [len(row) for row in self._tokenize([prompt + text for text in texts])]

    def token_spans(self, texts: Sequence[str]) -> list[list[Span]]:
        """Return the characters of each token of each text, in order, without prompt and special tokens."""
        return [[span for _, span in row] for row in self._tokenize(texts, special=False)]

    def prompt(self, task: Task) -> str:
        """Return what the library puts before each text of a task."""
        names = [*PROMPT_NAMES[task], self.model.default_prompt_name]
        return next((self.model.prompts[name] or "" for name in names if name in self.model.prompts), "")

    def _tokenize(self, texts: Sequence[str], *, limit: int | None = None, special: bool = True) -> list[list[Token]]:
        tokenizer = self.model.tokenizer
        if not getattr(tokenizer, "is_fast", False):
            raise ValueError(f"expected a fast tokenizer, which knows where its tokens lie, {self.name} has none")
        with self._lock:
            rows = tokenizer(
                list(texts),
                truncation=limit is not None,
                max_length=limit,
                add_special_tokens=special,
                return_offsets_mapping=True,
                # Texts longer than the limit are meant here, the library warns of them.
                verbose=False,
            )
        both = zip(rows["input_ids"], rows["offset_mapping"], strict=True)
        return [[(token_id, (start, end)) for token_id, (start, end) in zip(*row, strict=True)] for row in both]

    def encode_query(self, texts: Sequence[str]) -> Floats:
        """Encode queries, with the model's query prompt, to `(n, dim)` float32 unit rows."""
        with self._lock:
            if ON_ZERO_GPU:
                return embed_query_on_gpu(register_model(self.model), texts, tokens=False)[0]
            return embed(self.model, "query", texts)

    def encode_document(self, texts: Sequence[str], *, show_progress: bool = False) -> Floats:
        """Encode documents, with the model's document prompt, to `(n, dim)` float32 unit rows."""
        with self._lock:
            return embed(self.model, "document", texts, show_progress=show_progress)

    def encode_query_tokens(self, texts: Sequence[str]) -> tuple[Floats, TextVectors]:
        """Encode queries to sentence embeddings `(n, dim)`, float32 unit rows, and token vectors."""
        with self._lock:
            if ON_ZERO_GPU:
                sentences, rows = embed_query_on_gpu(register_model(self.model), texts, tokens=True)
            else:
                sentences, rows = embed_tokens(self.model, "query", texts)
        return sentences, self._with_spans("query", texts, rows)

    def encode_document_tokens(
        self, texts: Sequence[str], *, show_progress: bool = False
    ) -> tuple[Floats, TextVectors]:
        """Encode documents to sentence embeddings `(n, dim)`, float32 unit rows, and token vectors."""
        with self._lock:
            sentences, rows = embed_tokens(self.model, "document", texts, show_progress=show_progress)
        return sentences, self._with_spans("document", texts, rows)

    def _scored_spans(self, task: Task, texts: Sequence[str]) -> list[list[Span]]:
        """Return the characters of each text's scored tokens; all of a text without any, as `embed_tokens`."""
        prompt = self.prompt(task)
        rows = self._tokenize([prompt + text for text in texts], limit=self.max_tokens)
        found = []
        for text, row in zip(texts, rows, strict=True):
            scored = [span for token_id, span in row if token_id not in self._skipped]
            found.append([_inside(prompt + text, span, len(prompt)) for span in scored] or [(0, len(text))])
        return found

    def _with_spans(self, task: Task, texts: Sequence[str], rows: Sequence[Floats]) -> TextVectors:
        spans_of = self._scored_spans(task, texts)
        for text, spans, vectors in zip(texts, spans_of, rows, strict=True):
            if len(spans) != len(vectors):
                raise ValueError(
                    f"expected token vectors for {len(spans)} tokens of {text[:40]!r}, got {len(vectors)}: the model's "
                    "tokenizer and prompts are not those it encodes with; score by passages (max_passage)"
                )
        lengths = np.array([len(spans) for spans in spans_of], dtype=np.int64)
        joined = np.array([span for spans in spans_of for span in spans], dtype=np.int64)
        return TextVectors(np.concatenate(rows), lengths, joined)


def _inside(whole: str, span: Span, prompt_length: int) -> Span:
    """Return the characters that a token covers of the text behind the prompt.

    Some tokenizers take the blank before a word into its first token; it is left out.
    """
    start, end = span
    start = end - len(whole[start:end].lstrip())
    return max(0, start - prompt_length), max(0, end - prompt_length)
