"""The command `python -m data`: listings -> training triplets."""

import sys
from collections.abc import Callable, Sequence

from data.build_config import BuildConfig, FoldConfig, InspectConfig, LoadConfig, QrelsConfig
from data.judging.config import JudgeConfig
from search.cli import run_command


def build(config: BuildConfig) -> None:
    """Make a dataset folder."""
    # Imported here, as below: it takes seconds, and --help or a typing error should not wait for it.
    from data.build import build_dataset  # noqa: PLC0415

    build_dataset(config)


def inspect(config: InspectConfig) -> None:
    """Show what a source would give, before anything is built."""
    from data.inspection import inspect_source  # noqa: PLC0415

    inspect_source(config)


def fold(config: FoldConfig) -> None:
    """Hold out a part of the train listings.

    It moves into validation, to compare recipes on more queries; the test split stays as it is.
    """
    from data.fold import fold_dataset  # noqa: PLC0415

    fold_dataset(config)


def qrels(config: QrelsConfig) -> None:
    """Write a dataset's judgments as TREC qrels."""
    from data.judgments.export import export_qrels  # noqa: PLC0415

    export_qrels(config)


def judge(config: JudgeConfig) -> None:
    """Grade the best results of systems for queries, by a language model or by people."""
    from data.judging.judge import judge_results  # noqa: PLC0415

    judge_results(config)


def load(config: LoadConfig) -> None:
    """Put a dataset's vectors into an engine; run again, it adds, replaces and deletes what changed."""
    from data.load import load_dataset_into_engine  # noqa: PLC0415

    load_dataset_into_engine(config)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    commands: dict[str, Callable[..., object]] = {
        "inspect": inspect,
        "build": build,
        "fold": fold,
        "qrels": qrels,
        "judge": judge,
        "load": load,
    }
    return run_command(commands, argv, prog="python -m data")


if __name__ == "__main__":
    sys.exit(main())
