"""The command `python -m data`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from data.build import build_dataset
from data.build_config import EXTRACTIVE, GIVEN, LLM, BuildConfig
from data.fold import FoldConfig, fold_dataset
from data.queries.chat_client import KEY_VARIABLE, ChatConfig
from data.sources.columns import KNOWN_COLUMNS
from data.sources.source import DEFAULT_HUB_DATASET
from data.triplets.pipeline import HARD, LEAST_SIMILAR
from search.cli import run_command

CHAT_OPTIONS = (
    "model",
    "base_url",
    "provider",
    "temperature",
    "max_tokens",
    "concurrency",
    "timeout_seconds",
    "retries",
    "prompt",
    "journal",
)


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of `python -m data`."""
    parser = argparse.ArgumentParser(prog="python -m data", description="Listings -> training triplets.")
    commands = parser.add_subparsers(dest="command", required=True)
    _add_fold(commands)
    build = commands.add_parser("build", help="make a dataset folder", description="Make a dataset folder.")
    _add_source_options(build)
    _add_query_options(build)
    _add_chat_options(build.add_argument_group("--queries llm"))
    default = BuildConfig
    build.add_argument("--negatives", choices=[LEAST_SIMILAR, HARD], default=default.negatives)
    build.add_argument(
        "--negatives-per-query", type=int, default=default.negatives_per_query, metavar="N", help="for --negatives hard"
    )
    build.add_argument("--encoder", default=default.encoder, help="model that finds the negatives")
    build.add_argument("--cache", type=Path, default=default.cache, help="folder for vectors already made")
    build.add_argument("--splits-from", metavar="DIR|USER/NAME", help="an earlier dataset whose splits are kept")
    build.add_argument(
        "--feedback",
        default=default.feedback,
        metavar="FILE|DIR|USER/NAME",
        help="votes of the blind test, which become triplets of the train split",
    )
    build.add_argument("--seed", type=int, default=default.seed, help="of the split and the order")
    build.add_argument("--out", type=Path, required=True, help="the dataset folder to make")
    build.add_argument("--overwrite", action="store_true", help="replace an earlier result at --out")
    build.add_argument("--license", default=default.license, help="of the source, for the card (a Hub identifier)")
    build.add_argument("--push", metavar="USER/NAME", help="upload the result to this dataset on the Hub")
    build.add_argument("--private", action="store_true", help="make that dataset private")
    return parser


def _add_fold(commands: Any) -> None:
    text = "hold out a part of the train listings, to compare recipes on more queries than validation has"
    fold = commands.add_parser("fold", help=text, description=f"{text[0].upper()}{text[1:]}; the test split stays.")
    fold.add_argument("--dataset", type=Path, required=True, help="a dataset folder")
    fold.add_argument("--part", type=int, default=FoldConfig.part, metavar="K", help="which part, from 0 [%(default)s]")
    fold.add_argument("--parts", type=int, default=FoldConfig.parts, metavar="N", help="of how many [%(default)s]")
    fold.add_argument("--out", type=Path, required=True, help="the dataset folder to make")
    fold.add_argument("--overwrite", action="store_true", help="replace an earlier result at --out")


def _add_source_options(build: argparse.ArgumentParser) -> None:
    build.add_argument(
        "--source",
        required=True,
        help=f"sample, hub ({DEFAULT_HUB_DATASET}), hub:USER/NAME[@REVISION], or a .csv, .jsonl or .parquet file",
    )
    build.add_argument(
        "--columns",
        default=BuildConfig.columns,
        metavar="FIELD=COLUMN,...",
        help=f"columns with uncommon names; fields: {', '.join(KNOWN_COLUMNS)}",
    )
    build.add_argument("--titles", default=BuildConfig.titles, help="families to keep, by comma, or `all`")


def _add_query_options(build: argparse.ArgumentParser) -> None:
    build.add_argument(
        "--queries", choices=[GIVEN, LLM, EXTRACTIVE], default=BuildConfig.queries, help="where queries come from"
    )
    build.add_argument("--queries-file", type=Path, help="queries by listing_id, .jsonl; else the listings' own")
    build.add_argument(
        "--queries-per-listing",
        type=int,
        default=BuildConfig.queries_per_listing,
        metavar="N",
        help="for llm and extractive: styles skills, profile and wish in turn",
    )
    build.add_argument(
        "--limit",
        type=int,
        default=BuildConfig.limit,
        metavar="N",
        help="for llm and extractive: queries for N listings only; 0 for all",
    )


def _add_chat_options(group: Any) -> None:
    default = ChatConfig
    group.add_argument("--model", default="", help="the model's name at the provider or server")
    group.add_argument(
        "--base-url",
        help=f"an OpenAI-compatible server, such as http://127.0.0.1:8080/v1; its key is read from {KEY_VARIABLE}",
    )
    group.add_argument("--provider", help="Inference Provider; without it the Hub chooses")
    group.add_argument("--temperature", type=float, default=default.temperature)
    group.add_argument("--max-tokens", type=int, default=default.max_tokens, metavar="N", help="of an answer")
    group.add_argument("--concurrency", type=int, default=default.concurrency, metavar="N", help="requests at once")
    group.add_argument(
        "--timeout", type=float, default=default.timeout_seconds, dest="timeout_seconds", metavar="SECONDS"
    )
    group.add_argument("--retries", type=int, default=default.retries, metavar="N", help="after errors that may pass")
    group.add_argument("--prompt", type=Path, default=default.prompt, metavar="FILE", help="the prompt's text")
    group.add_argument(
        "--journal",
        type=Path,
        default=default.journal,
        metavar="FILE",
        help="answers already paid for, by model, temperature and prompt: name another for another server with the same model name",
    )
    group.add_argument("--dry-run", action="store_true", help="estimate requests, tokens and cost, and send nothing")
    group.add_argument("--price", type=_price, metavar="IN,OUT", help="dollars a million tokens, for --dry-run")


def _price(value: str) -> tuple[float, float]:
    inward, _, outward = value.partition(",")
    try:
        return float(inward), float(outward)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected two numbers such as 0.1,0.4, got {value!r}") from error


def read_config(options: dict[str, Any]) -> BuildConfig:
    """Gather the parsed options into the build's configuration.

    Raises:
        ValueError: an option is out of range.
        FileNotFoundError: a file that an option names is not there.
    """
    chat = {name: options.pop(name) for name in CHAT_OPTIONS}
    if options["queries"] == LLM:
        return BuildConfig(**options, chat=ChatConfig(**chat))
    idle = [name for name, value in chat.items() if value != getattr(ChatConfig, name, "")]
    if idle:
        name = idle[0].removesuffix("_seconds").replace("_", "-")
        raise ValueError(
            f"expected --queries llm with --{name}, which has no effect without it, got {options['queries']}"
        )
    return BuildConfig(**options)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = vars(build_parser().parse_args(argv))
    command = options.pop("command")
    run = {"build": lambda: build_dataset(read_config(options)), "fold": lambda: fold_dataset(FoldConfig(**options))}
    return run_command(run[command], name=f"data {command}")


if __name__ == "__main__":
    sys.exit(main())
