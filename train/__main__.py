"""The command `python -m train`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from search.commands import run_command
from train.config import TrainConfig


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of `python -m train`."""
    parser = argparse.ArgumentParser(
        prog="python -m train",
        description="Fine-tune an embedder on a dataset folder.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    default = TrainConfig
    parser.add_argument("--dataset", required=True, help="a dataset folder, or USER/NAME on the Hub")
    parser.add_argument("--out", type=Path, required=True, help="the model folder to make")
    parser.add_argument("--base", default=default.base, help="the model to start from: a Hub id or a folder")
    parser.add_argument("--epochs", type=int, default=default.epochs, help="passes over the listings")
    parser.add_argument(
        "--batch-listings", type=int, default=default.batch_listings, help="listings a step, each with all its queries"
    )
    parser.add_argument("--learning-rate", type=float, default=default.learning_rate, help="at its peak")
    parser.add_argument("--warmup", type=float, default=default.warmup, help="share of the steps until the peak")
    parser.add_argument("--scale", type=float, default=default.scale, help="1 / temperature of the loss")
    parser.add_argument(
        "--dropout", type=float, default=default.dropout, help="in training; 0 trains several times faster on a CPU"
    )
    parser.add_argument(
        "--max-train-listings",
        type=int,
        default=default.max_train_listings,
        help="train on the first so many; 0 for all",
    )
    parser.add_argument(
        "--max-validation-listings",
        type=int,
        default=default.max_validation_listings,
        help="rank so many in validation",
    )
    parser.add_argument("--seed", type=int, default=default.seed, help="of order and dropout")
    parser.add_argument("--cache", type=Path, default=default.cache, help="folder for vectors already made")
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier model at --out")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = vars(build_parser().parse_args(argv))

    def command() -> None:
        config = TrainConfig(**options)
        # Imported here: it takes seconds, and bad options should not wait for it.
        from train.finetune import train  # noqa: PLC0415

        train(config)

    return run_command(command, name="train")


if __name__ == "__main__":
    sys.exit(main())
