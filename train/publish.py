"""The command `python -m train.publish`: dataset, model and Space to the Hub."""

import argparse
import json
import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi

from data.dataset import BUILD_FILE
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
from data.push import plan_dataset
from search.cli import run_command
from search.encoding.model_files import RUN_FILE
from search.index.storage import index_path
from search.index.vectors import index_readings
from train.publishing.space import MARKER, Pinned, plan_space

logger = logging.getLogger(__name__)

PARTS = ("dataset", "model", "space")
REPORT = "benchmark.json"
INDEX_FOLDER = "index/"


@dataclass(frozen=True)
class PublishConfig:
    """The options of `python -m train.publish`; empty names are made from the Space's."""

    dataset: Path
    model: Path
    space: str
    dataset_repo: str = ""
    model_repo: str = ""
    benchmark: Path = Path("build/benchmark.json")
    index: Path = Path("build/index")
    hardware: str = "cpu-basic"
    only: str = ""
    private: bool = False
    force: bool = False
    dry_run: bool = False

    def __post_init__(self) -> None:
        """Refuse folders that hold no result, before anything is sent.

        Raises:
            FileNotFoundError: one is none of ours.
        """
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

    @property
    def run(self) -> dict[str, Any]:
        """What the training left in run.json."""
        run: dict[str, Any] = json.loads((self.model / RUN_FILE).read_text(encoding="utf-8"))
        return run


def publish(config: PublishConfig) -> None:
    """Send what changed of the three, one commit each; with `dry_run` say what would be sent.

    Raises:
        ValueError: a name or a repository can't be used.
        OSError: the Hub refused or failed; running again finishes the job.
    """
    check_access(*config.repos.values())
    check_repos(config)
    # The Space names the others' commits and the base's; each of the others stands for itself.
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
        set_variables(config, variables_of(pinned))


def check_repos(config: PublishConfig) -> None:
    """Make sure of all repositories before the first is changed.

    Raises:
        ValueError: one holds what this tool did not make, or is public and should be private.
        OSError: the Hub refused or can't be reached.
    """
    markers: dict[Kind, str] = {"dataset": BUILD_FILE, "model": RUN_FILE, "space": MARKER}
    for kind, marker in markers.items():
        if config.only in ("", kind):
            plan = RepoPlan(kind, config.repos[kind], {}, marker=marker, message="")
            check_private(plan, find_changes(plan, force=config.force), private=config.private)
    if config.private:
        logger.warning("private   give the Space a secret HF_TOKEN that may read the other two, or it can't start")


def find_base(run: Mapping[str, Any]) -> Pinned:
    """Resolve the run's base to a commit on the Hub, that of the run where it is known.

    Raises:
        OSError: the Hub has no such model: a Space could not load it.
    """
    name, revision = run["base"]["model"], run["base"]["revision"]
    try:
        info = HfApi().model_info(name, revision=revision)
    except (*HUB_ERRORS, ValueError) as error:
        raise refused("has no base model that the Space could load as", name, error) from error
    return Pinned(name, str(info.sha), sorted(one.rfilename for one in info.siblings or ()))


def make_plan(part: str, config: PublishConfig, pinned: Mapping[str, Pinned]) -> RepoPlan:
    """Return the plan of one part; the Space's needs the commits of base and model."""
    run, repo_id = config.run, config.repos[part]
    message = f"{part.capitalize()} of the run {run['tuned_hash']}"
    if part == "dataset":
        return plan_dataset(config.dataset, repo_id, message=message)
    if part == "model":
        files = {path.relative_to(config.model).as_posix(): path for path in sorted(config.model.rglob("*"))}
        files = {path: file for path, file in files.items() if file.is_file()} | dict(extra_files(config, run))
        return RepoPlan(
            "model", repo_id, files, marker=RUN_FILE, message=message, kept=(INDEX_FOLDER,), bound=(REPORT,)
        )
    models = [pinned["base"], pinned["model"]]
    return plan_space(
        repo_id,
        models=models,
        # The Space is built without a token.
        preloaded=models[:1] if config.private else models,
        dataset_id=config.repos["dataset"],
        hardware=config.hardware,
        message=message,
    )


def extra_files(config: PublishConfig, run: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    """Yield what goes with the model: the report on it, and both models' vectors of the corpus, so that a Space need not
    encode it at every start.
    """
    if config.benchmark.is_file() and run["tuned_hash"] in config.benchmark.read_text(encoding="utf-8"):
        yield REPORT, config.benchmark
    corpus = json.loads((config.dataset / BUILD_FILE).read_text(encoding="utf-8"))["corpus_hash"]
    for model_hash in (run["base_hash"], run["tuned_hash"]):
        for reading in index_readings(run["config"]["recipe"]["reading"]):
            path = index_path(config.index, model_hash=model_hash, corpus=corpus, reading=reading)
            if path.is_file():
                yield INDEX_FOLDER + path.name, path


def describe(plan: RepoPlan, changes: Changes, *, sends: bool, done: bool) -> Iterator[str]:
    """Yield the lines that tell what is sent, or would be."""
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


def variables_of(pinned: Mapping[str, Pinned]) -> dict[str, str]:
    """Return the Space's variables, which app.py reads."""
    return {"BASE_MODEL": pinned["base"].name, "TUNED_MODEL": pinned["model"].name, "DATASET": pinned["dataset"].name}


def set_variables(config: PublishConfig, wanted: Mapping[str, str]) -> None:
    """Set the Space's variables that differ; each makes the Space start anew.

    Raises:
        OSError: the Hub refused or failed.
    """
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


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of `python -m train.publish`."""
    parser = argparse.ArgumentParser(
        prog="python -m train.publish",
        description="Put dataset, model and Space on the Hub; only what changed is sent.",
    )
    default = PublishConfig
    parser.add_argument("--dataset", type=Path, required=True, help="a dataset folder")
    parser.add_argument("--model", type=Path, required=True, help="a model folder of `python -m train`")
    parser.add_argument("--space", required=True, help="USER/NAME of the Space")
    parser.add_argument("--dataset-repo", default="", help="USER/NAME of the dataset [that of the Space, -dataset]")
    parser.add_argument("--model-repo", default="", help="USER/NAME of the model [that of the Space, -model]")
    parser.add_argument("--benchmark", type=Path, default=default.benchmark, help="the report on it [%(default)s]")
    parser.add_argument("--index", type=Path, default=default.index, help="folder of vectors [%(default)s]")
    parser.add_argument("--hardware", default=default.hardware, help="what the Space suggests [%(default)s]")
    parser.add_argument("--only", choices=PARTS, default="", help="send this one only")
    parser.add_argument("--private", action="store_true", help="make new repositories private")
    parser.add_argument("--force", action="store_true", help="replace what this tool did not make")
    parser.add_argument("--dry-run", action="store_true", help="say what would be sent, and send nothing")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = vars(build_parser().parse_args(argv))
    return run_command(lambda: publish(PublishConfig(**options)), name="train.publish")


if __name__ == "__main__":
    sys.exit(main())
