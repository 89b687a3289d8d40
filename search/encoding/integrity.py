"""A loaded model, held against its own files: whether it is what was trained or published, and whole."""

import logging
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Transformer
from transformers.conversion_mapping import get_checkpoint_conversion_mapping

from search.artifacts import RUN_FILE, RunRecord
from search.encoding.model_folder import MODULES_FILE, check_model_folder, modules_of, read_shapes
from search.encoding.offline_base import hash_file

logger = logging.getLogger(__name__)

WEIGHTS = ".safetensors"
# Files of a model's folder that no model is made of.
BESIDE = ("README.md", RUN_FILE, "benchmark.json")
# The libraries that make a model of a folder.
READERS = ("transformers", "sentence-transformers")
SHA256 = re.compile(r"[0-9a-f]{64}")
NUMBERS = re.compile(r"(?<=\.)\d+(?=\.)")
# Tensors that a file may leave out: they follow from the configuration.
DERIVED = re.compile(r"(position_ids|inv_freq)$")
# Not read for a sentence's embedding; many a file has none of it.
POOLER = re.compile(r"(^|\.)pooler\.")
# Of a matrix's rows without any number; a vocabulary may have some that no token needs.
MAX_EMPTY_ROWS, MAX_EMPTY_SHARE = 8, 0.05


def check_loaded(model: SentenceTransformer, folder: Path, fingerprint: str) -> None:
    """Refuse a model that is not what its folder says.

    A model of `python -m train` must be the one that was trained, to the last bit. Of another model nobody has told
    what it should be: each of its tensors must come from the file, with finite numbers and without large holes.

    Args:
        model: As it was loaded.
        folder: Where from; of a model from the Hub, its files in the cache.
        fingerprint: The model's, see `model_fingerprint`.

    Raises:
        ValueError: it is damaged, or another one.
    """
    if (folder / MODULES_FILE).is_file():
        # Of a model from the Hub, all that was fetched.
        check_model_folder(folder)
    run = read_run(folder)
    if run is None:
        check_tensors(model, folder)
        return
    check_files(folder, run.files, weights=False)
    if run.tuned_hash == fingerprint:
        return
    # Other libraries may read a whole folder otherwise.
    if run.files:
        check_files(folder, run.files, weights=True)
    if not run.files and has_same_libraries(run):
        raise ValueError(
            f"expected the model that {folder / RUN_FILE} tells of ({run.tuned_hash}), its weights or settings are "
            f"others ({fingerprint}): the folder is damaged; make or fetch it anew"
        )
    logger.warning("warning   %s was trained under other libraries, and is not quite the same under these", folder)
    check_tensors(model, folder)


def has_same_libraries(run: RunRecord) -> bool:
    """Tell whether a model was trained under the libraries that are here."""
    return all(version(name) == run.libraries.get(name, version(name)) for name in READERS)


def read_run(folder: Path) -> RunRecord | None:
    """Read what `python -m train` says of its model; None where another tool made it.

    Raises:
        ValueError: it is damaged.
    """
    path = folder / RUN_FILE
    if not path.is_file():
        return None
    try:
        return RunRecord.load(path)
    except ValueError:
        # Others have a run.json too.
        if b"tuned_hash" in path.read_bytes():
            raise
        return None


def hash_files(folder: Path) -> dict[str, str]:
    """Return path -> SHA-256 of all files that a model is made of."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    names = {path.relative_to(folder).as_posix(): path for path in paths}
    return {name: hash_file(path) for name, path in names.items() if name not in BESIDE}


def check_files(folder: Path, hashes: Mapping[str, str], *, weights: bool) -> None:
    """Refuse files that are missing or changed; weights, which are large, only where that is asked for.

    Raises:
        ValueError: one is.
    """
    for name, expected in hashes.items():
        path = folder / name
        if name.endswith(WEIGHTS) != weights:
            continue
        found = hash_file(path) or "missing"
        if found != expected:
            raise ValueError(
                f"expected {path} as it was when the model was made ({expected[:12]}), it is {found[:12]}; "
                "make or fetch the model anew"
            )


def check_tensors(model: SentenceTransformer, folder: Path) -> None:
    """Refuse a model with tensors that its files lack, that are not finite, or that have large holes.

    Raises:
        ValueError: there is one.
    """
    for module, row in zip(model, modules_of(folder / MODULES_FILE), strict=False):
        if isinstance(module, Transformer):
            _check_names(module.auto_model, sorted((folder / row.path).glob(f"*{WEIGHTS}")))
    if is_as_published(folder):
        return
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point() and tensor.numel():
            _check_values(name, tensor)


def is_as_published(folder: Path) -> bool:
    """Tell whether all weights are of the Hub's cache, where a large file is called by its SHA-256, and unchanged.

    Raises:
        ValueError: one is changed.
    """
    names = {path: path.resolve().name for path in folder.rglob(f"*{WEIGHTS}") if path.is_symlink()}
    hashes = {path: name for path, name in names.items() if SHA256.fullmatch(name)}
    for path, expected in hashes.items():
        if hash_file(path) != expected:
            raise ValueError(f"expected {path} as the Hub has it, it is damaged; delete that file to fetch it anew")
    return bool(hashes) and len(hashes) == sum(1 for _ in folder.rglob(f"*{WEIGHTS}"))


def _check_names(body: Any, weights: list[Path]) -> None:
    """Refuse a transformer with a tensor that is not from the file, or with fewer layers than the file.

    The library fills such a tensor with random numbers, and leaves such layers out. What it renames or splits on
    loading is not checked.
    """
    if get_checkpoint_conversion_mapping(body.config.model_type):  # type: ignore[no-untyped-call]
        return
    prefix = f"{body.base_model_prefix}."
    shapes = {name.removeprefix(prefix): shape for name, shape in read_shapes(weights).items()}
    tensors = {name.removeprefix(prefix): tensor for name, tensor in body.state_dict().items()}
    loaded = {tensor.data_ptr() for name, tensor in tensors.items() if name in shapes}
    has_pooler = any(map(POOLER.search, shapes))
    missing = [
        name
        for name, tensor in tensors.items()
        if name not in shapes
        # Two names of one tensor are saved once.
        and tensor.data_ptr() not in loaded
        and not DERIVED.search(name)
        and (has_pooler or not POOLER.search(name))
    ]
    unknown = [name for name in shapes if name not in tensors and not DERIVED.search(name)]
    missing = [name for name in missing if not _is_renamed(tensors[name], unknown, shapes, weights)]
    kinds = {NUMBERS.sub("*", name) for name in tensors}
    surplus = [name for name in unknown if NUMBERS.sub("*", name) in kinds and NUMBERS.search(name)]
    if missing or surplus:
        told = f"has no {missing[0]}" if missing else f"has {surplus[0]} besides"
        raise ValueError(
            f"expected the tensors of the configuration in {weights[0].parent}, the file {told}: "
            "it is damaged, or of another model; fetch or make the model anew"
        )


def _is_renamed(tensor: torch.Tensor, unknown: Iterable[str], shapes: Any, weights: list[Path]) -> bool:
    """Tell whether the file has a tensor's numbers under a name of an older library."""
    names = {name for name in unknown if shapes[name] == tuple(tensor.shape)}
    for path in weights if names else ():
        with safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118 (no dict)
                if any(name.endswith(one) for one in names):
                    found = file.get_tensor(name)
                    if found.shape == tensor.shape and torch.equal(found.to(tensor.dtype), tensor.cpu()):
                        return True
    return False


def _check_values(name: str, tensor: torch.Tensor) -> None:
    # A row's length tells both in one pass: it is no number where one of the row's is none, and 0 where all are.
    rows = torch.linalg.vector_norm(tensor.reshape(-1, tensor.shape[-1]), dim=-1, dtype=torch.float32)
    if not bool(torch.isfinite(rows).all()):
        raise ValueError(f"expected finite weights, {name} has others; the model is damaged, fetch or make it anew")
    empty = int((rows == 0).sum())
    if tensor.ndim > 1 and empty > max(MAX_EMPTY_ROWS, MAX_EMPTY_SHARE * len(rows)):
        raise ValueError(
            f"expected weights, {empty} of {len(rows)} rows of {name} are all 0; "
            "the model is damaged, fetch or make it anew"
        )
