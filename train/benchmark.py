"""The command `python -m train.benchmark`: systems against each other."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import arg

from data.dataset import JobDataset, load_job_dataset
from data.judgments.dataset import load_judgments
from data.judgments.records import DEVELOPMENT, TEST, Judgments
from data.judgments.resolving import resolve_judgments
from data.splits import VALIDATION
from search.artifacts import REPORT_FILE, RUN_FILE, RunRecord
from search.benchmark_report import BenchmarkReport
from search.cli import run_command
from search.qdrant.address import ENGINE_HELP, parse_engine
from search.qdrant.opening import EngineDataset, opened_dataset
from search.systems import HYBRID, SYSTEMS_HELP, load_systems, parse_systems
from search.terminal import say
from train.evaluation.forgetting import similarity_check
from train.evaluation.judged import build_judged_report, evaluate_judged
from train.evaluation.measure import evaluate_system
from train.evaluation.rendering import render_table
from train.evaluation.report import build_report
from train.evaluation.robustness import robustness_rows
from train.publishing.model_card import render_model_card

ALL = "all"


@dataclass(frozen=True)
class BenchmarkConfig:
    """The options of `python -m train.benchmark`."""

    dataset: str  # a dataset folder, or USER/NAME on the Hub
    systems: Annotated[tuple[str, ...], arg(metavar="NAME=MODEL", help=SYSTEMS_HELP)]
    split: str = "test"  # of the known items: train, validation or test
    judged_split: Annotated[Literal["", "development", "test", "all"], arg(metavar="{development,test,all}")] = ""
    """of the judged queries; else test beside the known items' test, development beside their others"""
    understand: Annotated[Literal["on", "off"], arg(metavar="{on,off}")] = "on"
    """whether all systems listen to what a query states, as the page does"""
    json: Path | None = None  # write the whole report there
    cache: Path = Path("build/index")  # folder for vectors already made
    engine: Annotated[str, arg(metavar="URL", help=ENGINE_HELP)] = ""
    brief: bool = False  # leave out queries with typing errors and everyday sentences
    card: Annotated[str | None, arg(metavar="NAME")] = None
    """put the report into that system's model folder, and tell it in its card"""

    def __post_init__(self) -> None:
        """Refuse what are no systems, or no folder of a card."""
        if not self.systems:
            raise ValueError("expected a system or more after --systems, got none")
        specs = parse_systems(self.systems)
        if self.engine:
            parse_engine(self.engine)
        if self.card is not None:
            folder = Path(specs[self.card].model) if self.card in specs else None
            if folder is None or not (folder / RUN_FILE).is_file():
                raise ValueError(
                    "expected --card to name a system that is a model folder made by `python -m train`, "
                    f"got {self.card!r}"
                )


def benchmark(config: BenchmarkConfig) -> BenchmarkReport:
    """Measure the systems, print the table, and save the report."""
    with opened_dataset(config.engine, config.dataset) as engine:
        report = measure(config, engine)
    say(render_table(report))
    if config.json:
        report.save(config.json)
    if config.card:
        update_card(Path(parse_systems(config.systems)[config.card].model), report, config.card)
    return report


def measure(config: BenchmarkConfig, engine: EngineDataset | None) -> BenchmarkReport:
    """Measure the systems; the models' vectors are in this process, or in an engine."""
    dataset = load_job_dataset(config.dataset)
    triplets = dataset.split(config.split)
    # Before anything is encoded: what would end the run after it.
    split, judgments = pick_judgments(config, dataset)
    specs = parse_systems(config.systems)
    # The hybrid's weight is chosen there; a dataset without that split may have no hybrid.
    validation = dataset.queries(VALIDATION) if HYBRID in specs else ()
    systems = load_systems(
        specs,
        dataset.listings,
        validation=validation,
        cache=config.cache,
        understand=config.understand == "on",
        engine=engine,
    )
    results = {name: evaluate_system(system.searcher, triplets, dataset) for name, system in systems.items()}
    report = build_report(config.dataset, config.split, dataset, systems, results)
    if judgments:
        judged = {name: evaluate_judged(one.searcher, judgments, dataset.listings) for name, one in systems.items()}
        judged_report = build_judged_report(split, judgments, dataset.listings, judged)
        report = report.model_copy(update={"judged": judged_report})
    if not config.brief:
        similarity = {name: similarity_check(system.encoder) for name, system in systems.items() if system.encoder}
        robustness = robustness_rows(systems, triplets, results)
        report = report.model_copy(update={"robustness": robustness, "similarity": similarity})
    return report


def pick_judgments(config: BenchmarkConfig, dataset: JobDataset) -> tuple[str, Judgments | None]:
    """Return the split of judged queries that is measured, and its judgments; None where there are none.

    Raises:
        ValueError: a split was asked for, and it has no queries; or a judgment does not fit the corpus.
    """
    split = config.judged_split or (TEST if config.split == TEST else DEVELOPMENT)
    judgments = load_judgments(config.dataset)
    if judgments:
        judgments = resolve_judgments(judgments, {one.listing_id: one.listing_id for one in dataset.listings})
        judgments = judgments if split == ALL else judgments.of_split(split)
    if judgments and judgments.queries:
        return split, judgments
    if config.judged_split:
        raise ValueError(
            f"expected judged queries in {config.dataset} for --judged-split {split}, it has none; "
            "build it with --judgments DIR, or name another split"
        )
    return split, None


def update_card(folder: Path, report: BenchmarkReport, name: str) -> None:
    """Save report and card in the measured model's folder.

    Raises:
        ValueError: run.json is none, or of another model.
    """
    run = RunRecord.load(folder / RUN_FILE)
    if run.tuned_hash != report.systems[name].fingerprint:
        raise ValueError(f"expected in {folder} the model that its {RUN_FILE} tells of, it is another; train it anew")
    report.save(folder / REPORT_FILE)
    (folder / "README.md").write_text(render_model_card(run, report, system=name), encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    return run_command(benchmark, argv, prog="python -m train.benchmark")


if __name__ == "__main__":
    sys.exit(main())
