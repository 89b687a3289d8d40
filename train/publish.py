"""The command `python -m train.publish`: everything to the Hub."""

import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, get_args

from huggingface_hub import HfApi
from tyro.conf import arg

from data.dataset import load_job_dataset
from data.hub_repository import (
    HUB_ERRORS,
    Changes,
    Kind,
    RepoPlan,
    check_access,
    check_private,
    find_changes,
    push_changes,
    refused,
)
from data.manifest import BuildRecord
from data.push import plan_dataset
from search.artifacts import BUILD_FILE, REPORT_FILE, RUN_FILE, RunRecord
from search.benchmark_report import BenchmarkReport
from search.candidates import is_stored
from search.cli import run_command
from search.encoding.model_folder import check_links
from search.index.listing_store import ListingStore
from search.index.storage import index_path
from search.index.vectors import index_kinds
from train.publishing.space import MARKER, Pinned, plan_space

logger = logging.getLogger(__name__)

PARTS: tuple[Kind, ...] = get_args(Kind)
INDEX_FOLDER = "index/"


@dataclass(frozen=True)
class PublishConfig:
    """The options of `python -m train.publish`."""

    dataset: Path  # a dataset folder
    model: Path  # a model folder of `python -m train`
    space: str  # USER/NAME of the Space
    dataset_repo: str = ""  # USER/NAME of the dataset; else the Space's, with -dataset
    model_repo: str = ""  # USER/NAME of the model; else the Space's, with -model
    benchmark: Path = Path("build/benchmark.json")  # the report on it
    index: Path = Path("build/index")  # folder of vectors
    hardware: str = "cpu-basic"  # what the Space suggests
    only: Annotated[Literal["", "dataset", "model", "space"], arg(metavar="{dataset,model,space}")] = ""
    """send this one only"""
    private: bool = False  # make new repositories private
    force: bool = False  # replace what this tool did not make
    dry_run: bool = False  # say what would be sent, and send nothing

    def __post_init__(self) -> None:
        """Refuse folders that hold no result of ours."""
        makers = ((self.dataset, BUILD_FILE, "data build"), (self.model, RUN_FILE, "train"))
        for folder, marker, maker in makers:
            if not (folder / marker).is_file():
                raise FileNotFoundError(
                    f"expected a folder with {marker}, {folder} has none; make one with `python -m {maker}`"
                )

    @property
    def repos(self) -> dict[str, str]:
        """Part -> the name of its repository."""
        return {
            "dataset": self.dataset_repo or f"{self.space}-dataset",
            "model": self.model_repo or f"{self.space}-model",
            "space": self.space,
        }

    @cached_property
    def run(self) -> RunRecord:
        """What the training left in run.json."""
        return RunRecord.load(self.model / RUN_FILE)


def publish(config: PublishConfig) -> None:
    """Send what changed of the three, one commit each.

    Raises:
        ValueError: a name, a repository or a file can't be used.
        OSError: the Hub refused or failed; running again finishes the job.
    """
    check_access(*config.repos.values())
    check_repos(config)
    # The Space names the others' commits and the base's.
    with_space = config.only in ("", "space")
    pinned = {"base": find_base(config.run)} if with_space else {}
    for part in PARTS if with_space else (config.only,):
        plan = make_plan(part, config, pinned)
        changes = find_changes(plan, force=config.force)
        sends = config.only in ("", part)
        if sends and not config.dry_run:
            head = push_changes(plan, changes, private=config.private)
        elif changes.head or config.dry_run:
            head = changes.head or "(new)"
        else:
            raise ValueError(
                f"expected {plan.repo_id} on the Hub, as --only {config.only} needs it; publish all three first"
            )
        pinned[part] = Pinned(plan.repo_id, head, sorted(plan.files) if sends else changes.held)
        for line in describe(plan, changes, sends=sends, done=not config.dry_run):
            logger.info(line)
    if with_space:
        set_variables(config, pinned)


def check_repos(config: PublishConfig) -> None:
    """Make sure of all repositories before the first is changed.

    Raises:
        ValueError: one holds what this tool did not make, or is public and should be private.
    """
    markers: dict[Kind, str] = {"dataset": BUILD_FILE, "model": RUN_FILE, "space": MARKER}
    for kind, marker in markers.items():
        if config.only in ("", kind):
            plan = RepoPlan(kind, config.repos[kind], {}, marker=marker, message="")
            check_private(plan, find_changes(plan, force=config.force), private=config.private)
    if config.private:
        logger.warning("private   give the Space a secret HF_TOKEN that may read the other two, or it can't start")


def find_base(run: RunRecord) -> Pinned:
    """Resolve the base to a commit that a Space can load."""
    name = run.base.model
    try:
        info = HfApi().model_info(name, revision=run.base.revision)
    except (*HUB_ERRORS, ValueError) as error:
        raise refused("has no base model that the Space could load as", name, error) from error
    return Pinned(name, str(info.sha), sorted(one.rfilename for one in info.siblings or ()))


def make_plan(part: str, config: PublishConfig, pinned: Mapping[str, Pinned]) -> RepoPlan:
    """Plan one part; the Space's names the commits in `pinned`."""
    run, repo_id = config.run, config.repos[part]
    message = f"{part.capitalize()} of the run {run.tuned_hash}"
    if part == "dataset":
        return plan_dataset(config.dataset, repo_id, message=message)
    if part == "model":
        check_links(config.model)
        own = {path.relative_to(config.model).as_posix(): path for path in config.model.rglob("*") if path.is_file()}
        files = own | dict(extra_files(config, run))
        return RepoPlan(
            "model", repo_id, files, marker=RUN_FILE, message=message, preserved=(INDEX_FOLDER,), tied=(REPORT_FILE,)
        )
    models = [pinned["base"], pinned["model"]]
    # The Space is built without a token.
    preloaded = models[:1] if config.private else models
    return plan_space(repo_id, models, preloaded, config.repos["dataset"], hardware=config.hardware, message=message)


def extra_files(config: PublishConfig, run: RunRecord) -> Iterator[tuple[str, Path]]:
    """Yield the model's report and both models' vectors.

    With these, a Space need not encode the corpus at every start.
    """
    try:
        systems = BenchmarkReport.load(config.benchmark).systems if config.benchmark.is_file() else {}
    except ValueError as error:
        systems = {}
        logger.warning("report    %s; the model goes without it", error)
    if run.tuned_hash in {row.fingerprint for row in systems.values()}:
        yield REPORT_FILE, config.benchmark
    yield from vector_files(config, run)


def vector_files(config: PublishConfig, run: RunRecord) -> Iterator[tuple[str, Path]]:
    """Yield both models' vectors of the dataset's listings, as far as they were made."""
    scoring, build = run.config.recipe.scoring, BuildRecord.load(config.dataset / BUILD_FILE)
    for model_hash in (run.base_hash, run.tuned_hash):
        if is_stored(scoring, build.listings.retained):
            yield from store_files(config, model_hash, build.corpus_hash)
            continue
        for kind in index_kinds(scoring):
            path = index_path(config.index, model_hash=model_hash, corpus=build.corpus_hash, kind=kind)
            if path.is_file():
                yield INDEX_FOLDER + path.name, path


def store_files(config: PublishConfig, model_hash: str, corpus: str) -> Iterator[tuple[str, Path]]:
    """Yield a large corpus's vectors under one model, and none of other listings, if all were made."""
    listings, store = load_job_dataset(str(config.dataset)).listings, ListingStore(config.index, model_hash)
    if not store.holds(listings):
        return
    sent = store.export(listings, config.index / f"sent-{corpus}")
    for path in sent.folder.rglob("*"):
        if path.is_file():
            yield INDEX_FOLDER + path.relative_to(sent.folder.parent).as_posix(), path


def describe(plan: RepoPlan, changes: Changes, *, sends: bool, done: bool) -> Iterator[str]:
    """Yield lines that say what is, or would be, sent."""
    if not sends or changes.is_empty:
        yield f"{plan.kind:<9} {plan.repo_id}: {'unchanged' if sends else 'left alone'}"
        return
    verb = "written" if done else "would write"
    yield f"{plan.kind:<9} {plan.repo_id}{'' if changes.head else ' (new)'}: {plan.message}"
    for path in changes.written:
        content = plan.files[path]
        size = len(content) if isinstance(content, bytes) else content.stat().st_size
        yield f"  {verb} {path} ({size:,} bytes)"
    for path in changes.removed:
        yield f"  {'removed' if done else 'would remove'} {path}"


def set_variables(config: PublishConfig, pinned: Mapping[str, Pinned]) -> None:
    """Set the Space's variables that differ: each starts it anew."""
    parts = {"BASE_MODEL": "base", "TUNED_MODEL": "model", "DATASET": "dataset"}
    wanted = {variable: pinned[part].name for variable, part in parts.items()}
    if config.dry_run:
        for name, value in wanted.items():
            logger.info("variable  %s would be %s", name, value)
        return
    api = HfApi()
    try:
        known = {name: one.value for name, one in api.get_space_variables(config.space).items()}
        for name, value in wanted.items():
            if known.get(name) != value:
                api.add_space_variable(config.space, name, value)
                logger.info("variable  %s is %s", name, value)
    except HUB_ERRORS as error:
        raise refused("did not take the variables of", config.space, error) from error


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    return run_command(publish, argv, prog="python -m train.publish")


if __name__ == "__main__":
    sys.exit(main())
