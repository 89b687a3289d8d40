"""What this project asks of an engine, whichever it is."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from search.index.compression import Codec
from search.record_files import Count, Record
from search.records import Span
from search.scoring import Scoring

# The vectors of a point: each passage's, each token's, and the words of BM25.
PASSAGES, TOKENS, WORDS = "passages", "tokens", "words"
# Fields of a point's payload.
HASH, GROUP, SPANS = "hash", "group", "spans"
# Numbers that a point may have under one name.
MAX_NUMBERS = 1 << 20
FORMAT = 1
# How an engine keeps the numbers of tokens: in 16 bits, or in 8 or 4 that it rounds to itself.
TokenType = Literal["float16", "turbo8", "turbo4"]
FLOAT16: TokenType = "float16"


class EngineError(ValueError):
    """An engine that can't be reached, refuses, or answers what nobody asked; one line."""


class CollectionFacts(Record):
    """What a collection was made of.

    `corpus_hash` is empty while listings are being added or deleted; `projection` and `scale` are the codec's numbers,
    float32 in base64, empty without tokens; `mean_terms` is the length that BM25 takes for the average.
    """

    format: int = FORMAT
    model_hash: str
    scoring: Scoring
    token_type: TokenType = FLOAT16
    dim: Count
    mean_terms: float
    width: Count = 0
    projection: str = ""
    scale: str = ""
    corpus_hash: str = ""
    n_listings: Count = 0

    @property
    def codec(self) -> Codec | None:
        """How tokens are compressed; None without tokens."""
        if not self.width:
            return None
        try:
            projection, scale = (np.frombuffer(base64.b64decode(one), "<f4") for one in (self.projection, self.scale))
            return Codec(projection.reshape(-1, self.width), scale.reshape(self.width))
        except ValueError as error:
            raise EngineError(
                f"expected a codec of width {self.width} in the collection, got none; load it anew"
            ) from error

    def as_payload(self) -> dict[str, Any]:
        """Return the facts as an engine keeps them."""
        return self.model_dump(mode="json")

    def with_codec(self, codec: Codec) -> Self:
        """Return the same with a codec."""
        projection, scale = (
            base64.b64encode(np.ascontiguousarray(array, "<f4").tobytes()).decode()
            for array in (codec.projection, codec.scale)
        )
        return self.model_copy(update={"width": len(codec.scale), "projection": projection, "scale": scale})


@dataclass(frozen=True, slots=True)
class Words:
    """Terms of a text as a sparse vector: each term's number, and its weight."""

    numbers: list[int]
    weights: list[float]


@dataclass(frozen=True, slots=True)
class Point:
    """A listing as it lies in an engine.

    `passages` `(n, dim)` float32 are unit rows; `tokens` `(n, width)` float32, None where listings are scored by
    passages.
    """

    number: int
    passages: NDArray[np.float32]
    tokens: NDArray[np.float32] | None
    words: Words
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which points may become candidates: some numbers, all but some, those of some groups; None asks nothing."""

    numbers: tuple[int, ...] | None = None
    not_numbers: tuple[int, ...] | None = None
    groups: tuple[int, ...] | None = None


EVERYTHING = Narrowing()


@dataclass(frozen=True, slots=True)
class Question:
    """A query and where its candidates come from, which are all scored exactly.

    Each narrowing gives its `depth` best by passages, and as many by words if there are any. `sentence` is `(dim,)`,
    `tokens` `(n_tokens, width)` float32 unit rows, None to score by passages alone.
    """

    sentence: NDArray[np.float32]
    tokens: NDArray[np.float32] | None
    words: Words | None
    narrowings: tuple[Narrowing, ...]
    depth: int
    is_exact: bool = False

    @property
    def n_candidates(self) -> int:
        """How many candidates there are at most."""
        return self.depth * len(self.narrowings) * (2 if self.words else 1)


# Numbers of points, and their scores, float32 in [-1, 1] but for rounding.
Scored = tuple[NDArray[np.uint64], NDArray[np.float32]]
# A point's passages, `(n, dim)` float32 unit rows, and the characters that each stands for.
Passages = tuple[NDArray[np.float32], list[Span]]


class Collection(Protocol):
    """The points of one corpus under one model; all methods raise `EngineError`."""

    def facts(self) -> CollectionFacts | None:
        """Return what the collection was made of; None where there is none."""
        ...

    def create(self, facts: CollectionFacts) -> None:
        """Make the collection, empty."""
        ...

    def save_facts(self, facts: CollectionFacts) -> None:
        """Replace what the collection says of itself."""
        ...

    def hashes(self) -> dict[int, str]:
        """Return the number of each point, and the hash of its listing."""
        ...

    def put(self, points: Sequence[Point]) -> None:
        """Add points, or replace those of the same numbers."""
        ...

    def delete(self, numbers: Sequence[int]) -> None:
        """Delete points; numbers that are not there are fine."""
        ...

    def finish(self) -> None:
        """Index what was added, where the engine does not by itself."""
        ...

    def ask(self, questions: Sequence[Question]) -> list[Scored]:
        """Find and score each question's candidates, best first."""
        ...

    def passages(self, numbers: Sequence[int]) -> dict[int, Passages]:
        """Return the passages of some points by their numbers."""
        ...


class Engine(Protocol):
    """A place of collections."""

    def collection(self, name: str) -> Collection:
        """Return a collection, which need not be there yet."""
        ...

    def close(self) -> None:
        """Write all that is not on disk yet, and let go of it."""
        ...


def spans_of(payload: Mapping[str, Any] | None, n_passages: int) -> list[Span]:
    """Read the characters of a point's passages from its payload.

    Raises:
        EngineError: they are not there.
    """
    flat = (payload or {}).get(SPANS)
    if not isinstance(flat, list) or len(flat) != 2 * n_passages or not all(isinstance(one, int) for one in flat):
        raise EngineError(f"expected the characters of {n_passages} passages in a point, got others; load it anew")
    return list(zip(flat[::2], flat[1::2], strict=True))
