"""What a training run was asked for.

The comments behind the fields are the options' help.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tyro.conf import Fixed, Suppress

from search.artifacts import RUN_FILE
from search.cli import check_at_least
from search.encoding.loading import DEFAULT_BASE
from search.files import check_out_folder
from search.hub_names import public_name
from train.recipes import SHORTLIST, Recipe


@dataclass(frozen=True)
class TrainConfig:
    """The options of `python -m train` beside the recipe's."""

    dataset: str  # a dataset folder, or USER/NAME on the Hub
    out: Path  # the model folder to make
    base: str = DEFAULT_BASE  # a Hub id or a folder
    recipe: Suppress[Fixed[Recipe]] = SHORTLIST
    patience: int = 1  # stop after so many epochs without a gain
    max_train_listings: int = 0  # train on the first so many; 0 for all
    max_validation_listings: int = 120  # rank so many after each epoch
    seed: int = 42  # of all draws
    cache: Path = Path("build/index")  # folder for vectors already made
    overwrite: bool = False  # replace an earlier model at --out
    resume: bool = False  # go on with a run that was interrupted

    def __post_init__(self) -> None:
        """Refuse what can't train, before anything is loaded."""
        check_at_least(self, max_validation_listings=2, max_train_listings=0, patience=1)
        check_out_folder(self.out, marker=RUN_FILE, overwrite=self.overwrite)

    @property
    def checkpoints(self) -> Path:
        """Where an unfinished run keeps its epochs, beside `out`."""
        out = self.out.absolute()
        return out.with_name(f".{out.name}.checkpoints")

    def as_record(self) -> dict[str, Any]:
        """Return the options as JSON that may be published."""
        names = {name: public_name(getattr(self, name)) for name in ("dataset", "out", "base", "cache")}
        return {**asdict(self), **names}

    def identity(self, *data: str) -> str:
        """Hash what decides the result, to resume the same run."""
        deciding = {**self.as_record(), "base": self.base}
        for name in ("out", "cache", "overwrite", "resume", "dataset"):
            del deciding[name]
        return hashlib.sha256(json.dumps([deciding, *data], sort_keys=True).encode()).hexdigest()[:16]
