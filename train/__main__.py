"""The command `python -m train`."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from search.cli import run_command
from train.config import TrainConfig
from train.recipes import RECIPES, SHORTLIST, Recipe


def find_recipe(argv: Sequence[str]) -> Recipe:
    """Find the recipe whose values are the options' defaults."""
    words = [word for option in argv for word in option.split("=", 1)]
    return RECIPES.get(dict(pairwise(words)).get("--recipe", ""), SHORTLIST)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    argv = sys.argv[1:] if argv is None else argv
    chosen = find_recipe(argv)

    def command(config: TrainConfig, recipe: Recipe = chosen) -> None:
        """Fine-tune an embedder on a dataset folder."""
        # Imported here: it takes seconds, and --help or a typing error should not wait for it.
        from train.finetune import train  # noqa: PLC0415

        train(replace(config, recipe=recipe))

    return run_command(command, argv, prog="python -m train")


if __name__ == "__main__":
    sys.exit(main())
