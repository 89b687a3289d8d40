"""The Space's repository: the app's files, and a README."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import SpaceCard, SpaceCardData

from data.hub_repository import Content, RepoPlan
from search.artifacts import REPORT_FILE, RUN_FILE
from train.evaluation.rendering import TEMPLATES

ROOT = Path(__file__).parents[2]
# Written by this tool only: every Space has an app.py.
MARKER = "shortlist.json"
PACKAGES = ("comparison", "data", "pages", "search", "views")
SINGLE_FILES = ("app.py", "requirements.txt", "LICENSE")
# What the packages hold that the app does not need.
LEFT_OUT = ("data/sample/",)
CODE = (".py", ".txt", ".toml", ".css", ".js", ".html", ".jinja")
# Of a model's repository, what SentenceTransformer reads: its settings, its tokenizer, and safetensors weights.
MODEL_FILES = (".json", ".safetensors", "vocab.txt")


@dataclass(frozen=True)
class Pinned:
    """A repository at a commit, and its files' names."""

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
        left_out = ("onnx", "openvino", RUN_FILE, REPORT_FILE)
        wanted = [path for path in self.files if path.endswith(MODEL_FILES) and not path.startswith(left_out)]
        return f"{self.repo_id} {','.join(wanted)} {self.revision}"


def plan_space(
    repo_id: str, models: Sequence[Pinned], preloaded: Sequence[Pinned], dataset_id: str, *, hardware: str, message: str
) -> RepoPlan:
    """Plan the Space's repository.

    Base and tuned are `models`; the weights of those `preloaded` are fetched when the Space is built. The revision of
    the dataset is a variable, so that a new one needs no new build.
    """
    shown = {
        "suggested_hardware": hardware,
        "models": [model.repo_id for model in models],
        "datasets": [dataset_id],
        "preload_from_hub": [model.preload for model in preloaded],
    }
    card = SpaceCard((ROOT / "README.md").read_text(encoding="utf-8"))
    front_matter = SpaceCardData(**card.data.to_dict() | shown).to_yaml()  # type: ignore[no-untyped-call]
    readme = TEMPLATES.get_template("publishing/space_readme.md.jinja").render(front_matter=front_matter)
    files = {**dict(app_files()), "README.md": readme.encode(), MARKER: b'{"made_by": "python -m train.publish"}\n'}
    return RepoPlan("space", repo_id, files, marker=MARKER, message=message)


def app_files() -> Iterator[tuple[str, Content]]:
    """Yield the app's files, each by its path."""
    for name in SINGLE_FILES:
        yield name, ROOT / name
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*")):
            path = file.relative_to(ROOT).as_posix()
            if file.suffix in CODE and "__pycache__" not in path and not path.startswith(LEFT_OUT):
                yield path, file
