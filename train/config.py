"""What a training run was asked for."""

from dataclasses import dataclass
from pathlib import Path

from search.encoder import DEFAULT_BASE
from search.files import check_out_folder

RUN_FILE = "run.json"


@dataclass(frozen=True)
class TrainConfig:
    """The options of `python -m train`; the defaults are the recipe of train/LOG.md."""

    dataset: str
    out: Path
    base: str = DEFAULT_BASE
    epochs: int = 2
    batch_listings: int = 32
    learning_rate: float = 2e-4
    warmup: float = 0.1
    scale: float = 20.0
    dropout: float = 0.0
    max_train_listings: int = 0
    max_validation_listings: int = 1000
    seed: int = 42
    cache: Path = Path("build/index")
    overwrite: bool = False

    def __post_init__(self) -> None:
        """Refuse what can't train, before anything is loaded.

        Raises:
            ValueError: a number is out of its range, or `out` must not be written to.
        """
        at_least = {"epochs": 1, "batch_listings": 2, "max_validation_listings": 2, "max_train_listings": 0}
        for name, least in at_least.items():
            if getattr(self, name) < least:
                raise ValueError(f"expected --{name.replace('_', '-')} of at least {least}, got {getattr(self, name)}")
        for name in ("learning_rate", "scale"):
            if not getattr(self, name) > 0:
                raise ValueError(f"expected --{name.replace('_', '-')} above 0, got {getattr(self, name)}")
        for name in ("warmup", "dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"expected --{name} as a share from 0 to below 1, got {getattr(self, name)}")
        check_out_folder(self.out, marker=RUN_FILE, overwrite=self.overwrite)
