"""Options of `python -m data judge` that are refused, each in one line."""

import re

import pytest

from data.__main__ import main
from search.benchmark_report import MARKS
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--out", "o"], "expected one way of grading: --model NAME .*; got none"),
        (["--out", "o", "--model", "m", "--pool", "p.csv"], "got --model and --pool"),
        (["--out", "o", "--grades", "README.md"], "expected --assessor NAME with --grades"),
        (["--model", "m"], "expected --out DIR, where the judgments go, got none"),
        (["--out", "o", "--pool", "p.csv"], "--out with --pool has none; leave it out"),
        (["--pool", "p.csv", "--temperature", "1"], "--temperature without --model has none"),
        (["--pool", "p.csv", "--marks", "v"], "--marks with --pool has none"),
        (["--pool", "p.csv", "--assessor", "a"], "--assessor with --pool, but without --overlap has none"),
        (["--pool", "p.csv", "--overlap", "3"], "--overlap without --extend has none"),
        (
            ["--pool", "p.csv", "--overlap", "1", "--assessor", "a\nb"],
            "an assessor's name on one line, .*--assessor has",
        ),
        (["--out", "o", "--model", "m\n"], "an assessor's name on one line, without spaces around it, --model has"),
        (["--out", "o", "--grades", "p.csv", "--assessor", "a", "--seed", "1"], "--seed with --grades has none"),
        (["--model", "m", "--dry-run", "--out", "o"], "--out with --dry-run has none; leave it out"),
        (["--model", "m", "--dry-run", "--overwrite"], "--overwrite with --dry-run has none; leave it out"),
        (["--pool", "p.csv", "--dry-run"], "--dry-run without --model has none"),
        (["--out", "o", "--model", "m", "--price", "1,2"], "--price without --dry-run has none"),
        (["--pool", "p.txt"], "expected a file that ends in .csv or .jsonl, got p.txt"),
        (["--out", "o", "--model", "m", "--depth", "0"], "expected --depth from 1 to 1000, got 0"),
        (["--out", "o", "--model", "m", "--overlap", "-1"], "expected --overlap of at least 0, got -1"),
        (["--out", "o", "--model", "m", "--queries", "no.jsonl"], "expected a file at no.jsonl, there is none"),
        (["--out", "o", "--model", "m", "--assessor", MARKS], "expected a name for --assessor other than"),
        (["--out", str(ROOT / "tests"), "--model", "m"], "expected an empty folder or an earlier result for --out"),
        (["--out", "o", "--model", "m", "--base-url", "no"], "expected --base-url to begin with http"),
        (["--out", "o", "--model", "m", "--base-url", "a:secret@host/v1"], "http:// or https://, got 'host/v1'"),
    ],
)
def test_judge_options_that_do_not_go_together_are_one_line(words, message, capsys):
    assert main(["judge", "--dataset", "d", "--systems", "bm25", *words]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert re.search(message, error)


def test_judge_unknown_system_is_one_line(capsys):
    assert main(["judge", "--dataset", "d", "--systems", "what", "--pool", "p.csv"]) == 2
    assert "expected systems as NAME=MODEL" in capsys.readouterr().err
