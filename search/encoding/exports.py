"""Exported models in the cache folder: where they lie, what they hold, which model folder became which; no torch."""

import hashlib
import importlib.util
import logging
import shutil
from importlib.metadata import version
from pathlib import Path

from search.artifacts import REPORT_FILE
from search.encoding.compiled_model import NotExportableError, is_installed, runtime_name
from search.encoding.exported_encoder import ExportedEncoder
from search.hub_errors import first_line
from search.record_files import File

logger = logging.getLogger(__name__)

# In the folder of cached vectors.
EXPORTS_FOLDER = "models"
HASHES_FILE = "hashes.json"
# A model's fingerprint depends on how these read it.
READERS = ("sentence-transformers", "transformers", "tokenizers")


class ExportHashes(File):
    """hashes.json: the sha256 of each other file of an export."""

    files: dict[str, str]


class KnownFolder(File):
    """The fingerprint of the model in a folder of certain files."""

    model_hash: str


def export_folder(cache: Path, model_hash: str) -> Path:
    """Name the folder of a model's export."""
    return cache / EXPORTS_FOLDER / f"{model_hash}-{runtime_name()}"


def load_export(folder: Path, name: str) -> ExportedEncoder | None:
    """Load an export, or None where there is none; one that is not what was written goes."""
    if not folder.is_dir():
        return None
    try:
        _check_files(folder)
        return ExportedEncoder(folder, name)
    except (OSError, ValueError) as error:
        logger.warning("warning   %s; making it anew", first_line(error))
        shutil.rmtree(folder, ignore_errors=True)
        return None


def save_hashes(folder: Path) -> None:
    """Write down the files of an export."""
    ExportHashes(files={path.name: sha256(path) for path in sorted(folder.iterdir())}).save(folder / HASHES_FILE)


def find_export(model_folder: Path, cache: Path, name: str) -> ExportedEncoder | None:
    """Load the export of a model folder that was loaded in torch before, or None; torch need not be imported for it."""
    if not is_installed() or importlib.util.find_spec("spaces") is not None:
        return None
    try:
        known = KnownFolder.load(_known_path(model_folder, cache))
        return load_export(export_folder(cache, known.model_hash), name)
    except (OSError, ValueError, NotExportableError):
        # Not seen before, or damaged: the model is loaded in torch, which says what there is to say.
        return None


def remember_folder(model_folder: Path, cache: Path, model_hash: str) -> None:
    """Keep which model a folder holds, for `find_export`."""
    try:
        KnownFolder(model_hash=model_hash).save(_known_path(model_folder, cache))
    except OSError as error:
        logger.warning("warning   %s; the next start takes longer", first_line(error))


def sha256(path: Path) -> str:
    """Return a file's hash in hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _known_path(model_folder: Path, cache: Path) -> Path:
    """Name a file by the content of a model folder's files, but for cards, reports and vectors.

    Its run.json is one of them, as it says which weights are the folder's.
    """
    digest = hashlib.sha256("".join(f"{name} {version(name)} " for name in READERS).encode())
    for path in sorted(model_folder.rglob("*")):
        inside = path.relative_to(model_folder)
        about = path.suffix == ".md" or inside.parts[0] in (REPORT_FILE, "index")
        if path.is_file() and not about:
            digest.update(f"{inside.as_posix()} {sha256(path)} ".encode())
    return cache / EXPORTS_FOLDER / f"{digest.hexdigest()[:16]}.json"


def _check_files(folder: Path) -> None:
    """Compare an export's files with their hashes.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file is damaged.
    """
    for name, expected in ExportHashes.load(folder / HASHES_FILE).files.items():
        if sha256(folder / name) != expected:
            raise ValueError(f"expected {folder / name} as it was written, it was changed")
