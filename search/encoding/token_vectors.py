"""Vectors of tokens: which of a text's tokens count, and how a corpus's are made small enough to keep."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.arrays import starts_of, unit_rows
from search.records import Span

# A token with a letter or a digit, or a sign that skills are written with (C++, C#).
COUNTED = re.compile(r"[^\W_]|[+#]")


@dataclass(frozen=True, slots=True)
class TextVectors:
    """Several vectors a text, of its tokens or windows, those of one text after the other's; each text has at least one.

    `vectors` is `(n_vectors, dim)`, float32 unit rows, or int8 where compressed; `counts` `(n_texts,)` int64; `spans`
    `(n_vectors, 2)` int64 holds the characters of its text that each stands for.
    """

    vectors: NDArray[Any]
    counts: NDArray[np.int64]
    spans: NDArray[np.int64]

    @property
    def starts(self) -> NDArray[np.int64]:
        """Where each text's vectors begin: `(n_texts,)` int64."""
        return starts_of(self.counts)

    def split(self) -> list["TextVectors"]:
        """Return each text's own."""
        cuts = self.starts[1:]
        parts = zip(np.split(self.vectors, cuts), self.counts, np.split(self.spans, cuts), strict=True)
        return [TextVectors(vectors, np.array([count]), spans) for vectors, count, spans in parts]

    @classmethod
    def join(cls, parts: Sequence["TextVectors"]) -> "TextVectors":
        """Put several one after the other."""
        return cls(
            np.concatenate([part.vectors for part in parts]),
            np.concatenate([part.counts for part in parts]),
            np.concatenate([part.spans for part in parts]),
        )


def select_tokens(
    texts: Sequence[str],
    spans: Sequence[Sequence[Span]],
    rows: Sequence[NDArray[np.float32]],
    whole: NDArray[np.float32],
    *,
    prompt: str = "",
) -> TextVectors:
    """Leave out punctuation, the prompt and the model's own marks; a text with nothing else is one token, itself.

    Args:
        texts: What was encoded, without the prompt.
        spans: The characters of each token of prompt and text.
        rows: For each text `(n_tokens, dim)`.
        whole: The texts' own vectors, `(n_texts, dim)`.
        prompt: What stood before each text.

    Raises:
        ValueError: a text has not as many vectors as tokens.
    """
    vectors, kept_spans, counts = [], [], []
    for text, tokens, row, alone in zip(texts, spans, rows, whole, strict=True):
        if len(tokens) != len(row):
            raise ValueError(
                f"expected a vector for each of {len(tokens)} tokens, got {len(row)}: the model's tokenizer and prompts "
                "are not those it encodes with; read it in windows"
            )
        counted = counted_spans(text, tokens, prompt=prompt)
        kept = [place for place, span in enumerate(counted) if span]
        vectors.append(row[kept] if kept else alone[None])
        kept_spans += [span for span in counted if span] or [(0, len(text))]
        counts.append(len(kept) or 1)
    return TextVectors(
        unit_rows(np.concatenate(vectors)), np.array(counts, dtype=np.int64), np.array(kept_spans, dtype=np.int64)
    )


def counted_spans(text: str, tokens: Sequence[Span], *, prompt: str = "") -> list[Span | None]:
    """Return the characters of the text that each token of prompt and text stands for, without white space before it; None for one
    that does not count: punctuation, the prompt's, and the model's own marks, which have an empty stretch.
    """
    whole = prompt + text
    spans: list[Span | None] = []
    for start, end in tokens:
        # Some tokenizers take the blank before a word into its first token.
        start_of_word = end - len(whole[start:end].lstrip())
        counts = start_of_word >= len(prompt) and COUNTED.search(whole, start_of_word, end)
        spans.append((start_of_word - len(prompt), end - len(prompt)) if counts else None)
    return spans
