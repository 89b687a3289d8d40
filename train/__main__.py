"""The command `python -m train`."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from search.cli import run_command
from search.encoding.passages import READINGS
from train.config import TrainConfig
from train.recipes import RECIPES, SHORTLIST, Recipe

RECIPE_HELP = {
    "epochs": "passes over the rows",
    "batch": "rows a step, over all processes: listings for shortlist, triplets for tutorial",
    "learning_rate": "at its peak",
    "warmup": "share of the steps until the peak",
    "scale": "1 / temperature of the loss",
    "dropout": "in training; 0 trains several times faster on a CPU",
    "window": "tokens of a listing's passage in training, its title included; search has windows of its own size",
    "passages": "passages of a listing a step, drawn anew each epoch; its score is their maximum",
    "alike": "listings that look alike stand together in a step, so many at a time; 1 draws at random",
    "noise": "share of the queries that get a slip, short forms or fewer words, drawn anew each epoch",
    "roles": "share of the queries that get their listing's family added, where they name none",
    "tokens": "share of the loss that compares tokens, as search does with --reading tokens; 0 compares wholes only",
    "average": "share of an epoch's steps, its last, whose mean weights end the epoch; 0 for the last step's",
    "frozen_layers": "keep the token embeddings and so many layers as they are",
}


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of `python -m train`."""
    parser = argparse.ArgumentParser(prog="python -m train", description="Fine-tune an embedder on a dataset folder.")
    default = TrainConfig
    parser.add_argument("--dataset", required=True, help="a dataset folder, or USER/NAME on the Hub")
    parser.add_argument("--out", type=Path, required=True, help="the model folder to make")
    parser.add_argument("--base", default=default.base, help="a Hub id or a folder [%(default)s]")
    parser.add_argument("--recipe", choices=list(RECIPES), default=SHORTLIST.name, help="[%(default)s]")
    parser.add_argument(
        "--patience", type=int, default=default.patience, help="stop after so many epochs without a gain [%(default)s]"
    )
    parser.add_argument(
        "--max-train-listings", type=int, default=0, help="train on the first so many; 0 for all [%(default)s]"
    )
    parser.add_argument(
        "--max-validation-listings",
        type=int,
        default=default.max_validation_listings,
        help="rank so many after each epoch [%(default)s]",
    )
    parser.add_argument("--seed", type=int, default=default.seed, help="of all draws [%(default)s]")
    parser.add_argument("--cache", type=Path, default=default.cache, help="folder for vectors already made")
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier model at --out")
    parser.add_argument("--resume", action="store_true", help="go on with a run that was interrupted")
    recipe = parser.add_argument_group("in place of the recipe's own")
    for name, text in RECIPE_HELP.items():
        kind = type(getattr(SHORTLIST, name))
        recipe.add_argument(f"--{name.replace('_', '-')}", type=kind, help=f"{text} [{_defaults(name)}]")
    recipe.add_argument("--reading", choices=READINGS, help=f"what is read of a listing [{_defaults('reading')}]")
    recipe.add_argument(
        "--symmetric",
        action=argparse.BooleanOptionalAction,
        help=f"also rank the queries for each listing [{_defaults('symmetric')}]",
    )
    return parser


def _defaults(name: str) -> str:
    return ", ".join(f"{recipe.name} {getattr(recipe, name)}" for recipe in RECIPES.values())


def read_recipe(options: dict[str, Any]) -> Recipe:
    """Take the recipe out of the options, with what was given in place of its own.

    Raises:
        ValueError: an option has no effect in the recipe.
    """
    recipe = RECIPES[options.pop("recipe")]
    names = {field.name for field in fields(Recipe)} & options.keys()
    given = {name: value for name in names if (value := options.pop(name)) is not None}
    without_effect = given.keys() & {"window", "passages", "alike", "noise", "roles", "tokens", "symmetric"}
    if recipe.rows == "triplet" and without_effect:
        flag = min(without_effect)
        raise ValueError(f"expected options of the recipe {recipe.name}, --{flag} is none of them; leave it out")
    return replace(recipe, **given)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = vars(build_parser().parse_args(argv))

    def command() -> None:
        config = TrainConfig(recipe=read_recipe(options), **options)
        # Imported here: it takes seconds, and bad options should not wait for it.
        from train.finetune import train  # noqa: PLC0415

        train(config)

    return run_command(command, name="train")


if __name__ == "__main__":
    sys.exit(main())
