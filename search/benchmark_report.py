"""benchmark.json as a typed record: judged queries first, known items second.

Older files load: a field's former name is an alias, and what has no reader any more is ignored.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field, model_validator

from search.record_files import Count, File, Record, Score, Share
from search.scoring import parse_scoring

# By known item: a query's right listing is the one that it was written from, or those that it was given for.
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
# By graded relevance, of judged queries.
JUDGED_METRICS = ("ndcg@10", "condensed_ndcg@10", "precision@5", "wrong@10", "judged@10")
# Of these, those that systems are compared by.
COMPARED_JUDGED = ("ndcg@10", "precision@5", "wrong@10")
LESS_IS_BETTER = ("wrong@10",)
# Where less than this share of the ten was judged, what was not may hide good results.
LEAST_JUDGED = 0.9
# What a query may state, in the order of tables.
FACTS = ("family", "level", "work mode", "place", "exclusion")
# What the blind test's marks are called where assessors are compared.
MARKS = "marks of the blind test"

Verdict = Literal["WIN", "LOSS", "NO DIFFERENCE"]


T = TypeVar("T", bound=Record)


def _expect(record: T, holds: bool, what: str) -> T:
    """Refuse a record whose parts do not belong together."""
    if not holds:
        raise ValueError(f"expected {what}")
    return record


class Estimate(Record):
    """A mean and its 95 % interval, perhaps of `n` queries only."""

    mean: float
    low: float
    high: float
    n: Count | None = None


def _check_scores(estimate: Estimate) -> Estimate:
    """Refuse what no metric can be: plots and tables count on it."""
    return _expect(estimate, all(abs(one) <= 1.001 for one in (estimate.mean, estimate.low, estimate.high)), "shares")


# Of a metric, or of its change.
Scored = Annotated[Estimate, AfterValidator(_check_scores)]


class SystemRow(Record):
    """What one system scored; a metric is None where it never applies."""

    metrics: dict[str, Scored | None]
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
    difference: Score
    low: Score
    high: Score
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
        metric = value.get("metric")
        return {**value, "metric": FORMER_METRICS.get(metric, metric) if isinstance(metric, str) else metric}

    def seen_from(self, system: str) -> "ComparisonRow":
        """Return the same comparison with `system` as `a`."""
        if system == self.a:
            return self
        turned: dict[Verdict, Verdict] = {"WIN": "LOSS", "LOSS": "WIN", "NO DIFFERENCE": "NO DIFFERENCE"}
        swapped = {"a": self.b, "b": self.a, "wins": self.losses, "losses": self.wins, "verdict": turned[self.verdict]}
        negated = {"difference": -self.difference, "low": -self.high, "high": -self.low}
        return self.model_copy(update=swapped | negated)


class GroupScore(Record):
    """A system's ndcg@10 on a group of queries; `change` against the same queries as typed."""

    ndcg: Scored = Field(validation_alias="ndcg@10", serialization_alias="ndcg@10")
    change: Scored | None = None


class GroupRow(Record):
    """A group of `n` queries: system -> score."""

    n: Count
    systems: dict[str, GroupScore]


class SimilarityRow(Record):
    """How a model orders everyday sentences: `in_order` as a share, `spearman` in [-1, 1]."""

    n: Count
    spearman: float
    in_order: Scored


class QueryRow(Record):
    """One query: system -> rank of its best answer (from 1), and system -> ndcg@10; `answers` counts right ones."""

    query_id: str
    query: str
    style: str = ""
    family: str | None = None
    listing_id: str
    answers: Count = 1
    ranks: dict[str, Annotated[int, Field(ge=1, le=10**12)]]
    ndcg: dict[str, Score] = Field(validation_alias="ndcg@10", serialization_alias="ndcg@10")


class Assessor(Record):
    """Who graded: a name, what it is, and for a language model which one, under which prompt."""

    name: str
    kind: Literal["language model", "people", "unknown"]
    note: str = ""
    model: str = ""
    prompt_sha256: str = ""


class Agreement(Record):
    """How far two assessors agree on the `n` results of both splits that both graded.

    `same` is the share of equal grades; the kappas are in [-1, 1], the weighted one with squared distances; `tau` is
    Kendall's tau between the orders in which either's grades put `systems`, None for fewer than two.
    """

    a: str
    b: str
    n: Count
    same: Share
    kappa: float
    weighted_kappa: float
    tau: float | None = None
    systems: list[str] = Field(default_factory=list)

    @property
    def is_of_marks(self) -> bool:
        """Whether `b` is no assessor but the blind test's marks, fit or not; both kappas are the same then."""
        return self.b == MARKS


class JudgedSystem(Record):
    """What one system scored on judged queries; a metric is None where it never applies."""

    metrics: dict[str, Scored | None]

    @property
    def is_bound(self) -> bool:
        """Whether its numbers are bounds only: too little was judged, and what nobody judged counts as wrong."""
        judged = self.metrics["judged@10"]
        return judged is not None and judged.mean < LEAST_JUDGED


class FactRow(Record):
    """A fact that `n` queries state: the share of the ten results that meet it, a system.

    `chance` is the corpus's share, `best` the largest that the corpus allows, both as means over the queries.
    """

    n: Count
    chance: Share
    best: Share
    systems: dict[str, Scored]


class JudgedQueryRow(Record):
    """One judged query: system -> ndcg@10, and system -> share of wrong results among ten."""

    query_id: str
    query: str
    kind: str = ""
    ndcg: dict[str, Score] = Field(validation_alias="ndcg@10", serialization_alias="ndcg@10")
    wrong: dict[str, Share] = Field(validation_alias="wrong@10", serialization_alias="wrong@10")

    @model_validator(mode="after")
    def _check_systems(self) -> "JudgedQueryRow":
        return _expect(self, self.wrong.keys() == self.ndcg.keys(), "ndcg@10 and wrong@10 of the same systems")


def _are_of(systems: Collection[str], comparisons: Iterable[ComparisonRow]) -> bool:
    return all(row.a in systems and row.b in systems and row.a != row.b for row in comparisons)


def _have(systems: Collection[str], groups: Iterable[GroupRow]) -> bool:
    return all(row.systems.keys() >= set(systems) for row in groups)


class JudgedReport(Record):
    """Systems against each other over the judged queries of one split (or `all`)."""

    split: str
    n_queries: Count
    n_judgments: Count
    judgments_hash: str
    assessors: list[Assessor] = Field(default_factory=list)
    agreement: list[Agreement] = Field(default_factory=list)
    systems: dict[str, JudgedSystem]
    comparisons: list[ComparisonRow]
    kinds: dict[str, GroupRow] = Field(default_factory=dict)
    facts: dict[str, FactRow] = Field(default_factory=dict)
    per_query: list[JudgedQueryRow] = Field(default_factory=list)

    @model_validator(mode="after")
    def _check_systems(self) -> "JudgedReport":
        _expect(self, _are_of(self.systems, self.comparisons), "comparisons of two of the systems")
        _expect(self, _have(self.systems, self.kinds.values()), "each system in each kind")
        whole = all(row.metrics.keys() >= set(JUDGED_METRICS) for row in self.systems.values())
        return _expect(self, whole, f"of each system {', '.join(JUDGED_METRICS)}")

    @property
    def bounds(self) -> list[str]:
        """The systems whose numbers are bounds only."""
        return [name for name, row in self.systems.items() if row.is_bound]


class BenchmarkReport(File):
    """benchmark.json: systems against each other over one split; `judged` is None where nothing was judged.

    `several_answers` counts the queries with more than one right answer.
    """

    dataset: str
    dataset_hash: str
    fictional: bool
    split: str
    n_queries: Count
    n_listings: Count
    several_answers: Count = 0
    systems: dict[str, SystemRow]
    comparisons: list[ComparisonRow]
    styles: dict[str, GroupRow] = Field(default_factory=dict)
    families: dict[str, GroupRow] = Field(default_factory=dict)
    robustness: dict[str, GroupRow] = Field(default_factory=dict)
    similarity: dict[str, SimilarityRow] = Field(default_factory=dict)
    per_query: list[QueryRow] = Field(default_factory=list)
    judged: JudgedReport | None = None

    @model_validator(mode="after")
    def _check_systems(self) -> "BenchmarkReport":
        _expect(self, _are_of(self.systems, self.comparisons), "comparisons of two of the systems")
        groups = [*self.styles.values(), *self.families.values(), *self.robustness.values()]
        _expect(self, _have(self.systems, groups), "each system in each group")
        return _expect(self, all("ndcg@10" in row.metrics for row in self.systems.values()), "ndcg@10 of each system")

    def as_json(self) -> dict[str, Any]:
        """Return what the file holds: a system's metrics beside its other fields."""
        whole = super().as_json()
        whole["systems"] = {name: {**row.pop("metrics"), **row} for name, row in whole["systems"].items()}
        return whole
