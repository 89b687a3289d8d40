"""Files beside a model's weights, in its folder or on the Hub."""

import logging
from pathlib import Path

from huggingface_hub import HfApi
from huggingface_hub.errors import RemoteEntryNotFoundError

from search.artifacts import RUN_FILE, RunRecord
from search.encoding.loading import local_folder
from search.hub_errors import NETWORK_ERRORS, first_line
from search.hub_names import RepoRef
from search.scoring import MAX_PASSAGE, Scoring

logger = logging.getLogger(__name__)


def find_model_file(model: str, name: str) -> Path | None:
    """Find a file beside a model, on disk or the Hub, or None."""
    folder, ref = local_folder(model), RepoRef.parse(model)
    if folder is not None:
        return folder / name if (folder / name).is_file() else None
    if not ref.repo_id:
        return None
    try:
        return Path(HfApi().hf_hub_download(ref.repo_id, name, revision=ref.revision))
    except RemoteEntryNotFoundError:
        return None
    except NETWORK_ERRORS as error:
        logger.warning(
            "warning   could not fetch %s of %s: %s; going on without it", name, ref.repo_id, first_line(error)
        )
        return None


def find_model_folder(model: str, name: str) -> Path | None:
    """Find a folder beside a model, on disk or the Hub, or None; `name` ends with no slash."""
    folder, ref = local_folder(model), RepoRef.parse(model)
    if folder is None and ref.repo_id:
        try:
            patterns = [f"{name}/*", f"{name}/*/*"]
            folder = Path(HfApi().snapshot_download(ref.repo_id, revision=ref.revision, allow_patterns=patterns))
        except NETWORK_ERRORS as error:
            logger.warning(
                "warning   could not fetch %s of %s: %s; going on without it", name, ref.repo_id, first_line(error)
            )
    return folder / name if folder is not None and (folder / name).is_dir() else None


def recorded_scoring(model: str) -> Scoring:
    """Read a model's scoring from its run.json; `max_passage` without one."""
    path = find_model_file(model, RUN_FILE)
    if path is None:
        return MAX_PASSAGE
    try:
        return RunRecord.load(path).config.recipe.scoring
    except (OSError, ValueError) as error:
        logger.warning("warning   %s; scored by passages (max_passage)", error)
        return MAX_PASSAGE
