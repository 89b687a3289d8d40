"""Judgments beside the triplets of a dataset: written, loaded, folded, exported, on the Hub and back."""

import json
import subprocess
import sys
from types import SimpleNamespace

import huggingface_hub
import pytest
from datasets import Dataset, List, Value, load_dataset

from data.__main__ import main
from data.dataset import load_job_dataset
from data.judgments.dataset import load_judgments
from data.judgments.files import read_judgments
from data.judgments.records import StatedFacts
from data.manifest import BuildRecord
from tests.conftest import ROOT, TOKEN, small_corpus
from tests.hub import client_environment, run_client

QUERIES = [
    {"query_id": "q1", "query": "count sheep", "kind": "wish", "want": "a flock", "split": "development"},
    {"query_id": "q2", "query": "shear sheep", "kind": "wish", "split": "test", "stated": {"not": ["wolves"]}},
]
GRADES = [
    {"query_id": "q1", "listing_id": "job-001", "grade": 3},
    {"query_id": "q1", "listing_id": "job-002", "grade": 0},
    {"query_id": "q2", "listing_id": "job-007", "grade": 2},
    {"query_id": "q2", "listing_id": "job-007", "grade": 1, "assessor": "bo"},
]
NOTE = "by hand, on paper"
JUDGING = {
    "assessors": [{"name": "ann", "kind": "people", "note": NOTE}, {"name": "bo", "kind": "people"}],
    "pooled": ["bm25", "base"],
    "depth": 10,
    "agreement": [
        {"a": "ann", "b": "bo", "n": 40, "same": 0.875, "kappa": 0.51, "weighted_kappa": 0.76, "tau": 1.0,
         "systems": ["bm25", "base"]}
    ],
}  # fmt: skip


@pytest.fixture
def judged(tmp_path):
    """A folder of judged queries and grades."""
    folder = tmp_path / "judged"
    folder.mkdir()
    (folder / "queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in QUERIES))
    (folder / "judgments.jsonl").write_text("".join(json.dumps(row) + "\n" for row in GRADES))
    (folder / "judging.json").write_text(json.dumps(JUDGING))
    return folder


@pytest.fixture
def out(build, judged, tmp_path):
    """A dataset folder with judgments."""
    build(small_corpus(60), judgments=judged)
    return tmp_path / "out"


def test_build_with_judgments_is_read_by_plain_load_dataset(out, tmp_path):
    """A column that no query fills keeps its type."""
    queries = load_dataset(str(out), "judged_queries", cache_dir=str(tmp_path / "plain"))
    assert {split: part["query_id"][:] for split, part in queries.items()} == {"development": ["q1"], "test": ["q2"]}
    assert queries["test"].features["family"] == List(Value("string"))
    assert queries["development"][0] == {
        "query_id": "q1",
        "kind": "wish",
        "query": "count sheep",
        "want": "a flock",
        **dict.fromkeys(("family", "level", "work_mode", "place", "excluded")),
    }
    assert queries["test"][0]["excluded"] == ["wolves"]
    grades = load_dataset(str(out), "judgments", cache_dir=str(tmp_path / "plain"))
    assert grades["test"].to_list() == [
        {"query_id": "q2", "listing_id": "job-007", "grade": 2, "assessor": "ann"},
        {"query_id": "q2", "listing_id": "job-007", "grade": 1, "assessor": "bo"},
    ]
    assert set(load_dataset(str(out), cache_dir=str(tmp_path / "plain"))) == {"train", "validation", "test"}


def test_load_judgments_of_a_folder_gives_what_was_built(out, judged):
    loaded, given = load_judgments(str(out)), read_judgments(judged)
    assert (loaded.queries, loaded.record, loaded.hash) == (given.queries, given.record, given.hash)
    assert sorted(loaded.grades, key=str) == sorted(given.grades, key=str)
    assert loaded.of_split("test").queries[0].stated == StatedFacts(excluded=("wolves",))


def test_judgments_of_one_split_only_load(build, judged, out, tmp_path):
    """The other split is not in the card."""
    (judged / "queries.jsonl").write_text(json.dumps(QUERIES[1]) + "\n")
    (judged / "judgments.jsonl").write_text(json.dumps(GRADES[2]) + "\n")
    build(small_corpus(60), judgments=judged, overwrite=True)
    assert load_judgments(str(out)).qrels == {"q2": {"job-007": 2}}
    assert set(load_dataset(str(out), "judgments", cache_dir=str(tmp_path / "plain"))) == {"test"}


def test_build_json_and_card_say_who_judged_what(out):
    record = BuildRecord.load(out / "build.json").judgments
    assert (record.queries, record.judgments, record.hash) == (2, 4, load_judgments(str(out)).hash)
    assert record.kinds == {"wish": {"development": 1, "test": 1}}
    assert record.grades == {"0": 1, "1": 0, "2": 1, "3": 1}
    assert "null" not in (out / "build.json").read_text()
    card = " ".join((out / "README.md").read_text().split())
    assert "2 queries and 3 results (4 grades by 2 assessors). A grade is" in card
    assert "1 have a 3, 1 a 2, 0 a 1 and 1 a 0, each by the first assessor who graded it. They are" in card
    assert "best 10 of each of: bm25; base." in card
    assert f"- `ann`, people: {NOTE} - `bo`, people" in card
    assert "on the 40 results that both judged: the same grade for 88%, kappa 0.51, weighted kappa 0.76" in card
    assert "| wish | 1 | 1 |" in card
    assert "`test` is for reporting, once" in card
    assert "a listing that nobody judged counts as wrong" in card


def test_card_keeps_what_people_wrote_on_its_line(build, judged, tmp_path):
    note = "by hand\n\n# Another card\n| a | b |"
    changed = JUDGING | {"assessors": [{**JUDGING["assessors"][0], "note": note}, JUDGING["assessors"][1]]}
    changed |= {"pooled": ["bm25\n## x"], "agreement": [JUDGING["agreement"][0] | {"a": "ann\n## y"}]}
    (judged / "judging.json").write_text(json.dumps(changed))
    rows = [QUERIES[0] | {"kind": "a|b"}, QUERIES[1]]
    (judged / "queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    build(small_corpus(60), judgments=judged)
    card = (tmp_path / "out" / "README.md").read_text()
    assert "\n- `ann`, people: by hand # Another card \\| a \\| b \\|\n" in card
    assert "\n| a\\|b | 1 | 0 |\n" in card
    assert "each of: bm25 ## x.\n" in card
    assert "\n`ann ## y` and `bo` on the 40" in card


def test_build_hash_does_not_change_by_judgments(build, out):
    with_judgments = BuildRecord.load(out / "build.json")
    without = build(small_corpus(60), overwrite=True)
    assert without.judgments is None
    assert without.dataset_hash == with_judgments.dataset_hash


def test_dataset_without_judgments_has_none(build, tmp_path):
    build(small_corpus(60))
    assert load_judgments(str(tmp_path / "out")) is None
    assert "judged" not in (tmp_path / "out" / "README.md").read_text().casefold()
    with pytest.raises(FileNotFoundError, match="expected a dataset folder or a Hub id USER/NAME, got 'nowhere'"):
        load_judgments("nowhere")


def test_damaged_table_is_one_line_with_its_row(out):
    rows = [{"query_id": "q2", "listing_id": "job-007", "grade": 7, "assessor": "ann"}]
    Dataset.from_list(rows).to_parquet(out / "judgments" / "test.parquet")
    with pytest.raises(ValueError, match=r"a grade of 0, 1, 2, 3, judgments/test of .*out, row 1 has 7"):
        load_judgments(str(out))


def test_build_maps_a_reposts_grade_to_the_listing_that_stands_for_it(build, judged, tmp_path):
    rows = small_corpus(60)
    rows.append({**rows[1], "listing_id": "copy", "location": "City", "queries": []})
    grades = [{**GRADES[0], "listing_id": "copy"}, *GRADES[1:]]
    (judged / "judgments.jsonl").write_text("".join(json.dumps(row) + "\n" for row in grades))
    build(rows, judgments=judged)
    assert load_judgments(str(tmp_path / "out")).qrels["q1"] == {"job-001": 3, "job-002": 0}


@pytest.mark.parametrize(
    ("queries", "grades", "message"),
    [
        (QUERIES, [*GRADES, {**GRADES[0], "listing_id": "nurse"}], r"1 judgment\(s\) of others, the first of 'nurse'"),
        (QUERIES, GRADES[:2], r"'q2' of .*judged has no judgment"),
        (QUERIES, GRADES[1:], r"'q1' of .*judged has grades of 0 only"),
        ([QUERIES[0] | {"query": "SKILL3 please"}, QUERIES[1]], GRADES, r"'q1' of .* is one of 1 that some have"),
        ([QUERIES[0] | {"query": " "}], GRADES, r"expected a query, .*queries.jsonl:1 has none"),
        (
            [QUERIES[0] | {"stated": {"family": ["Cook"]}}, QUERIES[1]],
            GRADES,
            r"`family` of Data .*, 'q1' .* has 'Cook'",
        ),
    ],
)
def test_build_refuses_judgments_that_do_not_fit(build, judged, tmp_path, queries, grades, message):
    (judged / "queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in queries))
    (judged / "judgments.jsonl").write_text("".join(json.dumps(row) + "\n" for row in grades))
    with pytest.raises(ValueError, match=message):
        build(small_corpus(60), judgments=judged)
    assert not (tmp_path / "out").exists()


def test_build_with_judgments_that_are_not_there_is_refused_at_once(build, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"a folder at .*nowhere, there is none; check --judgments"):
        build(small_corpus(3), judgments=tmp_path / "nowhere")


def test_fold_keeps_the_judgments(out, tmp_path):
    assert main(["fold", "--dataset", str(out), "--out", str(tmp_path / "fold")]) == 0
    assert load_judgments(str(tmp_path / "fold")) == load_judgments(str(out))
    whole, fold = (BuildRecord.load(folder / "build.json") for folder in (out, tmp_path / "fold"))
    assert fold.judgments == whole.judgments
    assert "config_name: judgments" in (tmp_path / "fold" / "README.md").read_text()


def test_command_qrels_writes_the_grades_that_count(out, tmp_path, capsys):
    command = ["qrels", "--dataset", str(out), "--split", "test", "--out", str(tmp_path / "new" / "qrels.txt")]
    assert main(command) == 0
    assert (tmp_path / "new" / "qrels.txt").read_text() == "q2 0 job-007 2\n"
    assert main(command) == 2
    assert "is there already; name another file, or add --overwrite" in capsys.readouterr().err
    (tmp_path / "new" / "qrels.txt").write_text("old")
    assert main([*command, "--overwrite"]) == 0
    assert (tmp_path / "new" / "qrels.txt").read_text() == "q2 0 job-007 2\n"
    assert main([*command[:-1], str(tmp_path)]) == 2
    assert "expected a file for --out" in capsys.readouterr().err


def test_command_qrels_without_judgments_is_one_line(build, tmp_path, capsys):
    build(small_corpus(60))
    command = ["qrels", "--dataset", str(tmp_path / "out"), "--split", "development", "--out", str(tmp_path / "qrels")]
    assert main(command) == 2
    error = capsys.readouterr().err
    assert "expected judged queries of the split development in" in error
    assert error.count("\n") == 1


@pytest.fixture
def judged_hub(hub, monkeypatch, tmp_path):
    """A Hub with one dataset, and a client without pauses and with a cache of its own."""
    hub.add_repo("dataset", "alice/jobs", {"judging.json": json.dumps(JUDGING).encode()})
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    for module in ("utils._http", "file_download"):
        monkeypatch.setattr(f"huggingface_hub.{module}.time", SimpleNamespace(sleep=lambda seconds: None))
    return hub


FAILURES = [("HEAD", status) for status in (401, 403, 404, 429, 500)] + [("GET", 500), ("GET", "cut")]


@pytest.mark.parametrize(("method", "failure"), FAILURES)
def test_load_judgments_when_the_hub_fails_is_one_line(judged_hub, method, failure):
    """Else a benchmark would leave them out without a word."""
    if failure == "cut":
        judged_hub.cut("judging.json", after=5, method=method, times=99)
    else:
        headers = {"Retry-After": "0"} if failure == 429 else {}
        judged_hub.fail("judging.json", status=failure, headers=headers, method=method, times=99)
    with pytest.raises(
        FileNotFoundError, match=r"could not load the judged queries of the dataset 'alice/jobs': "
    ) as e:
        load_judgments("alice/jobs")
    assert "\n" not in str(e.value)
    assert str(e.value).endswith("; check the name and the network, then run again")
    assert TOKEN not in str(e.value)


def test_load_judgments_of_a_dataset_that_the_hub_does_not_have_is_one_line(judged_hub):
    with pytest.raises(FileNotFoundError, match="could not load the judged queries of the dataset 'alice/none': "):
        load_judgments("alice/none")


def test_load_judgments_of_a_hub_dataset_without_them_is_none(judged_hub, caplog):
    judged_hub.add_repo("dataset", "alice/plain", {"README.md": b"x"})
    assert load_judgments("alice/plain") is None
    assert caplog.text == ""


@pytest.mark.parametrize("setting", [("HF_HUB_OFFLINE", True), ("ENDPOINT", "http://127.0.0.1:9")])
def test_load_judgments_without_a_network_goes_on_with_what_the_cache_has(judged_hub, monkeypatch, caplog, setting):
    """judging.json that is in the cache tells that there are some, so that their rows must be there too."""
    with monkeypatch.context() as patch:
        patch.setattr(f"huggingface_hub.constants.{setting[0]}", setting[1])
        template = "http://127.0.0.1:9/{repo_id}/resolve/{revision}/{filename}"
        patch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
        assert load_judgments("alice/jobs") is None
    assert "no network, and no judging.json of alice/jobs in the cache; going on without judged" in caplog.text
    huggingface_hub.hf_hub_download("alice/jobs", "judging.json", repo_type="dataset")
    monkeypatch.setattr(f"huggingface_hub.constants.{setting[0]}", setting[1])
    with pytest.raises((FileNotFoundError, ValueError), match="could not load the dataset 'alice/jobs'"):
        load_judgments("alice/jobs")


@pytest.mark.slow
def test_judgments_go_to_the_hub_and_back(hub, judged, tmp_path):
    """By the whole command, and plain load_dataset; a dataset without them has none, at a revision too."""
    source = tmp_path / "listings.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in small_corpus(60)))
    command = [
        sys.executable, "-m", "data", "build", "--source", str(source), "--judgments", str(judged),
        "--out", str(tmp_path / "out"), "--cache", str(tmp_path / "cache"), "--push", "alice/triplets",
    ]  # fmt: skip
    home = tmp_path / "home"
    environment = client_environment(endpoint=hub.endpoint, home=home, token=TOKEN)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    pushed = hub.repo("dataset", "alice/triplets").head.sha
    files = {
        name: content for name, content in hub.repo("dataset", "alice/triplets").files.items() if "judg" not in name
    }
    without = hub.add_repo("dataset", "alice/plain", files)
    said = run_client(
        f"""
        from datasets import load_dataset
        from data.judgments.dataset import load_judgments
        from data.dataset import load_job_dataset
        loaded = load_judgments("alice/triplets@{pushed}")
        [load_job_dataset(name) for name in ("alice/triplets@{pushed}", "alice/plain@{without}")]
        plain = load_dataset("alice/triplets", "judged_queries")
        say([loaded.hash, loaded.qrels, plain["test"]["excluded"][0], load_judgments("alice/plain@{without}")])
        """,
        endpoint=hub.endpoint,
        home=home,
        token=TOKEN,
        seconds=120,
    )
    given = read_judgments(judged)
    assert said == [given.hash, given.qrels, ["wolves"], None]
    offline = run_client(
        f"""
        from data.dataset import load_job_dataset
        from data.judgments.dataset import load_judgments
        names = "alice/triplets@{pushed}", "alice/plain@{without}"
        judged = [load_judgments(name) for name in names]
        say([judged[0].hash, judged[1], *(load_job_dataset(name).dataset_hash for name in names)])
        """,
        endpoint=hub.endpoint,
        home=home,
        variables={"HF_HUB_OFFLINE": "1"},
        seconds=120,
    )
    assert offline[:2] == [given.hash, None]
    assert offline[2] == offline[3] == load_job_dataset(str(tmp_path / "out")).dataset_hash
    assert load_job_dataset(str(tmp_path / "out")).dataset_hash
