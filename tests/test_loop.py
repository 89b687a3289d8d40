"""The real commands with real weights on a small corpus, end to end."""

import json
import re
import shutil

import pytest
from sentence_transformers import SentenceTransformer

from search.encoding.loading import load_encoder
from train.__main__ import main as train
from train.benchmark import main as benchmark

pytestmark = pytest.mark.slow


def test_model_folder_loads_without_code_of_ours_and_holds_safetensors_only(loop):
    model = SentenceTransformer(str(loop.model), local_files_only=True)
    assert model.encode(["sql"]).shape == (1, 384)
    names = {path.name for path in loop.model.rglob("*") if path.is_file()}
    assert "model.safetensors" in names
    assert not [name for name in names if name.endswith((".bin", ".pt", ".pkl", ".py"))]
    assert not (loop.model / "checkpoints").exists()


def test_model_is_the_one_that_was_measured_and_differs_from_the_base(loop):
    run = json.loads((loop.model / "run.json").read_text())
    assert load_encoder(str(loop.model)).fingerprint == run["tuned_hash"] != run["base_hash"]
    report = json.loads(loop.benchmark.read_text())
    assert report["systems"]["tuned"]["fingerprint"] == run["tuned_hash"]
    assert report["systems"]["base"]["fingerprint"] == run["base_hash"]


def test_the_tuned_model_is_converted_where_torch_is_loaded_already(loop):
    converting = f"encoder   {loop.model}: converted to OpenVINO once"
    logs = {name: (loop.folder / f"{name}.log").read_text() for name in ("train", "train.benchmark")}
    assert [name for name, text in logs.items() if converting in text] == ["train"]


def test_run_record_holds_what_is_needed_to_repeat_it(loop):
    run = json.loads((loop.model / "run.json").read_text())
    assert run["config"]["seed"] == 42
    assert run["corpus_hash"] == json.loads((loop.dataset / "build.json").read_text())["corpus_hash"]
    assert set(run["libraries"]) >= {"torch", "sentence-transformers"}
    assert [row["epoch"] for row in run["validation"]["history"]] == [1]
    assert run["validation"]["tuned"]["ndcg@10"] == max(row["ndcg@10"] for row in run["validation"]["history"])
    assert run["config"]["recipe"]["name"] == "shortlist"


def test_model_card_shows_the_validation_numbers(loop):
    run = json.loads((loop.model / "run.json").read_text())
    card = (loop.model / "README.md").read_text()
    assert (
        f"| ndcg@10 | {run['validation']['base']['ndcg@10']:.3f} | {run['validation']['tuned']['ndcg@10']:.3f} |"
        in card
    )


def test_benchmark_tells_the_card_and_lies_beside_the_model(loop):
    card = (loop.model / "README.md").read_text()
    report = json.loads(loop.benchmark.read_text())
    assert json.loads((loop.model / "benchmark.json").read_text()) == report
    assert f"{report['systems']['tuned']['ndcg@10']['mean']:.3f} [" in card
    assert "Results on the test split" in card
    assert set(report["robustness"]) >= {"as typed", "upper case"}
    assert set(report["similarity"]) == {"base", "base-tokens", "tuned"}


def test_training_that_fails_keeps_the_earlier_model(loop, tmp_path, capsys):
    out = tmp_path / "model"
    shutil.copytree(loop.model, out)
    given = ["--dataset", str(loop.dataset), "--out", str(out), "--base", str(tmp_path), "--overwrite"]
    assert train(given) == 2
    assert "found no modules.json" in capsys.readouterr().err
    assert (out / "model.safetensors").is_file()


def test_benchmark_table_has_a_row_a_system_and_says_what_the_corpus_is(loop, capsys):
    given = ["--dataset", str(loop.dataset), "--split", "validation", "--cache", str(loop.cache)]
    assert benchmark([*given, "--systems", f"tuned={loop.model}", "bm25"]) == 0
    table = capsys.readouterr().out
    assert re.search(r"^tuned +[01]\.\d{3} \[", table, re.MULTILINE)
    for evidence in ("judged", "known-item"):
        assert re.search(rf"^tuned\b.* - bm25\b.* {evidence} ndcg@10 .* p=", table, re.MULTILINE)
    assert "fictional" not in table
    # Judged queries first, those of the half to choose by, as this is validation.
    judged, known = (
        table.index(heading) for heading in ("Judged queries, split development", "Known items, split validation")
    )
    assert judged < known


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ((train, "--dataset", "DATASET", "--base", "nobody/nothing", "--out", "OUT"), "could not load the model"),
        ((benchmark, "--dataset", "DATASET", "--systems", "x=./none"), "expected a model folder or a Hub id"),
        ((benchmark, "--dataset", "./none", "--systems", "bm25"), "expected a dataset folder"),
        ((benchmark, "--dataset", "DATASET", "--systems", "base"), "expected systems as NAME=MODEL"),
    ],
)
def test_commands_bad_input_is_one_line_on_stderr_and_status_2(loop, tmp_path, capsys, command, message):
    main, *arguments = command
    places = {"DATASET": str(loop.dataset), "OUT": str(tmp_path / "out")}
    assert main([*(places.get(word, word) for word in arguments), "--cache", str(loop.cache)]) == 2
    said = capsys.readouterr().err
    errors = [line for line in said.splitlines() if "error:" in line]
    assert len(errors) == 1
    assert message in errors[0]
    assert "Traceback" not in said
    assert not (tmp_path / "out").exists()
