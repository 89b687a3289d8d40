"""Files that lie beside a model's weights, in its folder or on the Hub, and what one of them says of the model."""

import json
import logging
from pathlib import Path

from huggingface_hub import HfApi
from huggingface_hub.errors import RemoteEntryNotFoundError

from search.encoding.loading import local_folder
from search.encoding.passages import READINGS, WINDOWS, Reading
from search.hub_errors import NETWORK_ERRORS, first_line
from search.hub_names import is_hub_id, split_revision

logger = logging.getLogger(__name__)

RUN_FILE = "run.json"


def find_shipped(model: str, name: str) -> Path | None:
    """Find a file of a model, and fetch it from the Hub where the model is there; None where it has no such file."""
    folder = local_folder(model)
    if folder is not None:
        return folder / name if (folder / name).is_file() else None
    if not is_hub_id(model):
        return None
    repo_id, revision = split_revision(model)
    try:
        return Path(HfApi().hf_hub_download(repo_id, name, revision=revision))
    except RemoteEntryNotFoundError:
        return None
    except NETWORK_ERRORS as error:
        logger.warning("warning   could not fetch %s of %s: %s; going on without it", name, repo_id, first_line(error))
        return None


def recorded_reading(model: str) -> Reading:
    """Return how a model of `python -m train` wants listings to be read, from its run.json; windows for any other model."""
    path = find_shipped(model, RUN_FILE)
    try:
        reading = json.loads(path.read_text(encoding="utf-8"))["config"]["recipe"]["reading"] if path else WINDOWS
    except (OSError, ValueError, KeyError, TypeError):
        reading = None
    if reading not in READINGS:
        logger.warning("warning   %s of %s does not tell how listings are read; they are read in windows", path, model)
        return WINDOWS
    found: Reading = reading
    return found
