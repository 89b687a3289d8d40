"""Several vectors a text, and which tokens of a text are scored."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from search.arrays import offsets_of

# A token is scored for a letter, a digit, or a sign that skills are written with (C++, C#).
SCORED = re.compile(r"[^\W_]|[+#]")
# BERT's mark of a piece inside a word, which holds a sign.
INSIDE_WORD = "##"
# By code point, up to the last blank there is; the entry behind that stands for all others.
IS_BLANK = np.array([chr(code).isspace() for code in range(0x3002)])


@dataclass(frozen=True, slots=True)
class TextVectors:
    """Vectors of several texts, of their tokens or passages; each text has at least one.

    `vectors` is `(n_vectors, dim)`, float32 unit rows, or int8 where compressed, those of one text after the
    other's; `lengths` `(n_texts,)` int64 counts each text's; `spans` `(n_vectors, 2)` int64 holds the characters
    of its text that each stands for.
    """

    vectors: NDArray[Any]
    lengths: NDArray[np.int64]
    spans: NDArray[np.int64]

    @property
    def offsets(self) -> NDArray[np.int64]:
        """Where each text's vectors begin: `(n_texts,)` int64."""
        return offsets_of(self.lengths)

    def split(self) -> list["TextVectors"]:
        """Return each text's own."""
        cuts = self.offsets[1:]
        own = zip(np.split(self.vectors, cuts), self.lengths, np.split(self.spans, cuts), strict=True)
        return [TextVectors(vectors, np.array([length]), spans) for vectors, length, spans in own]

    @classmethod
    def join(cls, several: Sequence["TextVectors"]) -> "TextVectors":
        """Put several one after the other."""
        return cls(
            np.concatenate([one.vectors for one in several]),
            np.concatenate([one.lengths for one in several]),
            np.concatenate([one.spans for one in several]),
        )


def spans_behind(prompt: str, text: str, spans: ArrayLike) -> NDArray[np.int64]:
    """Return the characters of the text that tokens of prompt and text cover; none for those of the prompt.

    Some tokenizers take the blank before a word into its first token; it is left out.

    Args:
        prompt: What stands before the text.
        text: The text.
        spans: `(n_tokens, 2)`, first character and the one behind the last, of prompt and text together.

    Returns:
        `(n_tokens, 2)` int64.
    """
    codes = np.frombuffer((prompt + text).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    is_blank = IS_BLANK[np.minimum(codes, len(IS_BLANK) - 1)]
    # For each character the next that is no blank.
    behind_blanks = np.where(is_blank, len(codes), np.arange(len(codes)))
    behind_blanks = np.append(np.minimum.accumulate(behind_blanks[::-1])[::-1], len(codes))
    starts, ends = np.asarray(spans, dtype=np.int64).reshape(-1, 2).T
    of_text = np.stack([np.minimum(behind_blanks[starts], ends), ends], axis=1) - len(prompt)
    return of_text.clip(min=0)


def skiplist_words(tokenizer: Any) -> list[str]:
    """List the vocabulary's entries that are not scored: special tokens, punctuation, signs."""
    vocabulary = tokenizer.get_vocab()
    texts = tokenizer.batch_decode([[token_id] for token_id in vocabulary.values()])
    special = set(tokenizer.all_special_tokens)
    return sorted(
        token
        for token, text in zip(vocabulary, texts, strict=True)
        if token in special or not SCORED.search(text.removeprefix(INSIDE_WORD))
    )
