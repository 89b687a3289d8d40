"""run.json as a typed record, and the names of the JSON files that commands leave.

search/benchmark_report.py has benchmark.json, data/manifest.py build.json. Older files load: a field's former name is
an alias, and what has no reader any more is ignored.
"""

from typing import Annotated, Literal

from pydantic import AliasChoices, BeforeValidator, Field

from search.record_files import Count, File, OpenRecord, Record
from search.scoring import Scoring, parse_scoring

RUN_FILE, BUILD_FILE, REPORT_FILE = "run.json", "build.json", "benchmark.json"
NamedScoring = Annotated[Scoring, BeforeValidator(parse_scoring)]


class BaseReference(Record):
    """The model that was fine-tuned, and its commit on the Hub."""

    model: str
    revision: str | None = None


class RecipeRecord(OpenRecord):
    """How it was trained, see train/recipes.py; other options stay as they were."""

    name: str
    rows: Literal["triplet", "listing"]
    epochs: int
    batch: int
    learning_rate: float
    scale: float
    dropout: float
    scoring: NamedScoring = Field(validation_alias=AliasChoices("scoring", "reading"))
    window: int = 0
    noise: float = 0.0
    families: float = Field(0.0, validation_alias=AliasChoices("families", "roles"))
    tokens: float = 0.0


class RunOptions(OpenRecord):
    """The options of the run."""

    dataset: str
    seed: int
    recipe: RecipeRecord


class ValidationScores(Record):
    """Metric -> mean over the validation queries, for base and tuned, and after each epoch."""

    queries: Count
    listings_ranked: Count
    base: dict[str, float]
    tuned: dict[str, float]
    history: list[dict[str, float]] = Field(default_factory=list)


class RunRecord(File):
    """run.json: what is needed to repeat a training run, and its scores.

    `files` has the SHA-256 of each file that the model is made of, by its path.
    """

    config: RunOptions
    base: BaseReference
    base_hash: str
    tuned_hash: str
    corpus_hash: str
    dataset_hash: str
    fictional: bool
    languages: list[str] = Field(default_factory=lambda: ["en"])
    processes: int = 1
    precision: Literal["float32", "bfloat16"] = "float32"
    opens_as_multi_vector: bool = False
    train: dict[str, Count]
    validation: ValidationScores
    libraries: dict[str, str] = Field(default_factory=dict)
    files: dict[str, str] = Field(default_factory=dict)
    stopped: str = ""
    seconds: dict[str, float]
