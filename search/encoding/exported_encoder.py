"""An exported model as an Encoder: OpenVINO and a tokenizer, no torch."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer
from tqdm import tqdm

from search.arrays import unit_rows
from search.encoding.compiled_model import CompiledModel
from search.encoding.encoder import Floats
from search.encoding.token_vectors import TextVectors, spans_behind
from search.record_files import File
from search.records import Span

MODEL_FILE, TOKENIZER_FILE, SETTINGS_FILE = "model.xml", "tokenizer.json", "settings.json"
# Tokens of a batch, padding included: more are no faster on two cores, and take more memory.
BATCH_TOKENS = 2048
# The shortest text of a batch has at least this share of the longest's tokens, as all are padded to that.
MIN_LENGTH = 0.7
# Texts whose tokens are in memory at once.
CHUNK_TEXTS = 512


class ExportSettings(File):
    """settings.json: what an exported model needs beside its graph and its tokenizer."""

    model_hash: str
    max_tokens: int | None
    prompts: dict[str, str]
    inputs: list[str]
    pad_id: int
    truncation_side: str
    skipped: dict[str, list[int]]


@dataclass(frozen=True, slots=True)
class _Encoded:
    """A text's sentence embedding, and its scored tokens' vectors and characters."""

    sentence: Floats
    tokens: Floats
    spans: NDArray[np.int64]


class ExportedEncoder:
    """A model's export, with its own prompts; several threads may encode at once."""

    def __init__(self, folder: Path, name: str) -> None:
        """Open an export that export.py made or checked."""
        settings = ExportSettings.load(folder / SETTINGS_FILE)
        self.name, self.fingerprint, self.max_tokens = name, settings.model_hash, settings.max_tokens
        self.compiled = CompiledModel(folder / MODEL_FILE)
        self._settings = settings
        self._whole = _open_tokenizer(folder)
        self._cut = _open_tokenizer(folder)
        if settings.max_tokens is not None:
            self._cut.enable_truncation(settings.max_tokens, direction=settings.truncation_side)
        self._is_scored = {task: np.ones(self._whole.get_vocab_size(), dtype=bool) for task in settings.skipped}
        for task, skipped in settings.skipped.items():
            self._is_scored[task][skipped] = False

    def characters_read(self, texts: Sequence[str]) -> list[int]:
        """Count the characters of each document before the token limit cuts the rest."""
        prompt = self._settings.prompts["document"]
        rows = self._cut.encode_batch([prompt + text for text in texts])
        return [max(0, max(end for _, end in row.offsets) - len(prompt)) for row in rows]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each document, prompt and special tokens included; nothing is cut."""
        prompt = self._settings.prompts["document"]
        return [len(row) for row in self._whole.encode_batch([prompt + text for text in texts])]

    def token_spans(self, texts: Sequence[str]) -> list[list[Span]]:
        """Return the characters of each token of each text, in order, without prompt and special tokens."""
        return [row.offsets for row in self._whole.encode_batch(list(texts), add_special_tokens=False)]

    def encode_query(self, texts: Sequence[str]) -> Floats:
        """Encode queries, with the model's query prompt, to `(n, dim)` float32 unit rows."""
        return self.encode_query_tokens(texts)[0]

    def encode_document(self, texts: Sequence[str], *, show_progress: bool = False) -> Floats:
        """Encode documents, with the model's document prompt, to `(n, dim)` float32 unit rows."""
        return _join(self._encode("document", texts, show_progress=show_progress))[0]

    def encode_query_tokens(self, texts: Sequence[str]) -> tuple[Floats, TextVectors]:
        """Encode queries to sentence embeddings `(n, dim)`, float32 unit rows, and token vectors."""
        return _join(self._encode("query", texts))

    def encode_document_tokens(
        self, texts: Sequence[str], *, show_progress: bool = False
    ) -> tuple[Floats, TextVectors]:
        """Encode documents to sentence embeddings `(n, dim)`, float32 unit rows, and token vectors."""
        return _join(self._encode("document", texts, show_progress=show_progress))

    def _encode(self, task: str, texts: Sequence[str], *, show_progress: bool = False) -> list[_Encoded]:
        prompt = self._settings.prompts[task]
        made: dict[int, _Encoded] = {}
        longest_first = sorted(range(len(texts)), key=lambda at: len(texts[at]), reverse=True)
        bar = tqdm(total=len(texts), desc="Texts", disable=not show_progress)
        # Threads start when they are needed.
        with bar, ThreadPoolExecutor(self.compiled.streams) as threads:
            for start in range(0, len(texts), CHUNK_TEXTS):
                chunk = longest_first[start : start + CHUNK_TEXTS]
                rows = self._cut.encode_batch([prompt + texts[at] for at in chunk])
                batches = list(batches_of([len(row) for row in rows]))
                run = partial(self._run, task, [texts[at] for at in chunk], rows)
                for batch, found in zip(batches, (threads.map if len(batches) > 1 else map)(run, batches), strict=True):
                    made.update(zip((chunk[at] for at in batch), found, strict=True))
                    bar.update(len(batch))
        return [made[at] for at in range(len(texts))]

    def _run(
        self, task: str, all_texts: Sequence[str], all_rows: Sequence[Encoding], batch: Sequence[int]
    ) -> list[_Encoded]:
        """Encode those texts whose positions are the batch's."""
        texts, rows = [all_texts[at] for at in batch], [all_rows[at] for at in batch]
        prompt, is_scored = self._settings.prompts[task], self._is_scored[task]
        columns = _pad(rows, {"input_ids": self._settings.pad_id})
        sentences, tokens = self.compiled.run([columns[name] for name in self._settings.inputs])
        found = []
        for text, row, sentence, vectors in zip(texts, rows, unit_rows(sentences), tokens, strict=True):
            own = vectors[: len(row)]
            scored = is_scored[row.ids].nonzero()[0]
            if len(scored):
                own, spans = own[scored], spans_behind(prompt, text, np.array(row.offsets)[scored])
            else:
                # Such as `?!`: the mean of all its tokens, of which there may be none.
                own, spans = own.sum(axis=0, keepdims=True) / max(1, len(own)), np.array([(0, len(text))])
            found.append(_Encoded(sentence, unit_rows(own), spans))
        return found


def batches_of(lengths: Sequence[int], *, max_tokens: int = BATCH_TOKENS) -> Iterator[list[int]]:
    """Yield positions of texts of about one length, longest first: at most `max_tokens` with padding, or one text."""
    order = sorted(range(len(lengths)), key=lambda at: lengths[at], reverse=True)
    while order:
        longest = lengths[order[0]]
        batch = [at for at in order[: max(1, max_tokens // max(1, longest))] if lengths[at] >= MIN_LENGTH * longest]
        yield batch
        order = order[len(batch) :]


def _open_tokenizer(folder: Path) -> Tokenizer:
    """Open a tokenizer of one's own, which nobody sets otherwise while another thread reads with it."""
    tokenizer: Tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _pad(rows: Sequence[Encoding], pad_ids: Mapping[str, int]) -> dict[str, NDArray[np.int64]]:
    """Return the model's inputs, `(n, length)` each, padded on the right."""
    columns = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
    shape = len(rows), max(1, *(len(row) for row in rows))
    padded = {name: np.full(shape, pad_ids.get(name, 0), dtype=np.int64) for name in columns}
    for number, row in enumerate(rows):
        for name, attribute in columns.items():
            padded[name][number, : len(row)] = getattr(row, attribute)
    return padded


def _join(encoded: Sequence[_Encoded]) -> tuple[Floats, TextVectors]:
    lengths = np.array([len(one.spans) for one in encoded], dtype=np.int64)
    spans = np.concatenate([one.spans for one in encoded])
    sentences = np.stack([one.sentence for one in encoded])
    return sentences, TextVectors(np.concatenate([one.tokens for one in encoded]), lengths, spans)
