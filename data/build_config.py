"""What `python -m data` was asked for.

The comments behind the fields are the options' help.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal, get_args

from tyro.conf import arg

from data.chat.client import ChatConfig
from data.corpus.language_codes import ENGLISH, parse_languages
from data.corpus.titles import FAMILIES, parse_titles
from data.sources.columns import FIELDS, parse_columns
from search.artifacts import BUILD_FILE
from search.cli import ScoringOption, check_at_least, option_of, parsed_by
from search.encoding.loading import DEFAULT_BASE
from search.files import check_out_folder
from search.qdrant.address import ENGINE_HELP, parse_engine
from search.qdrant.collection import FLOAT16, TokenType
from search.scoring import LATE_INTERACTION, Scoring

Queries = Literal["given", "llm", "extractive"]
Negatives = Literal["least-similar", "hard"]
QUERIES: tuple[Queries, ...] = get_args(Queries)
NEGATIVES: tuple[Negatives, ...] = get_args(Negatives)
GIVEN, LLM, EXTRACTIVE = QUERIES
LEAST_SIMILAR, HARD = NEGATIVES
PER_LISTING = 3
COLUMNS_HELP = f"columns with uncommon names; fields: {', '.join(FIELDS)}"


def read_price(text: str) -> tuple[float, float]:
    """Read `IN,OUT`, dollars a million tokens."""
    inward, _, outward = text.partition(",")
    try:
        return float(inward), float(outward)
    except ValueError as error:
        raise ValueError(f"expected two numbers such as 0.1,0.4, got {text!r}") from error


@dataclass(frozen=True)
class QueryChatConfig(ChatConfig):
    """Which model writes queries, where and how; for `--queries llm`."""

    prompt: Path = Path(__file__).parent / "queries" / "prompt.txt"  # the prompt's text
    journal: Path = Path("build/llm-journal.jsonl")
    """answers already paid for, by model, temperature, max. tokens and prompt; name another for another server"""


@dataclass(frozen=True)
class BuildConfig:
    """The options of `python -m data build`."""

    source: str
    """sample, hub (datastax/linkedin_job_listings), hub:USER/NAME[:CONFIG][@REVISION], or a file: CSV, JSON, JSON Lines,
    Parquet or a spreadsheet, also packed"""
    out: Path  # the dataset folder to make
    columns: Annotated[str, arg(metavar="FIELD=COLUMN,...", help=COLUMNS_HELP)] = ""
    titles: str = ",".join(FAMILIES)  # families to keep, by comma, or `all`
    languages: str = ENGLISH  # of the texts to keep, as codes by comma, such as en,de
    queries: Queries = GIVEN  # where queries come from
    queries_file: Path | None = None  # queries by listing_id, .jsonl; else the listings' own
    queries_per_listing: int = PER_LISTING  # for llm and extractive: styles skills, profile and wish in turn
    limit: int = 0  # for llm and extractive: queries for so many listings only; 0 for all
    negatives: Negatives = LEAST_SIMILAR  # how negatives are found
    negatives_per_query: int = 1  # for --negatives hard
    encoder: str = DEFAULT_BASE  # model that finds the negatives
    cache: Path = Path("build/index")  # folder for vectors already made
    splits_from: Annotated[str | None, arg(metavar="DIR|USER/NAME")] = None  # an earlier dataset, to keep its splits
    feedback: Annotated[str, arg(metavar="FILE|DIR|USER/NAME")] = ""
    """votes of the blind test, which become triplets of the train split"""
    judgments: Annotated[Path | None, arg(metavar="DIR")] = None
    """judged queries and grades to put beside the triplets: queries.jsonl with judgments.jsonl or qrels.txt"""
    seed: int = 42  # of the split and the order
    overwrite: bool = False  # replace an earlier result at --out
    license: str = ""  # of the source, for the card (a Hub identifier)
    push: Annotated[str | None, arg(metavar="USER/NAME")] = None  # upload the result to this dataset on the Hub
    private: bool = False  # make that dataset private
    dry_run: bool = False  # for --queries llm: estimate requests, tokens and cost, and send nothing
    price: Annotated[tuple[float, float] | None, parsed_by(read_price, "IN,OUT")] = None
    """dollars a million tokens, for --dry-run"""
    chat_options: Annotated[QueryChatConfig, arg(name="llm")] = field(default_factory=QueryChatConfig)

    def __post_init__(self) -> None:
        """Refuse bad values, idle options and missing files."""
        # Imported here: the readers take seconds, and --help should not wait for them.
        from data.sources.source import parse_source  # noqa: PLC0415

        parse_source(self.source)
        if self.judgments and not self.judgments.is_dir():
            raise FileNotFoundError(f"expected a folder at {self.judgments}, there is none; check --judgments")
        parse_titles(self.titles)
        parse_languages(self.languages)
        parse_columns(self.columns)
        check_at_least(self, queries_per_listing=1, negatives_per_query=1, limit=0)
        if self.negatives == LEAST_SIMILAR and self.negatives_per_query > 1:
            raise ValueError(
                "expected one negative a query with --negatives least-similar; take --negatives hard for more"
            )
        if self.queries_file and self.queries != GIVEN:
            raise ValueError(f"expected --queries given with a --queries-file, got --queries {self.queries}")
        if self.dry_run and self.queries != LLM:
            raise ValueError(f"expected --queries llm with --dry-run, which estimates its cost, got {self.queries}")
        self._check_chat_options()
        self._check_idle_options()
        if not self.dry_run:
            check_out_folder(self.out, marker=BUILD_FILE, overwrite=self.overwrite)

    @property
    def chat(self) -> ChatConfig | None:
        """Whom to ask for queries; None where they come from elsewhere."""
        return self.chat_options if self.queries == LLM else None

    def _check_chat_options(self) -> None:
        if self.chat and not self.chat.model:
            raise ValueError(
                "expected a --model for --queries llm, such as meta-llama/Llama-3.3-70B-Instruct, got none"
            )
        if not self.chat and (changed := self.chat_options.changed):
            raise ValueError(
                f"expected --queries llm with {option_of(changed[0])}, which has no effect without it, "
                f"got {self.queries}"
            )

    def _check_idle_options(self) -> None:
        idle = {
            "--price without --dry-run": self.price and not self.dry_run,
            "--private without --push": self.private and not self.push,
            "--limit with --queries given": self.limit and self.queries == GIVEN,
            "--queries-per-listing with --queries given": self.queries == GIVEN
            and self.queries_per_listing != PER_LISTING,
        }
        for options, is_set in idle.items():
            if is_set:
                raise ValueError(f"expected options that have an effect, {options} has none; leave it out")


@dataclass(frozen=True)
class InspectConfig:
    """The options of `python -m data inspect`."""

    source: str  # as for build
    columns: Annotated[str, arg(metavar="FIELD=COLUMN,...", help=COLUMNS_HELP)] = ""
    titles: str = ",".join(FAMILIES)  # as for build
    languages: str = ENGLISH  # as for build
    clean: int = 300  # how many of the listings with a fitting title to clean as build would
    show: int = 5  # how many of these to show

    def __post_init__(self) -> None:
        """Refuse bad values and missing files."""
        from data.sources.source import parse_source  # noqa: PLC0415

        parse_source(self.source)
        parse_titles(self.titles)
        parse_languages(self.languages)
        parse_columns(self.columns)
        check_at_least(self, clean=1, show=0)


@dataclass(frozen=True)
class FoldConfig:
    """The options of `python -m data fold`."""

    dataset: Path  # a dataset folder
    out: Path  # the dataset folder to make
    part: Annotated[int, arg(metavar="K")] = 0  # which part, from 0
    parts: Annotated[int, arg(metavar="N")] = 4  # of how many
    overwrite: bool = False  # replace an earlier result at --out

    def __post_init__(self) -> None:
        """Refuse a part out of range, and unusable folders."""
        if self.parts < 2 or not 0 <= self.part < self.parts:
            raise ValueError(
                f"expected --part from 0 to one below --parts, and two parts or more, got {self.part} of {self.parts}"
            )
        if not (self.dataset / BUILD_FILE).is_file():
            raise FileNotFoundError(
                f"expected a dataset folder with {BUILD_FILE}, {self.dataset} has none; "
                "make one with `python -m data build`"
            )
        check_out_folder(self.out, marker=BUILD_FILE, overwrite=self.overwrite)


@dataclass(frozen=True)
class QrelsConfig:
    """The options of `python -m data qrels`."""

    dataset: Annotated[str, arg(metavar="DIR|USER/NAME")]  # a dataset that has judgments
    split: Literal["development", "test"]  # of the judged queries
    out: Path  # the file to write
    overwrite: bool = False  # replace a file at --out

    def __post_init__(self) -> None:
        """Refuse what must not be written over."""
        if self.out.is_dir():
            raise ValueError(f"expected a file for --out, {self.out} is a folder; name a file in it")
        if self.out.exists() and not self.overwrite:
            raise ValueError(f"{self.out} is there already; name another file, or add --overwrite to replace it")


@dataclass(frozen=True)
class LoadConfig:
    """The options of `python -m data load`."""

    dataset: Annotated[str, arg(metavar="DIR|USER/NAME")]  # a dataset folder, or one on the Hub
    engine: Annotated[str, arg(metavar="URL", help=ENGINE_HELP)]
    models: tuple[str, ...]  # model ids or folders; each gets a collection of its own
    scoring: ScoringOption[Scoring] = LATE_INTERACTION
    """what the vectors are for: late_interaction serves max_passage too"""
    token_type: TokenType = FLOAT16
    """how the engine keeps tokens: turbo8 takes half the room and turbo4 a quarter, for scores that are a little off"""
    processes: int = 1  # how many encode at once: as many graphics cards, or a few cores each
    cache: Path = Path("build/index")  # folder with vectors already made, which are taken
    overwrite: bool = False  # delete more than half of what is there, where the dataset does not have it

    def __post_init__(self) -> None:
        """Refuse what is no engine, before models are loaded."""
        parse_engine(self.engine)
        check_at_least(self, processes=1)
        if not self.models:
            raise ValueError("expected a model or more after --models, got none")
