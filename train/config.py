"""What a training run was asked for."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from search.encoding.loading import DEFAULT_BASE
from search.encoding.model_files import RUN_FILE
from search.files import check_out_folder
from search.hub_names import public_name
from train.recipes import SHORTLIST, Recipe


@dataclass(frozen=True)
class TrainConfig:
    """The options of `python -m train`; the recipe's are in train/recipes.py."""

    dataset: str
    out: Path
    base: str = DEFAULT_BASE
    recipe: Recipe = SHORTLIST
    patience: int = 1
    max_train_listings: int = 0
    max_validation_listings: int = 250
    seed: int = 42
    cache: Path = Path("build/index")
    overwrite: bool = False
    resume: bool = False

    def __post_init__(self) -> None:
        """Refuse what can't train, before anything is loaded.

        Raises:
            ValueError: a number is out of its range, or `out` must not be written to.
        """
        at_least = {"max_validation_listings": 2, "max_train_listings": 0, "patience": 1}
        for name, least in at_least.items():
            if getattr(self, name) < least:
                raise ValueError(f"expected --{name.replace('_', '-')} of at least {least}, got {getattr(self, name)}")
        check_out_folder(self.out, marker=RUN_FILE, overwrite=self.overwrite)

    @property
    def checkpoints(self) -> Path:
        """Where a run that is not finished keeps its epochs, beside `out`; a finished one leaves nothing there."""
        out = self.out.absolute()
        return out.with_name(f".{out.name}.checkpoints")

    def as_record(self) -> dict[str, Any]:
        """Return the options as JSON can hold them, and as they may be published."""
        places = {name: public_name(getattr(self, name)) for name in ("dataset", "out", "base", "cache")}
        return {**asdict(self), **places}

    def identity(self, *data: str) -> str:
        """Hash what decides the result, with the hashes of the data: a run resumes only one of the same identity."""
        deciding = {**self.as_record(), "base": self.base}
        for name in ("out", "cache", "overwrite", "resume", "dataset"):
            del deciding[name]
        return hashlib.sha256(json.dumps([deciding, *data], sort_keys=True).encode()).hexdigest()[:16]
