"""The command `python -m data`: listings -> training triplets."""

import sys
from collections.abc import Sequence

from data.build_config import BuildConfig, FoldConfig
from search.cli import run_command


def build(config: BuildConfig) -> None:
    """Make a dataset folder."""
    # Imported here, as below: it takes seconds, and --help or a typing error should not wait for it.
    from data.build import build_dataset  # noqa: PLC0415

    build_dataset(config)


def fold(config: FoldConfig) -> None:
    """Hold out a part of the train listings.

    It moves into validation, to compare recipes on more queries; the test split stays as it is.
    """
    from data.fold import fold_dataset  # noqa: PLC0415

    fold_dataset(config)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    return run_command({"build": build, "fold": fold}, argv, prog="python -m data")


if __name__ == "__main__":
    sys.exit(main())
