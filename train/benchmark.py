"""The command `python -m train.benchmark`: rank the whole corpus with each system, and compare."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.dataset import load_job_dataset
from search.cli import run_command
from search.encoding.model_files import RUN_FILE
from search.encoding.passages import READINGS
from search.files import save_json
from train.evaluation.forgetting import similarity_check
from train.evaluation.report import build_report, render_table
from train.evaluation.robustness import robustness_rows
from train.evaluation.systems import HYBRID, LEXICAL, evaluate_system, load_systems, parse_systems
from train.publishing.model_card import render_model_card

REPORT_FILE = "benchmark.json"


@dataclass(frozen=True)
class BenchmarkConfig:
    """The options of `python -m train.benchmark`."""

    dataset: str
    systems: tuple[str, ...]
    split: str = "test"
    json: Path | None = None
    cache: Path = Path("build/index")
    brief: bool = False
    card: str | None = None

    def __post_init__(self) -> None:
        """Check the systems.

        Raises:
            ValueError: as `parse_systems`, or the card is of no model that `python -m train` made.
        """
        specs = parse_systems(self.systems)
        if self.card is not None:
            folder = Path(specs[self.card].model) if self.card in specs else None
            if folder is None or not (folder / RUN_FILE).is_file():
                raise ValueError(
                    f"expected --card to name a system that is a model folder made by `python -m train`, got {self.card!r}"
                )


def benchmark(config: BenchmarkConfig) -> dict[str, Any]:
    """Measure the systems, print the table, and write the JSON where one is asked for."""
    dataset = load_job_dataset(config.dataset)
    triplets = dataset.split(config.split)
    systems = load_systems(parse_systems(config.systems), dataset, config.cache)
    results = {name: evaluate_system(system.searcher, triplets, dataset) for name, system in systems.items()}
    report = build_report(config.dataset, config.split, dataset, systems, results)
    if not config.brief:
        report["robustness"] = robustness_rows(systems, dataset, config.split)
        report["similarity"] = {
            name: similarity_check(system.encoder) for name, system in systems.items() if system.encoder
        }
    print(render_table(report))
    if config.json:
        save_json(report, config.json)
    if config.card:
        update_card(Path(parse_systems(config.systems)[config.card].model), report, config.card)
    return report


def update_card(folder: Path, report: dict[str, Any], name: str) -> None:
    """Put the report and a card that tells it into a model folder.

    Raises:
        ValueError: the folder's run made another model than the one measured.
    """
    run = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
    if run["tuned_hash"] != report["systems"][name]["fingerprint"]:
        raise ValueError(f"expected in {folder} the model that its {RUN_FILE} tells of, it is another; train it anew")
    save_json(report, folder / REPORT_FILE)
    (folder / "README.md").write_text(render_model_card(run, report, system=name), encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m train.benchmark", description="Rank the whole corpus with each system, and compare."
    )
    parser.add_argument("--dataset", required=True, help="a dataset folder, or USER/NAME on the Hub")
    parser.add_argument("--split", default=BenchmarkConfig.split, help="train, validation or test")
    parser.add_argument(
        "--systems",
        nargs="+",
        required=True,
        help=f"NAME=MODEL, NAME=READING:MODEL (a READING is one of {', '.join(READINGS)}; else the model's own, or windows), {LEXICAL}, {HYBRID} "
        f"(the last model named before it, with {LEXICAL}; weighed on validation)",
    )
    parser.add_argument("--json", type=Path, help="write the whole report there")
    parser.add_argument("--cache", type=Path, default=BenchmarkConfig.cache, help="folder for vectors already made")
    parser.add_argument(
        "--card", metavar="NAME", help="put the report into that system's model folder, and tell it in its card"
    )
    parser.add_argument("--brief", action="store_true", help="leave out worse typed queries and everyday sentences")
    options = vars(parser.parse_args(argv))
    options["systems"] = tuple(options["systems"])
    return run_command(lambda: benchmark(BenchmarkConfig(**options)), name="benchmark")


if __name__ == "__main__":
    sys.exit(main())
