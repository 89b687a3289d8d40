"""What `python -m data build` was asked for, checked before anything is read."""

from dataclasses import dataclass
from pathlib import Path

from data.corpus.titles import FAMILIES, parse_titles
from data.dataset import BUILD_FILE
from data.queries.chat_client import ChatConfig
from data.sources.columns import parse_columns
from data.sources.source import parse_source
from data.triplets.pipeline import LEAST_SIMILAR
from search.encoding.loading import DEFAULT_BASE
from search.files import check_out_folder

GIVEN, LLM, EXTRACTIVE = "given", "llm", "extractive"
PER_LISTING = 3


@dataclass(frozen=True)
class BuildConfig:
    """What `python -m data build` was asked for."""

    source: str
    out: Path
    columns: str = ""
    titles: str = ",".join(FAMILIES)
    queries: str = GIVEN
    queries_file: Path | None = None
    queries_per_listing: int = PER_LISTING
    limit: int = 0
    chat: ChatConfig | None = None
    price: tuple[float, float] | None = None
    dry_run: bool = False
    negatives: str = LEAST_SIMILAR
    negatives_per_query: int = 1
    encoder: str = DEFAULT_BASE
    cache: Path = Path("build/index")
    splits_from: str | None = None
    feedback: str = ""
    seed: int = 42
    overwrite: bool = False
    license: str = ""
    push: str | None = None
    private: bool = False

    def __post_init__(self) -> None:
        """Check what can be checked before anything is read."""
        parse_source(self.source)
        parse_titles(self.titles)
        parse_columns(self.columns)
        for name, lowest in (("queries_per_listing", 1), ("negatives_per_query", 1), ("limit", 0)):
            if getattr(self, name) < lowest:
                option = f"--{name.replace('_', '-')}"
                raise ValueError(f"expected {option} of {lowest} or more, got {getattr(self, name)}")
        if self.negatives == LEAST_SIMILAR and self.negatives_per_query > 1:
            raise ValueError(
                "expected one negative a query with --negatives least-similar; take --negatives hard for more"
            )
        if self.queries_file and self.queries != GIVEN:
            raise ValueError(f"expected --queries given with a --queries-file, got --queries {self.queries}")
        if self.queries == LLM and self.chat is None:
            raise ValueError("expected a --model for --queries llm, got none; name one")
        if self.dry_run and self.queries != LLM:
            raise ValueError(f"expected --queries llm with --dry-run, which estimates its cost, got {self.queries}")
        self._check_idle_options()
        if not self.dry_run:
            check_out_folder(self.out, marker=BUILD_FILE, overwrite=self.overwrite)

    def _check_idle_options(self) -> None:
        """Refuse options that would change nothing.

        Raises:
            ValueError: there is one.
        """
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
