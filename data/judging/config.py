"""What `python -m data judge` was asked for.

The comments behind the fields are the options' help.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from tyro.conf import arg

from data.build_config import read_price
from data.chat.client import ChatConfig
from data.judgments.records import check_assessor
from search.benchmark_report import MARKS
from search.cli import check_at_least, check_options, option_of, parsed_by
from search.files import check_out_folder
from search.ranking import MAX_RESULTS
from search.systems import SYSTEMS_HELP, parse_systems

POOL_FILES = (".csv", ".jsonl")
SEED = 42


@dataclass(frozen=True)
class JudgeChatConfig(ChatConfig):
    """Which model grades, where and how; with --model."""

    temperature: float = 0.0  # from 0 to 2: how freely it answers
    max_tokens: int = 128  # of an answer; more for a model that thinks aloud
    prompt: Path = Path(__file__).parent / "prompt.txt"  # the prompt's text
    journal: Path = Path("build/judge-journal.jsonl")
    """answers already paid for, by model, temperature, max. tokens and prompt; name another for another server"""


@dataclass(frozen=True)
class JudgeConfig:
    """The options of `python -m data judge`."""

    dataset: Annotated[str, arg(metavar="DIR|USER/NAME")]  # a dataset: the listings, and perhaps the queries
    systems: Annotated[tuple[str, ...], arg(metavar="NAME=MODEL", help=SYSTEMS_HELP)]
    out: Annotated[Path | None, arg(metavar="DIR")] = None  # the judgments' folder to make, with --model or --grades
    queries: Path | None = None  # judged queries, .jsonl; else those of --extend, or of the dataset
    extend: Annotated[Path | None, arg(metavar="DIR")] = None
    """an earlier result: its queries and grades; only what has no grade there is judged"""
    depth: int = 10  # so many of each system's best results are judged, or with --grades were
    pool: Path | None = None  # write what is to be judged there for people, .csv or .jsonl
    grades: Path | None = None  # read people's grades from such a file
    assessor: str = ""  # who graded; by default the model's name
    overlap: int = 0  # so many pairs of --extend are graded again, to compare assessors
    marks: Annotated[str, arg(metavar="FILE|DIR|USER/NAME")] = ""
    """votes of the blind test, whose marks are compared with the grades"""
    seed: int = SEED  # of the order, and of the --overlap
    cache: Path = Path("build/index")  # folder for vectors already made
    overwrite: bool = False  # replace an earlier result at --out or --pool
    dry_run: bool = False  # with --model: estimate requests, tokens and cost, and send nothing
    price: Annotated[tuple[float, float] | None, parsed_by(read_price, "IN,OUT")] = None
    """dollars a million tokens, for --dry-run"""
    chat_options: Annotated[JudgeChatConfig, arg(name="llm")] = field(default_factory=JudgeChatConfig)

    def __post_init__(self) -> None:
        """Refuse bad values, idle options, and more or less than one way of grading."""
        if not self.systems:
            raise ValueError("expected a system or more after --systems, got none")
        parse_systems(self.systems)
        check_at_least(self, overlap=0)
        check_options(self, lambda depth: 1 <= depth <= MAX_RESULTS, f"from 1 to {MAX_RESULTS}", "depth")
        self._check_way()
        self._check_idle_options()
        self._check_files()

    @property
    def chat(self) -> JudgeChatConfig | None:
        """Whom to ask for grades; None where people give them."""
        return self.chat_options if self.chat_options.model else None

    @property
    def assessor_name(self) -> str:
        """Who grades."""
        return self.assessor or self.chat_options.model

    def _check_way(self) -> None:
        ways = {"--model": self.chat, "--pool": self.pool, "--grades": self.grades}
        given = [option for option, value in ways.items() if value]
        if len(given) != 1:
            raise ValueError(
                "expected one way of grading: --model NAME asks a language model, --pool FILE writes what people are "
                f"to grade, --grades FILE reads it back; got {' and '.join(given) or 'none'}"
            )
        if self.grades and not self.assessor:
            raise ValueError("expected --assessor NAME with --grades, which says who graded, got none")
        if self.assessor_name:
            check_assessor(self.assessor_name, "--assessor" if self.assessor else "--model")
        if self.assessor_name == MARKS:
            raise ValueError(f"expected a name for --assessor other than {MARKS!r}, which is taken; name another")

    def _check_idle_options(self) -> None:
        idle = {
            "--price without --dry-run": self.price and not self.dry_run,
            "--dry-run without --model": self.dry_run and not self.chat,
            "--overlap without --extend": self.overlap and not self.extend,
            "--overlap with --grades": self.overlap and self.grades,
            "--seed with --grades": self.seed != SEED and self.grades,
            "--marks with --pool": self.marks and self.pool,
            "--out with --pool": self.out and self.pool,
            "--out with --dry-run": self.out and self.dry_run,
            "--overwrite with --dry-run": self.overwrite and self.dry_run,
            "--assessor with --pool, but without --overlap": self.assessor and self.pool and not self.overlap,
        }
        changed = [] if self.chat else self.chat_options.changed
        idle |= {f"{option_of(name)} without --model": True for name in changed}
        for options, is_set in idle.items():
            if is_set:
                raise ValueError(f"expected options that have an effect, {options} has none; leave it out")

    def _check_files(self) -> None:
        for path in (self.pool, self.grades):
            if path and path.suffix not in POOL_FILES:
                raise ValueError(f"expected a file that ends in {' or '.join(POOL_FILES)}, got {path}; rename it")
        for path in (self.queries, self.grades):
            if path and not path.is_file():
                raise FileNotFoundError(f"expected a file at {path}, there is none; check the name")
        if self.pool and self.pool.exists() and not self.overwrite:
            raise ValueError(
                f"{self.pool} is there already, perhaps with people's grades; name another file for --pool, or add "
                "--overwrite to replace it"
            )
        if self.pool or self.dry_run:
            return
        # Imported here: the readers take seconds, and --help should not wait for them.
        from data.judgments.files import JUDGING_FILE  # noqa: PLC0415

        if not self.out:
            raise ValueError("expected --out DIR, where the judgments go, got none")
        check_out_folder(self.out, marker=JUDGING_FILE, overwrite=self.overwrite)
