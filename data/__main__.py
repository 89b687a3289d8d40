"""The command `python -m data`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from data.build import BuildConfig, build_dataset
from search.commands import run_command
from search.encoder import DEFAULT_BASE


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of `python -m data`."""
    parser = argparse.ArgumentParser(prog="python -m data", description="Listings -> training triplets.")
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="make a dataset folder", description="Make a dataset folder.")
    build.add_argument("--source", required=True, help="`sample`, or a .jsonl file of listings")
    build.add_argument("--queries", choices=["given"], default="given", help="where queries come from")
    build.add_argument("--queries-file", type=Path, help="queries by listing_id, .jsonl; else the listings' own")
    build.add_argument("--negatives", choices=["least-similar"], default="least-similar")
    build.add_argument("--titles", default=BuildConfig.titles, help="families to keep, by comma, or `all`")
    build.add_argument("--encoder", default=DEFAULT_BASE, help="model that finds the negatives")
    build.add_argument("--cache", type=Path, default=BuildConfig.cache, help="folder for vectors already made")
    build.add_argument("--seed", type=int, default=BuildConfig.seed, help="of the split and the order")
    build.add_argument("--out", type=Path, required=True, help="the dataset folder to make")
    build.add_argument("--overwrite", action="store_true", help="replace an earlier result at --out")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = vars(build_parser().parse_args(argv))
    del options["command"]
    return run_command(lambda: build_dataset(BuildConfig(**options)), name="data build")


if __name__ == "__main__":
    sys.exit(main())
