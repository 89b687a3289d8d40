"""The folder of an unfinished run, to resume from."""

import json
import logging
import shutil
from pathlib import Path

from transformers.trainer_utils import get_last_checkpoint

from search.files import save_json

logger = logging.getLogger(__name__)

IDENTITY_FILE = "shortlist-run.json"


def prepare_checkpoints(folder: Path, *, identity: str, resume: bool) -> str | None:
    """Empty the folder, or find what a run left there.

    Returns:
        The last checkpoint to go on from; None to start from the base.

    Raises:
        ValueError: the run to resume has another identity (`TrainConfig.identity`).
    """
    if not resume:
        shutil.rmtree(folder, ignore_errors=True)
    if (folder / IDENTITY_FILE).is_file():
        found = json.loads((folder / IDENTITY_FILE).read_text(encoding="utf-8")).get("identity")
        if found != identity:
            raise ValueError(
                f"expected the interrupted run in {folder} to have the same options, data and base, it has others; "
                "repeat them, or leave out --resume to start anew"
            )
    folder.mkdir(parents=True, exist_ok=True)
    save_json({"identity": identity}, folder / IDENTITY_FILE)
    last: str | None = get_last_checkpoint(str(folder))  # type: ignore[no-untyped-call]
    if resume:
        logger.info("resume    %s", last or "nothing was finished before, starting from the base")
    return last
