"""A short run of tests/kills.py, whose long one is started by hand."""

import pytest

from tests.conftest import run_module


@pytest.mark.slow
def test_killed_commands_lose_nothing_and_run_again():
    done = run_module("tests.kills", "--kills", "6", "--only", "build", "index", "vote")
    assert done.returncode == 0, done.stderr[-3000:]
    assert "6 kills, nothing lost, nothing half written, nothing left behind" in done.stdout
