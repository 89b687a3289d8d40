"""build.json: a dataset's origin, counts of each step, and hashes."""

from collections import Counter
from collections.abc import Mapping

from pydantic import Field

from data.build_config import BuildConfig
from data.corpus.coverage import CoverageChange
from data.corpus.near_duplicates import SAME_POSTING, SAME_SPLIT, Limits
from data.corpus.pipeline import ListingCounts
from data.dataset import JobDataset
from data.judgments.records import GRADES, JUDGED_SPLITS, Judgments
from data.queries.given import QueryCounts
from data.queries.llm import LlmCounts
from data.queries.splitting import BY_GROUP
from data.sources.source import Source, file_hash
from data.triplets.from_votes import VoteCounts
from search.benchmark_report import Agreement, Assessor
from search.hub_names import RepoRef
from search.record_files import Count, File, OpenRecord, Record


class Generator(Record):
    """Where the queries came from: given, llm or extractive."""

    queries: str
    file: str | None = None
    sha256: str | None = None
    model: str | None = None
    temperature: float | None = None
    prompt_sha256: str | None = None


class NegativesRecord(OpenRecord):
    """How negatives were found, and how many each guard refused; `other_split` counts queries that took others'."""

    method: str
    per_query: int
    encoder: str
    refused: dict[str, Count] = Field(default_factory=dict)


class NearDuplicates(OpenRecord):
    """The limits that grouped the listings."""

    method: str
    same_posting: Limits
    same_split: Limits


class QueriesRecord(QueryCounts):
    """How many queries were retained, and how they were made; `other_split` counts answers left out for their split."""

    other_split: Count | None = None
    listings_without_terms: Count | None = None
    llm: LlmCounts | None = None
    votes: VoteCounts | None = None


class SplitCounts(Record):
    """What a split holds."""

    listings: Count
    queries: Count
    triplets: Count


class Fold(Record):
    """Which part of which dataset's train listings is held out."""

    part: int
    parts: int
    of: str


class JudgmentsRecord(Record):
    """Judged queries: how many, by kind and split, all judgments, and which grades count of whose."""

    queries: Count
    judgments: Count
    hash: str
    kinds: dict[str, dict[str, Count]]
    grades: dict[str, Count]
    assessors: list[Assessor]
    pooled: list[str] = Field(default_factory=list)
    depth: Count | None = None
    agreement: list[Agreement] = Field(default_factory=list)

    @property
    def n_results(self) -> int:
        """How many results have a grade, or several."""
        return sum(self.grades.values())

    @property
    def splits(self) -> list[str]:
        """The splits that have queries."""
        return [split for split in JUDGED_SPLITS if any(counts[split] for counts in self.kinds.values())]


class BuildRecord(File):
    """build.json; a field's former name loads too."""

    source: str
    revision: str
    license: str = ""
    generator: Generator
    titles: str
    negatives: NegativesRecord
    near_duplicates: NearDuplicates
    seed: int
    listings: ListingCounts
    queries: QueriesRecord
    splits: dict[str, SplitCounts]
    split_by: str = BY_GROUP
    corpus_hash: str
    dataset_hash: str
    coverage: CoverageChange = Field(validation_alias="reach")
    fold: Fold | None = None
    judgments: JudgmentsRecord | None = None


def build_record(
    config: BuildConfig,
    source: Source,
    listings: ListingCounts,
    dataset: JobDataset,
    judgments: Judgments | None = None,
    *,
    queries: QueriesRecord,
    refused: Mapping[str, int],
    coverage: CoverageChange,
) -> BuildRecord:
    """Gather what build.json says of a build."""
    record = BuildRecord(
        source=source.name,
        revision=source.revision,
        license=config.license or source.license,
        generator=_generator(config),
        titles=config.titles,
        negatives=_negatives(config, refused),
        near_duplicates=NearDuplicates(
            method="minhash + exact comparison of 3-word runs", same_posting=SAME_POSTING, same_split=SAME_SPLIT
        ),
        seed=config.seed,
        listings=listings,
        queries=queries,
        splits=count_splits(dataset),
        corpus_hash=dataset.corpus_hash,
        dataset_hash=dataset.dataset_hash,
        coverage=coverage,
    )
    # A field that is not set is not written.
    extra = {"split_by": dataset.split_by} if dataset.split_by != BY_GROUP else {}
    return record.model_copy(update=extra | ({"judgments": count_judgments(judgments)} if judgments else {}))


def _generator(config: BuildConfig) -> Generator:
    made: dict[str, object] = {"queries": config.queries}
    if file := config.queries_file:
        made |= {"file": file.name, "sha256": file_hash(file)}
    if chat := config.chat:
        made |= {"model": chat.model, "temperature": chat.temperature, "prompt_sha256": file_hash(chat.prompt)}
    return Generator.model_validate(made)


def _negatives(config: BuildConfig, refused: Mapping[str, int]) -> NegativesRecord:
    # Published with the dataset, so it names no folder but the last.
    folder = RepoRef.parse(config.encoder).folder
    encoder = folder.name if folder else config.encoder
    found = {"method": config.negatives, "per_query": config.negatives_per_query, "encoder": encoder}
    return NegativesRecord.model_validate(found | ({"refused": refused} if refused else {}))


def count_splits(dataset: JobDataset) -> dict[str, SplitCounts]:
    """Count listings with queries, queries and triplets of each split."""
    return {
        split: SplitCounts(
            listings=len({name for triplet in rows for name in triplet.query.answers}),
            queries=len(rows),
            triplets=sum(len(triplet.pairs) for triplet in rows),
        )
        for split, rows in dataset.triplets.items()
    }


def count_judgments(judgments: Judgments) -> JudgmentsRecord:
    """Count judged queries by kind and split, and the grades that count."""
    queries = Counter((query.kind, query.split) for query in judgments.queries)
    grades = Counter(grade for graded in judgments.qrels.values() for grade in graded.values())
    record = judgments.record
    return JudgmentsRecord(
        queries=len(judgments.queries),
        judgments=len(judgments.grades),
        hash=judgments.hash,
        kinds={kind: {split: queries[kind, split] for split in JUDGED_SPLITS} for kind, _ in queries},
        grades={str(grade): grades[grade] for grade in GRADES},
        # Without what is not set: build.json holds no field without a value.
        **dict(record.model_dump(exclude={"version"}, exclude_unset=True)),
    )
