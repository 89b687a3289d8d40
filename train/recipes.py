"""Recipes: named sets of training options. The tutorial's, to be beaten, and ours."""

from dataclasses import dataclass

from search.encoding.passages import FIRST, TOKENS, WINDOW_TOKENS, Reading


@dataclass(frozen=True)
class Recipe:
    """How to train. `batch` is the whole step's, over all processes.

    `rows` says what a row of a batch is: a `triplet` (a query, its listing, a negative), or a
    `listing` with all its queries. `reading` is how search, validation too, reads a listing with the model.
    """

    name: str
    rows: str
    epochs: int
    batch: int
    learning_rate: float
    warmup: float
    scale: float
    dropout: float
    reading: Reading
    window: int = WINDOW_TOKENS
    passages: int = 1
    alike: int = 1
    noise: float = 0.0
    roles: float = 0.0
    tokens: float = 0.0
    symmetric: bool = False
    frozen_layers: int = 0
    average: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what can't train.

        Raises:
            ValueError: a number is out of its range.
        """
        at_least = {"epochs": 1, "batch": 2, "window": 16, "passages": 1, "alike": 1, "frozen_layers": 0}
        for name, least in at_least.items():
            if getattr(self, name) < least:
                raise ValueError(f"expected {_flag(name)} of at least {least}, got {getattr(self, name)}")
        for name in ("learning_rate", "scale"):
            if not getattr(self, name) > 0:
                raise ValueError(f"expected {_flag(name)} above 0, got {getattr(self, name)}")
        for name, most in {
            "warmup": 1,
            "dropout": 1,
            "noise": 1.000001,
            "roles": 1.000001,
            "tokens": 1.000001,
            "average": 1.000001,
        }.items():
            if not 0 <= getattr(self, name) < most:
                raise ValueError(f"expected {_flag(name)} as a share from 0 to 1, got {getattr(self, name)}")


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


TUTORIAL = Recipe(
    name="tutorial",
    rows="triplet",
    epochs=1,
    batch=16,
    learning_rate=2e-5,
    warmup=0.1,
    scale=20.0,
    dropout=0.1,
    reading=FIRST,
)
SHORTLIST = Recipe(
    name="shortlist",
    rows="listing",
    epochs=3,
    batch=32,
    learning_rate=1e-4,
    warmup=0.1,
    scale=20.0,
    dropout=0.0,
    reading=TOKENS,
    window=128,
    passages=1,
    noise=0.3,
    roles=0.4,
    tokens=0.2,
)
RECIPES = {recipe.name: recipe for recipe in (SHORTLIST, TUTORIAL)}
