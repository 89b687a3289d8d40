"""The Space's repository: the app's own files, and a README whose head tells the Hub how to run it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import SpaceCard, SpaceCardData

from data.hub_repository import Content, RepoPlan

ROOT = Path(__file__).parents[2]
# Written by this tool only: every Space has an app.py.
MARKER = "shortlist.json"
PACKAGES = ("comparison", "data", "pages", "search", "views")
SINGLE_FILES = ("app.py", "requirements.txt", "LICENSE")
# What the packages hold that the app does not need.
LEFT_OUT = ("data/sample/",)
CODE = (".py", ".txt", ".css", ".js")
PYTHON = "3.11"
# Of a model's repository, what SentenceTransformer reads: its settings, its tokenizer, and safetensors weights.
MODEL_FILES = (".json", ".safetensors", "vocab.txt")
OURS = ("run.json", "benchmark.json")


@dataclass(frozen=True)
class Pinned:
    """A repository at a commit, with the names of its files."""

    repo_id: str
    revision: str
    files: Sequence[str] = ()

    @property
    def name(self) -> str:
        """As the app and the commands take it."""
        return f"{self.repo_id}@{self.revision}"

    @property
    def preload(self) -> str:
        """As a line of a Space's `preload_from_hub`."""
        wanted = [
            path
            for path in self.files
            if path.endswith(MODEL_FILES) and not path.startswith(("onnx", "openvino", *OURS))
        ]
        return f"{self.repo_id} {','.join(wanted)} {self.revision}"


def plan_space(
    repo_id: str,
    *,
    models: Sequence[Pinned],
    preloaded: Sequence[Pinned],
    dataset_id: str,
    hardware: str,
    message: str,
) -> RepoPlan:
    """Return the plan of the Space's repository.

    Args:
        repo_id: The Space.
        models: Base and tuned.
        preloaded: Those whose weights are fetched when the Space is built.
        dataset_id: The dataset's repository; its revision is a variable, so that a new one needs no new build.
        hardware: What the Space asks for when it is duplicated.
        message: Of the commit.
    """
    head = space_head(models, preloaded, dataset_id, hardware)
    readme = f"---\n{head.to_yaml()}\n---\n\n{TEXT}"
    return RepoPlan(
        "space",
        repo_id,
        {**dict(app_files()), "README.md": readme.encode(), MARKER: b'{"made_by": "python -m train.publish"}\n'},
        marker=MARKER,
        message=message,
    )


TEXT = """# Shortlist

The same job listings, ranked twice: by an off-the-shelf embedding model, and by the one fine-tuned for job search. Type your skills
and see what fine-tuning changed. The models, the dataset and how they were made are in the repositories named above; published by
`python -m train.publish`.
"""


def app_files() -> Iterator[tuple[str, Content]]:
    """Yield the files of the app: path -> file."""
    for name in SINGLE_FILES:
        yield name, ROOT / name
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*")):
            path = file.relative_to(ROOT).as_posix()
            if file.suffix in CODE and "__pycache__" not in path and not path.startswith(LEFT_OUT):
                yield path, file


def space_head(models: Sequence[Pinned], preloaded: Sequence[Pinned], dataset_id: str, hardware: str) -> SpaceCardData:
    """Return the front matter: that of this repository's README, with what this Space shows."""
    card = SpaceCard((ROOT / "README.md").read_text(encoding="utf-8"))
    head = {
        **card.data.to_dict(),  # type: ignore[no-untyped-call]
        "python_version": PYTHON,
        "suggested_hardware": hardware,
        "models": [model.repo_id for model in models],
        "datasets": [dataset_id],
        "preload_from_hub": [model.preload for model in preloaded],
    }
    return SpaceCardData(**head)
