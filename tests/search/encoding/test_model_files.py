"""What lies beside a model's weights."""

import json

import pytest

from search.encoding.loading import DEFAULT_BASE
from search.encoding.model_files import find_model_file, recorded_scoring
from tests.artifacts import run_json


def with_run(folder, text):
    (folder / "run.json").write_text(text, encoding="utf-8")
    return str(folder)


@pytest.mark.parametrize(
    ("said", "scoring"), [("first", "first"), ("late_interaction",) * 2, ("tokens", "late_interaction")]
)
def test_model_is_scored_as_its_run_says(tmp_path, said, scoring):
    assert recorded_scoring(with_run(tmp_path, json.dumps(run_json(scoring=said)))) == scoring


def test_run_of_an_older_version_is_understood(tmp_path):
    """It called a scoring a reading, and had no version."""
    run = run_json()
    run["config"]["recipe"]["reading"] = "windows"
    del run["config"]["recipe"]["scoring"]
    assert recorded_scoring(with_run(tmp_path, json.dumps(run))) == "max_passage"


def test_model_without_a_run_is_scored_by_passages(tmp_path, caplog):
    assert recorded_scoring(str(tmp_path)) == "max_passage"
    assert recorded_scoring("no such model") == "max_passage"
    # The default base lies in its package: nothing is asked of the Hub, which this machine may not reach.
    assert recorded_scoring(DEFAULT_BASE) == "max_passage"
    assert caplog.text == ""


@pytest.mark.parametrize("text", ["no json", "[]", "{}", json.dumps(run_json(scoring="backwards"))])
def test_run_that_does_not_tell_is_warned_of(tmp_path, caplog, text):
    assert recorded_scoring(with_run(tmp_path, text)) == "max_passage"
    assert "as its command wrote it" in caplog.text


def test_model_file_of_a_folder_is_found(tmp_path):
    path = with_run(tmp_path, "{}")
    assert find_model_file(path, "run.json") == tmp_path / "run.json"
    assert find_model_file(path, "index/none.npz") is None


def test_model_file_on_the_hub_is_fetched(hub):
    hub.add_repo("model", "alice/model", {"config.json": b"{}"})
    assert recorded_scoring("alice/model") == "max_passage"
    hub.add_repo("model", "alice/tuned", {"run.json": json.dumps(run_json(scoring="first")).encode()})
    assert recorded_scoring("alice/tuned") == "first"
