"""The folder of an unfinished run, to resume from."""

import logging
import shutil
from pathlib import Path
from typing import Any

from pydantic_core import from_json
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from search.encoding.integrity import check_files, hash_files
from search.files import save_json

logger = logging.getLogger(__name__)

IDENTITY_FILE = "shortlist-run.json"
# In each checkpoint: the SHA-256 of its files, written when all are there.
WHOLE_FILE = "shortlist-whole.json"
STATE_FILE = "trainer_state.json"


class MarkWhole(TrainerCallback):
    """Writes down what a checkpoint holds once it is complete, as a kill can leave half of one."""

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Mark the checkpoint that was just written."""
        if state.is_world_process_zero:
            mark_whole(Path(str(args.output_dir)) / f"{PREFIX_CHECKPOINT_DIR}-{state.global_step}")


def mark_whole(checkpoint: Path) -> None:
    """Write down a checkpoint's files."""
    save_json(hash_files(checkpoint), checkpoint / WHOLE_FILE)


def prepare_checkpoints(folder: Path, *, identity: str, resume: bool) -> str | None:
    """Empty the folder, or find what a run left there.

    Returns:
        The last whole checkpoint to go on from; None to start from the base.

    Raises:
        ValueError: the run to resume has another identity (`TrainConfig.identity`), or none.
    """
    if not resume:
        shutil.rmtree(folder, ignore_errors=True)
    if (folder / IDENTITY_FILE).is_file() and _read_identity(folder / IDENTITY_FILE) != identity:
        raise ValueError(
            f"expected the interrupted run in {folder} to have the same options, data and base, it has others; "
            "repeat them, or leave out --resume to start anew"
        )
    folder.mkdir(parents=True, exist_ok=True)
    save_json({"identity": identity}, folder / IDENTITY_FILE)
    last = find_whole(folder)
    if resume:
        logger.info("resume    %s", last or "nothing was finished before, starting from the base")
    return str(last) if last else None


def find_whole(folder: Path) -> Path | None:
    """Return the last checkpoint that is whole, and remove those after it, told; None for none."""
    for checkpoint in sorted(folder.glob(f"{PREFIX_CHECKPOINT_DIR}-*"), key=_step, reverse=True):
        try:
            check_whole(checkpoint)
        except (ValueError, OSError) as error:
            logger.warning("warning   %s is no whole checkpoint (%s); the one before it is tried", checkpoint, error)
            shutil.rmtree(checkpoint, ignore_errors=True)
        else:
            return checkpoint
    return None


def check_whole(checkpoint: Path) -> None:
    """Refuse a checkpoint that lacks files, or whose best epoch's checkpoint does.

    Raises:
        ValueError: it is damaged.
        OSError: a file is missing.
    """
    _check_marked(checkpoint)
    state = _read(checkpoint / STATE_FILE)
    best = state.get("best_model_checkpoint") if isinstance(state, dict) else None
    # Its run may have been moved since, so that only the name holds.
    if best and Path(best).name != checkpoint.name:
        _check_marked(checkpoint.with_name(Path(best).name))


def _check_marked(checkpoint: Path) -> None:
    hashes = _read(checkpoint / WHOLE_FILE)
    if not isinstance(hashes, dict) or STATE_FILE not in hashes:
        raise ValueError(f"expected the hashes of its files in {checkpoint / WHOLE_FILE}")
    for weights in (False, True):
        check_files(checkpoint, hashes, weights=weights)


def _read_identity(path: Path) -> str:
    try:
        found = _read(path)
    except ValueError:
        return ""
    return str(found.get("identity", "")) if isinstance(found, dict) else ""


def _read(path: Path) -> Any:
    return from_json(path.read_bytes())


def _step(checkpoint: Path) -> int:
    number = checkpoint.name.rpartition("-")[2]
    return int(number) if number.isdecimal() else -1
