"""The JSON files that commands leave, as typed records: run.json and benchmark.json.

data/manifest.py has build.json. Older files load: a field's former name is an alias, and what has no reader any
more is ignored.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from search.files import save_json
from search.scoring import Scoring, parse_scoring

FORMAT_VERSION = 2
RUN_FILE, BUILD_FILE, REPORT_FILE = "run.json", "build.json", "benchmark.json"
METRICS = (
    "ndcg@10",
    "mrr@10",
    "recall@1",
    "recall@10",
    "family_precision@10",
    "stated_family_precision@10",
    "triplet_accuracy",
)
# A metric's name in older reports -> its name now.
FORMER_METRICS = {"role_precision@10": "stated_family_precision@10"}

Verdict = Literal["WIN", "LOSS", "NO DIFFERENCE"]
NamedScoring = Annotated[Scoring, BeforeValidator(parse_scoring)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


class Record(BaseModel):
    """A part of a file: immutable, numbers finite."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False, validate_by_name=True, validate_by_alias=True)


class OpenRecord(Record):
    """A part that keeps fields which no reader needs, to repeat a run by."""

    model_config = ConfigDict(extra="allow")


class File(Record):
    """A whole file."""

    version: int = FORMAT_VERSION

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a file.

        Raises:
            FileNotFoundError: no such file.
            ValueError: it holds something else.
        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"])) or "all of it"
            raise ValueError(
                f"expected {path} as its command wrote it, {where} is not so ({first['msg']}); make it anew"
            ) from error

    def save(self, path: Path) -> None:
        """Write the file, aside first."""
        save_json(self.as_json(), path)

    def as_json(self) -> dict[str, Any]:
        """Return what the file holds; fields that are not set are left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True) | {"version": self.version}


# run.json


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
    history: list[dict[str, float]] = []


class RunRecord(File):
    """run.json: what is needed to repeat a training run, and its scores."""

    config: RunOptions
    base: BaseReference
    base_hash: str
    tuned_hash: str
    corpus_hash: str
    dataset_hash: str
    fictional: bool
    processes: int = 1
    opens_as_multi_vector: bool = False
    train: dict[str, Count]
    validation: ValidationScores
    libraries: dict[str, str] = {}
    stopped: str = ""
    seconds: dict[str, float]


# benchmark.json


class Estimate(Record):
    """A mean and its 95 % interval, perhaps of `n` queries only."""

    mean: float
    low: float
    high: float
    n: int | None = None


class SystemRow(Record):
    """What one system scored; a metric is None where it never applies."""

    metrics: dict[str, Estimate | None]
    query_ms: Estimate
    fingerprint: str
    scoring: str = ""
    weight: Share | None = None

    @model_validator(mode="before")
    @classmethod
    def _gather_metrics(cls, value: Any) -> Any:
        """Take the metrics out of the row, where the file has them beside the other fields."""
        if not isinstance(value, Mapping) or "metrics" in value:
            return value
        row = {FORMER_METRICS.get(name, name): entry for name, entry in value.items()}
        row["scoring"] = parse_scoring(row.pop("reading", row.get("scoring", "")))
        return row | {"metrics": {name: row[name] for name in METRICS if name in row}}


class ComparisonRow(Record):
    """System `a` against system `b` by one metric, over the same queries."""

    a: str
    b: str
    metric: str
    difference: float
    low: float
    high: float
    p_value: Share
    wins: Count
    ties: Count
    losses: Count
    verdict: Verdict

    @model_validator(mode="before")
    @classmethod
    def _rename_metric(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {**value, "metric": FORMER_METRICS.get(value.get("metric", ""), value.get("metric"))}


class GroupScore(Record):
    """A system's ndcg@10 on a group of queries; `change` against the same queries as typed."""

    ndcg: Estimate = Field(validation_alias="ndcg@10", serialization_alias="ndcg@10")
    change: Estimate | None = None


class GroupRow(Record):
    """A group of `n` queries: system -> score."""

    n: Count
    systems: dict[str, GroupScore]


class SimilarityRow(Record):
    """How a model orders everyday sentences: `in_order` as a share, `spearman` in [-1, 1]."""

    n: Count
    spearman: float
    in_order: Estimate


class QueryRow(Record):
    """One query: system -> rank of its listing (from 1), and system -> ndcg@10."""

    query_id: str
    query: str
    style: str = ""
    family: str | None = None
    listing_id: str
    ranks: dict[str, Annotated[int, Field(ge=1)]]
    ndcg: dict[str, float] = Field(validation_alias="ndcg@10", serialization_alias="ndcg@10")


class BenchmarkReport(File):
    """benchmark.json: systems against each other over one split; groups and queries."""

    dataset: str
    dataset_hash: str
    fictional: bool
    split: str
    n_queries: Count
    n_listings: Count
    systems: dict[str, SystemRow]
    comparisons: list[ComparisonRow]
    styles: dict[str, GroupRow] = {}
    families: dict[str, GroupRow] = {}
    robustness: dict[str, GroupRow] = {}
    similarity: dict[str, SimilarityRow] = {}
    per_query: list[QueryRow] = []

    def as_json(self) -> dict[str, Any]:
        """Return what the file holds: a system's metrics beside its other fields."""
        whole = super().as_json()
        whole["systems"] = {name: {**row.pop("metrics"), **row} for name, row in whole["systems"].items()}
        return whole
