"""What lies beside a model's weights."""

import json

import pytest

from search.encoding.loading import DEFAULT_BASE
from search.encoding.model_files import find_shipped, recorded_reading


def with_run(folder, text):
    (folder / "run.json").write_text(text, encoding="utf-8")
    return str(folder)


def test_model_is_read_as_its_run_says(tmp_path):
    run = {"config": {"recipe": {"reading": "tokens"}}}
    assert recorded_reading(with_run(tmp_path, json.dumps(run))) == "tokens"


def test_model_without_a_run_is_read_in_windows(tmp_path, caplog):
    assert recorded_reading(str(tmp_path)) == "windows"
    assert recorded_reading("no such model") == "windows"
    # The default base lies in its package: nothing is asked of the Hub, which this machine may not reach.
    assert recorded_reading(DEFAULT_BASE) == "windows"
    assert caplog.text == ""


@pytest.mark.parametrize("text", ["no json", "[]", "{}", '{"config": {"recipe": {"reading": "backwards"}}}'])
def test_run_that_does_not_tell_is_warned_of(tmp_path, caplog, text):
    assert recorded_reading(with_run(tmp_path, text)) == "windows"
    assert "does not tell how listings are read" in caplog.text


def test_shipped_file_of_a_folder_is_found(tmp_path):
    path = with_run(tmp_path, "{}")
    assert find_shipped(path, "run.json") == tmp_path / "run.json"
    assert find_shipped(path, "index/none.npz") is None


def test_shipped_file_on_the_hub_is_fetched(hub):
    run = {"config": {"recipe": {"reading": "first"}}}
    hub.add_repo("model", "alice/model", {"config.json": b"{}"})
    assert recorded_reading("alice/model") == "windows"
    hub.add_repo("model", "alice/tuned", {"run.json": json.dumps(run).encode()})
    assert recorded_reading("alice/tuned") == "first"
