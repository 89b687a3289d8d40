"""The options of all commands: their names, their help, and one line for what is wrong with them."""

import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial

import pytest

import app
from bench import against, candidates, engine, growth, leakage, load, page, screenshots
from data.__main__ import main as data
from search.cli import check_at_least, check_options, run_command
from tests.conftest import ROOT
from train import benchmark, publish
from train.__main__ import main as train

# Each command's name, its main and the words before its options, and what --help names.
COMMANDS: dict[str, tuple[Callable[[list[str]], int], list[str], str]] = {
    "build": (
        data,
        ["build"],
        "source out columns titles languages queries queries-file queries-per-listing limit negatives negatives-per-query encoder "
        "cache splits-from feedback judgments seed overwrite license push private dry-run price model base-url provider "
        "temperature max-tokens concurrency timeout retries prompt journal",
    ),
    "inspect": (data, ["inspect"], "source columns titles languages clean show"),
    "fold": (data, ["fold"], "dataset out part parts overwrite"),
    "judge": (
        data,
        ["judge"],
        "dataset systems out queries extend depth pool grades assessor overlap marks seed cache overwrite dry-run price "
        "model base-url provider temperature max-tokens concurrency timeout retries prompt journal",
    ),
    "qrels": (data, ["qrels"], "dataset split out overwrite"),
    "load": (data, ["load"], "dataset engine models scoring reading token-type processes cache overwrite"),
    "train": (
        train,
        [],
        "dataset out base patience max-train-listings max-validation-listings seed cache overwrite resume recipe epochs "
        "batch learning-rate warmup scale dropout scoring reading window noise families roles facts twins pasted most-queries tokens",
    ),
    "benchmark": (benchmark.main, [], "dataset systems split judged-split understand json cache engine brief card"),
    "publish": (
        publish.main,
        [],
        "dataset model space dataset-repo model-repo benchmark index hardware only private force dry-run",
    ),
    "app": (
        app.main,
        [],
        "base tuned dataset benchmark cache engine scoring reading votes uploads host port behind-proxy",
    ),
    "leakage": (partial(run_command, leakage.check, prog="x"), [], "dataset"),
    "page": (partial(run_command, page.time_page, prog="x"), [], "dataset count"),
    "load-bench": (partial(run_command, load.load, prog="x"), [], "clients seconds dataset ways"),
    "candidates": (candidates.main, [], "dataset model split cache queries"),
    "growth": (growth.main, [], "dataset model sizes cache work json"),
    "engine": (partial(run_command, engine.bench_engine, prog="x"), [], "dataset model sizes json"),
    "against": (against.main, ["x"], "dataset model runs clients seconds loop"),
    "screenshots": (partial(run_command, screenshots.take_pictures, prog="x"), [], "out"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_help_names_all_options_of_a_command(name, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    main, words, options = COMMANDS[name]
    with pytest.raises(SystemExit, match="0"):
        main([*words, "--help"])
    shown = capsys.readouterr().out
    assert shown.startswith("usage: ")
    lines = [line.strip("│| ") for line in shown.splitlines()]
    named = [name for line in lines if line[:1] == "-" for name in re.findall(r"--([a-z][a-z-]*)", line.split("  ")[0])]
    assert sorted(named) == sorted(["help", *options.split()])


def test_help_lists_the_subcommands(capsys):
    with pytest.raises(SystemExit, match="0"):
        data(["--help"])
    assert "build" in (shown := capsys.readouterr().out)
    assert "fold" in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_unknown_option_is_one_line_and_status_2(name, capsys):
    main, words, _ = COMMANDS[name]
    assert main([*words, "--colour", "red"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "error: expected what the help lists, got --colour; see " in error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["build"], "data: error: expected --source, --out, got none; see python -m data --help"),
        (["fold", "--out", "x"], "data: error: expected --dataset, got none; see python -m data --help"),
        (
            [],
            "data: error: expected one of inspect, build, fold, qrels, judge, load, got none; see python -m data --help",
        ),
        (["build", "--source", "sample", "--out"], "expected a value after --out, got none"),
        (["build", "--source", "sample", "--out", "x", "--limit", "few"], "--limit: invalid literal for int"),
        (["build", "--source", "sample", "--out", "x", "--queries", "own"], "expected --queries as one of given, llm,"),
        (["build", "--source", "sample", "--out", "x", "--price", "1"], "--price: expected two numbers such as"),
        (["build", "--source", "sample", "--out", "x", "--overwrite", "yes"], "what the help lists, got yes"),
        (["build", "--source", "sample", "--out", "x", "--no-overwrite"], "what the help lists, got --no-overwrite"),
        (["build", "--source", "sample", "--out", "x", "--limit", "-1"], "expected --limit of at least 0, got -1"),
        (["fold", "--dataset", "x", "--out", "x", "--part", "9"], "expected --part from 0 to one below --parts"),
    ],
)
def test_bad_options_are_one_line_and_status_2(arguments, message, capsys):
    assert data(arguments) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert message in error


def test_bad_scoring_lists_the_choices(capsys):
    assert train(["--dataset", "d", "--out", "o", "--scoring", "best"]) == 2
    assert "--scoring: expected one of max_passage, first, late_interaction, got 'best'" in capsys.readouterr().err


def test_benchmark_without_systems_is_refused(capsys):
    assert benchmark.main(["--dataset", "d", "--systems"]) == 2
    assert "expected a system or more after --systems" in capsys.readouterr().err


@pytest.mark.parametrize("only", ["dataset", "model", "space"])
def test_publish_reads_its_options(only, capsys, tmp_path):
    assert publish.main(["--dataset", str(tmp_path), "--model", "m", "--space", "u/s", "--only", only]) == 2
    assert "make one with `python -m data build`" in capsys.readouterr().err


def test_command_gets_the_options_and_a_long_error_is_one_line(capsys):
    def fail(word: str, number: int = 3) -> None:
        raise ValueError(f"first {word}\nsecond {number}")

    assert run_command(fail, ["--word", "x"], prog="python -m some.command") == 2
    assert capsys.readouterr().err == "some.command: error: first x second 3\n"


def test_command_interrupted_is_130(capsys):
    def interrupt() -> None:
        raise KeyboardInterrupt

    assert run_command(interrupt, [], prog="app.py") == 130
    assert capsys.readouterr().err == "app: stopped; nothing half-written is left\n"


class Options:
    """Fields as a configuration has them."""

    max_tokens = 0
    timeout_seconds = float("nan")


def test_check_of_ranges_names_the_option():
    check_at_least(Options(), max_tokens=0)
    with pytest.raises(ValueError, match="expected --max-tokens of at least 1, got 0"):
        check_at_least(Options(), max_tokens=1)
    with pytest.raises(ValueError, match="expected --timeout above 0, got nan"):
        check_options(Options(), lambda number: number > 0, "above 0", "timeout_seconds")


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [["train"], ["data", "build"], ["data", "inspect"], ["data", "fold"], ["data", "qrels"], ["app"]]
)
def test_help_loads_no_heavy_package(command):
    """`-X importtime` tells on stderr what a program imports."""
    program = [sys.executable, "-X", "importtime", "-m", *command, "--help"]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "search.cli" in imported
    assert imported.isdisjoint({"torch", "transformers", "sentence_transformers", "gradio", "datasets", "sklearn"})
