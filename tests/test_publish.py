"""Dataset, model and Space to the local Hub with the real clients, and back into the app."""

import json
import logging
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from datasets import load_dataset
from gradio_client import Client
from huggingface_hub import DatasetCard, ModelCard, SpaceCard
from sentence_transformers import SentenceTransformer

from bench.browser import free_port, wait_until_served
from data.folder import load_job_dataset
from search.encoder import DEFAULT_BASE, installed_base, load_encoder
from search.index import load_or_build_index
from search.searcher import DenseSearcher
from tests.conftest import TOKEN, run_module
from tests.hub import client_environment
from train.publish import main

pytestmark = pytest.mark.slow
SPACE = "alice/jobs"
REPOS = (("dataset", "alice/jobs-dataset"), ("model", "alice/jobs-model"), ("space", SPACE))
QUERY = "sql dashboards for a museum"


@pytest.fixture
def base(hub):
    """The default base on the Hub, for what does not load it: few bytes."""
    return hub.add_repo("model", DEFAULT_BASE, {"config.json": b"{}", "model.safetensors": b"weights", "x.onnx": b"x"})


@pytest.fixture
def folders(loop, tmp_path):
    """A real dataset and what looks like a model to the uploader."""
    model = tmp_path / "model"
    (model / "1_Pooling").mkdir(parents=True)
    shutil.copy(loop.model / "run.json", model / "run.json")
    (model / "model.safetensors").write_bytes(b"weights")
    (model / "1_Pooling" / "config.json").write_text("{}")
    (model / "README.md").write_text("---\nlicense: apache-2.0\n---\n")
    return loop.dataset, model, loop


def arguments(folders, *more):
    dataset, model, loop = folders
    return [
        "--dataset", str(dataset), "--model", str(model), "--space", SPACE,
        "--benchmark", str(loop.benchmark), "--index", str(loop.cache), *more,
    ]  # fmt: skip


def commits(hub):
    return {kind: len(hub.repo(kind, name).commits) if hub.has_repo(kind, name) else 0 for kind, name in REPOS}


def all_files(hub):
    return {kind: hub.repo(kind, name).files for kind, name in REPOS if hub.has_repo(kind, name)}


def test_publish_sends_three_commits_and_pins_the_variables(hub, base, folders, caplog):
    assert main(arguments(folders)) == 0
    assert commits(hub) == {"dataset": 2, "model": 2, "space": 2}
    heads = {kind: hub.repo(kind, name).head.sha for kind, name in REPOS}
    space = hub.repo("space", SPACE)
    assert space.variables == {
        "BASE_MODEL": f"{DEFAULT_BASE}@{base}",
        "TUNED_MODEL": f"alice/jobs-model@{heads['model']}",
        "DATASET": f"alice/jobs-dataset@{heads['dataset']}",
    }
    run = json.loads((folders[1] / "run.json").read_text())
    assert all(run["tuned_hash"] in hub.repo(kind, name).head.title for kind, name in REPOS)
    head = SpaceCard(space.files["README.md"].decode()).data
    assert head.models == [DEFAULT_BASE, "alice/jobs-model"]
    assert head.preload_from_hub[0] == f"{DEFAULT_BASE} config.json,model.safetensors {base}"
    assert head.preload_from_hub[1].endswith(heads["model"])
    assert "run.json" not in head.preload_from_hub[1]
    assert head.sdk_version == "6.31.0"
    assert TOKEN not in caplog.text
    sent = b"".join(content for files in all_files(hub).values() for content in files.values())
    assert TOKEN.encode() not in sent
    assert os.fspath(folders[2].folder).encode() not in sent


def test_publish_again_makes_no_commit_and_one_changed_listing_only_the_datasets(hub, base, folders, tmp_path):
    _, model, loop = folders
    assert main(arguments(folders)) == 0
    before = commits(hub)
    assert main(arguments(folders)) == 0
    assert commits(hub) == before
    lines = (loop.folder / "listings.jsonl").read_text().splitlines()
    row = json.loads(lines[0])
    lines[0] = json.dumps(row | {"description": row["description"] + " We also keep bees."})
    source = tmp_path / "changed.jsonl"
    source.write_text("\n".join(lines) + "\n")
    changed = tmp_path / "dataset"
    done = run_module("data", "build", "--source", str(source), "--queries", "given", "--out", str(changed))
    assert done.returncode == 0, done.stderr
    files = all_files(hub)
    assert main(arguments((changed, model, loop))) == 0
    assert commits(hub) == before | {"dataset": before["dataset"] + 1}
    assert all_files(hub)["model"] == files["model"]
    assert hub.repo("space", SPACE).variables["DATASET"].endswith(hub.repo("dataset", "alice/jobs-dataset").head.sha)


def test_dry_run_names_every_file_and_sends_nothing(hub, base, folders, caplog):
    caplog.set_level(logging.INFO)
    assert main(arguments(folders, "--dry-run")) == 0
    assert commits(hub) == dict.fromkeys(("dataset", "model", "space"), 0)
    for name in ("triplets/train.parquet", "model.safetensors (7 bytes)", "benchmark.json", "app.py", "views/map.py"):
        assert f"would write {name}" in caplog.text
    assert "data/sample" not in caplog.text
    assert "variable  DATASET would be alice/jobs-dataset@" in caplog.text


def test_only_one_part_is_sent_and_says_what_it_needs(hub, base, folders, capsys):
    assert main(arguments(folders, "--only", "dataset")) == 0
    assert commits(hub) == {"dataset": 2, "model": 0, "space": 0}
    assert main(arguments(folders, "--only", "space")) == 2
    assert "expected alice/jobs-model on the Hub, as --only space needs it" in capsys.readouterr().err
    assert main(arguments(folders)) == 0
    (folders[1] / "model.safetensors").write_bytes(b"better weights")
    assert main(arguments(folders, "--only", "model")) == 0
    assert commits(hub) == {"dataset": 2, "model": 3, "space": 2}


def test_repository_that_this_tool_did_not_make_is_left_alone_without_force(hub, base, folders, capsys):
    hub.add_repo("space", SPACE, {"app.py": b"years = 'of work'"})
    assert main(arguments(folders)) == 2
    assert "made by this tool, it holds .gitattributes, app.py" in capsys.readouterr().err
    assert hub.repo("space", SPACE).files["app.py"] == b"years = 'of work'"
    assert commits(hub) == {"dataset": 0, "model": 0, "space": 2}
    assert main(arguments(folders, "--force")) == 0
    assert b"of work" not in hub.repo("space", SPACE).files["app.py"]


def test_private_stays_private_and_public_is_not_taken_for_private(hub, base, folders, capsys, caplog):
    assert main(arguments(folders, "--private")) == 0
    assert all(hub.repo(kind, name).private for kind, name in REPOS)
    assert "secret HF_TOKEN" in caplog.text
    assert len(SpaceCard(hub.repo("space", SPACE).files["README.md"].decode()).data.preload_from_hub) == 1
    (folders[1] / "model.safetensors").write_bytes(b"better weights")
    assert main(arguments(folders)) == 0
    assert all(hub.repo(kind, name).private for kind, name in REPOS)
    hub.add_repo("dataset", "alice/open", {})
    before = commits(hub)
    assert main(arguments(folders, "--private", "--dataset-repo", "alice/open")) == 2
    assert commits(hub) == before
    assert "expected alice/open to be private" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("token", "line"),
    [
        ("hf_wrong", "the Hub did not take the token"),
        ("hf_bob", "expected a name under bob, got 'alice/jobs-dataset'"),
        ("hf_reader", "expected a token that may write"),
    ],
)
def test_token_is_checked_first_and_never_shown(hub, base, folders, monkeypatch, capsys, caplog, token, line):
    monkeypatch.setenv("HF_TOKEN", token)
    assert main(arguments(folders)) == 2
    said = capsys.readouterr().err + caplog.text
    assert line in said
    assert token not in said
    assert commits(hub) == dict.fromkeys(("dataset", "model", "space"), 0)


FAULTS = {
    "401": lambda hub, path: hub.fail(path, status=401, times=9),
    "403": lambda hub, path: hub.fail(path, status=403, times=9),
    "404": lambda hub, path: hub.fail(path, status=404, times=9),
    "409": lambda hub, path: hub.fail(path, status=409, times=9),
    "429": lambda hub, path: hub.fail(path, status=429, headers={"Retry-After": "0"}, times=9),
    "500": lambda hub, path: hub.fail(path, status=500, times=9),
    "cut": lambda hub, path: hub.cut(path, after=5, method="POST", times=9),
}


@pytest.mark.parametrize("kind", ["dataset", "model", "space"])
@pytest.mark.parametrize("fault", FAULTS)
def test_failure_at_each_commit_is_one_line_and_the_next_run_finishes(hub, base, folders, capsys, kind, fault):
    FAULTS[fault](hub, f"/api/{kind}s/{dict(REPOS)[kind]}/commit/")
    assert main(arguments(folders)) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith(f"train.publish: error: the Hub did not take the {kind} for {dict(REPOS)[kind]}: ")
    assert said.endswith("then run again")
    assert TOKEN not in said
    for name, files in all_files(hub).items():
        # A cut answer hides a commit that was made; otherwise the failed repository has nothing but the Hub's own file.
        assert name != kind or fault == "cut" or set(files) == {".gitattributes"}
    hub.heal()
    assert main(arguments(folders)) == 0
    whole = commits(hub)
    assert main(arguments(folders)) == 0
    assert commits(hub) == whole == {"dataset": 2, "model": 2, "space": 2}


@pytest.mark.parametrize("step", ["/objects/", "/api/repos/create", "/variables", "/tree/", "/preupload/"])
def test_failure_at_other_steps_too(hub, base, folders, capsys, step):
    if step == "/tree/":
        assert main(arguments(folders)) == 0
    hub.fail(step, status=403, times=9)
    assert main(arguments(folders)) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith("train.publish: error: the Hub did not ")
    assert TOKEN not in said
    hub.heal()
    assert main(arguments(folders)) == 0
    assert commits(hub) == {"dataset": 2, "model": 2, "space": 2}


def test_folders_that_are_no_results_are_refused(tmp_path, capsys):
    command = ["--dataset", str(tmp_path), "--model", str(tmp_path), "--space", SPACE]
    assert main(command) == 2
    assert "expected a folder with build.json" in capsys.readouterr().err


# Stands in for the package of ZeroGPU Spaces: says what it decorated, and when a GPU was lent.
SPACES = """
def GPU(function):
    print(f"decorated {function.__name__}", flush=True)
    def lent(*arguments, **options):
        print("lent", flush=True)
        return function(*arguments, **options)
    return lent
"""


@contextmanager
def space_started(hub, folder, home, modules=None):
    """Run the Space's files as they were uploaded, in a fresh folder and cache, with nothing but its variables."""
    space = hub.repo("space", SPACE)
    for path, content in {**space.files, **(modules or {})}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    port = free_port()
    environment = client_environment(endpoint=hub.endpoint, home=home, variables=space.variables)
    environment |= {"GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False"}
    del environment["PYTHONPATH"]
    log = folder / "app.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "app.py"], cwd=folder, env=environment, stdout=output, stderr=output
        )
    try:
        wait_until_served(f"http://127.0.0.1:{port}/", process, log)
        yield f"http://127.0.0.1:{port}/", log
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def whole_base(hub):
    """The default base on the Hub, with its real weights."""
    folder = installed_base()
    files = {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    return hub.add_repo("model", DEFAULT_BASE, files)


@pytest.mark.parametrize("modules", [{}, {"spaces.py": SPACES.encode()}], ids=["cpu", "zerogpu"])
def test_whole_circle_from_training_to_a_fresh_space_with_the_same_top_10(hub, whole_base, loop, tmp_path, modules):
    assert main(arguments((loop.dataset, loop.model, loop))) == 0
    model = hub.repo("model", "alice/jobs-model")
    with space_started(hub, tmp_path / "space", tmp_path / "home", modules) as (address, log):
        client = Client(address, verbose=False, download_files=str(tmp_path / "files"))
        answer = client.predict(query=QUERY, k=10, api_name="/compare")
    listings = load_job_dataset(str(loop.dataset)).listings
    for side, name in (("base", DEFAULT_BASE), ("tuned", str(loop.model))):
        encoder = load_encoder(name)
        local = DenseSearcher(encoder, load_or_build_index(encoder, listings, loop.cache)).search(QUERY, k=10)
        assert [row["listing_id"] for row in answer[side]] == list(local.listing_ids)
    assert answer["tuned_model"] == f"alice/jobs-model@{model.head.sha[:7]}"
    shipped = {Path(path).name: content for path, content in model.files.items() if path.startswith("index/")}
    assert len(shipped) == 2
    cached = {file.name: file.read_bytes() for file in (tmp_path / "space" / "build" / "index").glob("*-windows.npz")}
    assert {name: cached[name] for name in shipped} == shipped
    assert "Batches" not in log.read_text()
    said = log.read_text().splitlines()
    assert said.count("decorated encode") == bool(modules)
    assert said.count("lent") >= 2 * bool(modules)


def test_model_and_dataset_load_without_code_of_ours_and_their_cards_are_valid(hub, base, loop, tmp_path, monkeypatch):
    assert main(arguments((loop.dataset, loop.model, loop))) == 0
    for name, kind in (("alice/jobs-model", "model"), ("alice/jobs-dataset", "dataset")):
        for path, content in hub.repo(kind, name).files.items():
            (tmp_path / kind / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / kind / path).write_bytes(content)
    assert SentenceTransformer(str(tmp_path / "model")).encode(["text"]).shape == (1, 384)
    rows = load_dataset(str(tmp_path / "dataset"), cache_dir=str(tmp_path / "cache"))
    assert set(rows) == {"train", "validation", "test"}
    ModelCard((tmp_path / "model" / "README.md").read_text()).validate()
    DatasetCard((tmp_path / "dataset" / "README.md").read_text()).validate(repo_type="dataset")
    assert os.environ["HF_TOKEN"] == TOKEN
