"""Dataset, model and Space to the local Hub with the real clients, and back into the app."""

import json
import logging
import os

import pytest
from datasets import load_dataset
from huggingface_hub import DatasetCard, ModelCard, SpaceCard
from sentence_transformers import MultiVectorEncoder, SentenceTransformer

from data.dataset import load_job_dataset
from search.artifacts import RunRecord
from search.candidates import load_or_build_searcher
from search.encoding.loading import DEFAULT_BASE, load_encoder
from search.encoding.model_files import recorded_scoring
from search.scoring import combine_scores
from search.searcher import mean_maxsim
from tests.conftest import TOKEN, run_module
from tests.publish.conftest import REPOS, SPACE, all_files, arguments, commits
from train.publish import main
from train.trainer.precision import knows_bf16

pytestmark = pytest.mark.slow


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


def test_dataset_and_model_need_no_base_on_the_hub(hub, folders, capsys):
    for part in ("dataset", "model"):
        assert main(arguments(folders, "--only", part)) == 0
    assert commits(hub) == {"dataset": 2, "model": 2, "space": 0}
    assert main(arguments(folders)) == 2
    assert "has no base model that the Space could load" in capsys.readouterr().err


def test_only_one_part_is_sent_and_says_what_it_needs(hub, base, folders, capsys):
    assert main(arguments(folders, "--only", "dataset")) == 0
    assert commits(hub) == {"dataset": 2, "model": 0, "space": 0}
    assert main(arguments(folders, "--only", "space")) == 2
    assert "expected alice/jobs-model on the Hub, as --only space needs it" in capsys.readouterr().err
    assert main(arguments(folders)) == 0
    (folders[1] / "model.safetensors").write_bytes(b"better weights")
    assert main(arguments(folders, "--only", "model")) == 0
    assert commits(hub) == {"dataset": 2, "model": 3, "space": 2}


def test_report_of_former_weights_goes_and_a_pinned_model_is_preloaded_as_it_is(hub, base, folders):
    assert main(arguments(folders)) == 0
    model = folders[1]
    elsewhere = ("--benchmark", str(model / "none.json"), "--index", str(model / "none"))
    before = all_files(hub)["model"]
    assert main(arguments(folders, *elsewhere)) == 0
    assert all_files(hub)["model"] == before
    run = json.loads((model / "run.json").read_text())
    RunRecord.model_validate(run | {"tuned_hash": "f" * 16}).save(model / "run.json")
    assert main(arguments(folders, "--only", "model")) == 0
    files = hub.repo("model", "alice/jobs-model").files
    assert "benchmark.json" not in files
    assert any(path.startswith("index/") for path in files)
    # A file that was not published is not preloaded.
    (model / "extra.safetensors").write_bytes(b"more")
    assert main(arguments(folders, "--only", "space")) == 0
    head = SpaceCard(hub.repo("space", SPACE).files["README.md"].decode()).data
    assert "model.safetensors" in head.preload_from_hub[1]
    assert "extra" not in head.preload_from_hub[1]


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


def test_folders_that_are_no_results_are_refused(tmp_path, capsys):
    command = ["--dataset", str(tmp_path), "--model", str(tmp_path), "--space", SPACE]
    assert main(command) == 2
    assert "expected a folder with build.json" in capsys.readouterr().err


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


def test_published_model_scores_in_both_classes_of_the_library_as_the_page_does(hub, base, loop):
    """Listings of one passage, which the library reads as the page does; the page's tokens are rounded to bytes."""
    assert main(arguments((loop.dataset, loop.model, loop))) == 0
    listings = load_job_dataset(str(loop.dataset)).listings
    page = load_or_build_searcher(
        load_encoder(str(loop.model)), listings, loop.cache, scoring=recorded_scoring(str(loop.model))
    )
    assert page.scoring == "late_interaction"
    rows = map(page.index.rows_of, range(len(listings)))
    short = [position for position, row in enumerate(rows) if row.stop - row.start == 1]
    assert len(short) >= 10
    texts = [listings[position].document for position in short]
    queries = [
        "data analyst with two years of sql, python and dashboards in retail, who likes to explain numbers",
        "machine learning engineer for medical images, deep learning in pytorch, part of the week from home",
    ]
    sentences = SentenceTransformer("alice/jobs-model")
    passage = sentences.similarity(sentences.encode_query(queries), sentences.encode_document(texts)).numpy()
    tokens = MultiVectorEncoder("alice/jobs-model")
    maxsim = tokens.similarity(tokens.encode_query(queries), tokens.encode_document(texts)).numpy()
    encoded = page.encode(queries)
    # Vectors of the page come from OpenVINO, which calculates in bfloat16 where the processor does.
    within = 5e-3 if knows_bf16() else 1e-3
    assert passage == pytest.approx(page.index.scores(encoded.sentence)[:, short], abs=within)
    assert maxsim == pytest.approx(mean_maxsim(page.tokens, encoded.tokens)[:, short], abs=within)
    assert combine_scores(passage, maxsim) == pytest.approx(page.scores(queries)[:, short], abs=within)
