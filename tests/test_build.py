"""The whole build on small input, and the dataset folder read back."""

import json

import numpy as np
import pytest
from datasets import Dataset, load_dataset

from data import build as module
from data.__main__ import main
from data.build import BuildConfig, build_dataset
from data.folder import load_job_dataset
from tests.conftest import small_corpus
from tests.fakes import FakeEncoder


@pytest.fixture(autouse=True)
def fake_model(monkeypatch):
    """Negatives by keyword vectors: the real encoder is tried in tests/test_loop.py."""
    monkeypatch.setattr(module, "load_encoder", lambda name: FakeEncoder(("data", "scientist", "engineer", "analyst")))


@pytest.fixture
def build(tmp_path, write_lines):
    def run(rows, **options):
        config = BuildConfig(source=str(write_lines(*rows)), out=tmp_path / "out", cache=tmp_path / "cache", **options)
        return build_dataset(config)

    return run


def test_build_counts_what_each_step_kept_and_dropped(build):
    rows = small_corpus(60)
    rows.append({"listing_id": "nurse", "title": "Nurse", "description": "Data Scientist wanted elsewhere"})
    rows.append({"listing_id": "blank", "title": "Data Analyst", "description": "<p> </p>"})
    rows.append({**rows[0], "listing_id": "copy", "location": "City", "queries": ["another wish", "SKILL0 please"]})
    record = build(rows)
    counts = record["listings"]
    assert (counts["read"], counts["dropped_by_title"], counts["dropped_empty"]) == (63, 1, 1)
    assert (counts["dropped_near_duplicates"], counts["kept"], counts["near_duplicate_groups"]) == (1, 60, 1)
    assert (record["queries"]["given"], record["queries"]["duplicate"], record["queries"]["kept"]) == (122, 1, 121)
    assert sum(split["triplets"] for split in record["splits"].values()) == 121
    assert sum(split["listings"] for split in record["splits"].values()) == 60


def test_build_folder_is_read_by_plain_load_dataset(build, tmp_path):
    build(small_corpus(60))
    triplets = load_dataset(str(tmp_path / "out"))
    assert set(triplets) == {"train", "validation", "test"}
    assert triplets["train"].column_names[:3] == ["query", "job_description_pos", "job_description_neg"]
    corpus = load_dataset(str(tmp_path / "out"), "listings")
    assert corpus["corpus"].num_rows == 60
    row = triplets["test"][0]
    texts = {one["listing_id"]: f"{one['title']}\n{one['text']}" for one in corpus["corpus"]}
    assert row["job_description_pos"] == texts[row["listing_id_pos"]]
    assert row["job_description_neg"] == texts[row["listing_id_neg"]]


def test_build_negatives_stay_inside_their_split(build, tmp_path):
    build(small_corpus(60))
    dataset = load_job_dataset(str(tmp_path / "out"))
    for triplets in dataset.triplets.values():
        own = {triplet.query.listing_id for triplet in triplets}
        assert {triplet.negative_id for triplet in triplets} == own
        assert all(triplet.negative_id != triplet.query.listing_id for triplet in triplets)


def test_build_is_the_same_twice(build, tmp_path):
    first = build(small_corpus(60))
    second = build(small_corpus(60), overwrite=True)
    assert first == second


def test_build_with_a_queries_file_keeps_its_splits(build, write_lines, tmp_path):
    rows = small_corpus(9)
    fixed = ["train", "validation", "test"] * 3
    given = [
        {
            "listing_id": row["listing_id"],
            "split": split,
            "skills": f"s {row['listing_id']}",
            "wish": f"w {row['listing_id']}",
        }
        for row, split in zip(rows[:6], fixed, strict=False)
    ]
    build(rows, queries_file=write_lines(*given, name="pairs.jsonl"))
    dataset = load_job_dataset(str(tmp_path / "out"))
    assert {query.listing_id for query in dataset.queries("test")} == {"job-002", "job-005"}
    assert {query.style for query in dataset.queries("train")} == {"skills", "wish"}
    assert len(dataset.listings) == 9


def test_build_titles_all_keeps_other_occupations(build):
    rows = [*small_corpus(60), {"listing_id": "nurse", "title": "Nurse", "description": "Night shifts"}]
    assert build(rows, titles="all")["listings"]["families"]["other"] == 1


def test_build_titles_of_other_occupations_only(build):
    rows = [{**row, "title": "Night Nurse"} for row in small_corpus(60)]
    assert build(rows, titles="Nurse")["listings"]["families"] == {"Nurse": 60}


def test_build_without_matching_titles_says_what_to_do(build):
    with pytest.raises(ValueError, match="--titles all"):
        build([{**row, "title": "Nurse"} for row in small_corpus(3)])


def test_build_of_empty_descriptions_names_the_description(build):
    with pytest.raises(ValueError, match="with a fitting title have none"):
        build([{**row, "description": " "} for row in small_corpus(3)])


def test_build_queries_of_other_listings_are_named(build, write_lines):
    given = write_lines({"listing_id": "unknown", "skills": "sql"}, name="pairs.jsonl")
    with pytest.raises(ValueError, match="1 name no kept listing"):
        build(small_corpus(3), queries_file=given)


def test_build_without_queries_says_what_to_do(build):
    with pytest.raises(ValueError, match="name a --queries-file"):
        build([{**row, "queries": []} for row in small_corpus(3)])


def test_build_never_replaces_a_folder_it_did_not_make(build, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("years of work")
    with pytest.raises(ValueError, match="holds other things"):
        build(small_corpus(60), overwrite=True)
    assert (tmp_path / "out" / "thesis.txt").read_text() == "years of work"


def test_build_keeps_an_earlier_result_without_overwrite(build):
    build(small_corpus(60))
    with pytest.raises(ValueError, match="add --overwrite"):
        build(small_corpus(60))


def test_build_that_fails_leaves_nothing_behind(build, tmp_path, monkeypatch):
    def fail(*arguments):
        raise OSError("disk full")

    monkeypatch.setattr(module, "save_json", fail)
    with pytest.raises(OSError, match="disk full"):
        build(small_corpus(60))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "listings.jsonl"]


def test_command_bad_input_is_one_line_and_status_2(capsys, tmp_path):
    assert main(["build", "--source", "nowhere.jsonl", "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "there is none; check --source" in error


def seed_rows(split, count):
    return [
        {
            "query": f"{split} q{n}",
            "job_description_pos": f"{split} pos {n}",
            "job_description_neg": f"{split} pos {(n + 1) % count}",
        }
        for n in range(count)
    ]


def write_seed_dataset(folder, **changes):
    for split in ("train", "validation", "test"):
        folder.mkdir(exist_ok=True)
        rows = [{**row, **changes} for row in seed_rows(split, 4)]
        Dataset.from_list(rows).to_parquet(folder / f"{split}.parquet")


def test_load_dataset_with_the_seeds_three_columns_makes_ids(tmp_path):
    write_seed_dataset(tmp_path / "seed")
    dataset = load_job_dataset(str(tmp_path / "seed"))
    assert len(dataset.listings) == 12
    assert len(dataset.queries("train")) == 4
    texts = {one.listing_id: one.document for one in dataset.listings}
    triplet = dataset.split("test")[0]
    assert texts[triplet.query.listing_id] == "test pos 0"
    assert texts[triplet.negative_id] == "test pos 1"


def test_load_dataset_refuses_a_query_in_two_splits(tmp_path):
    write_seed_dataset(tmp_path / "seed", query="the same")
    with pytest.raises(ValueError, match="each query and listing in one split"):
        load_job_dataset(str(tmp_path / "seed"))


def test_load_dataset_same_query_for_two_listings_keeps_both(tmp_path):
    folder = tmp_path / "seed"
    write_seed_dataset(folder)
    rows = [*seed_rows("test", 4), {**seed_rows("test", 4)[1], "query": "test q0"}, seed_rows("test", 4)[0]]
    Dataset.from_list(rows).to_parquet(folder / "test.parquet")
    queries = load_job_dataset(str(folder)).queries("test")
    assert len(queries) == len({query.query_id for query in queries}) == 5


def test_load_dataset_refuses_an_empty_text(tmp_path):
    write_seed_dataset(tmp_path / "seed", job_description_pos=None)
    with pytest.raises(ValueError, match="expected a text in 'job_description_pos', row 0 of train"):
        load_job_dataset(str(tmp_path / "seed"))


def test_load_dataset_damaged_parquet_is_one_clear_line(build, tmp_path):
    build(small_corpus(60))
    (tmp_path / "out" / "triplets" / "test.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(ValueError, match="could not load the dataset") as caught:
        load_job_dataset(str(tmp_path / "out"))
    assert "\n" not in str(caught.value)


def test_dataset_hash_changes_with_a_query_and_a_split(build, tmp_path):
    first = build(small_corpus(60))
    rows = small_corpus(60)
    rows[0]["queries"] = ["another wish"]
    other_query = build(rows, overwrite=True)
    other_split = build(small_corpus(60), overwrite=True, seed=7)
    assert first["corpus_hash"] == other_query["corpus_hash"] == other_split["corpus_hash"]
    assert len({first["dataset_hash"], other_query["dataset_hash"], other_split["dataset_hash"]}) == 3
    assert load_job_dataset(str(tmp_path / "out")).dataset_hash == other_split["dataset_hash"]


def test_load_dataset_without_the_columns_names_them(tmp_path):
    folder = tmp_path / "other"
    folder.mkdir()
    Dataset.from_list([{"text": "a"}]).to_parquet(folder / "train.parquet")
    with pytest.raises(ValueError, match="lacks 'query' and has text"):
        load_job_dataset(str(folder))


def test_load_dataset_missing_or_empty_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="expected a dataset folder"):
        load_job_dataset(str(tmp_path / "none"))
    (tmp_path / "empty").mkdir()
    with pytest.raises((FileNotFoundError, ValueError), match="could not load the dataset") as caught:
        load_job_dataset(str(tmp_path / "empty"))
    assert "\n" not in str(caught.value)


def test_load_dataset_unknown_split_lists_the_choices(build, tmp_path):
    build(small_corpus(60))
    with pytest.raises(ValueError, match=r"train, validation, test\), got 'dev'"):
        load_job_dataset(str(tmp_path / "out")).queries("dev")


def test_card_tells_what_was_kept(build, tmp_path):
    record = build(small_corpus(60))
    card = (tmp_path / "out" / "README.md").read_text()
    assert "**60 are the corpus**" in card
    assert "Fictional" not in card
    assert json.loads((tmp_path / "out" / "build.json").read_text()) == record


def test_index_of_the_build_is_cached_for_the_next_step(build, tmp_path):
    build(small_corpus(60))
    files = list((tmp_path / "cache").iterdir())
    assert len(files) == 1
    with np.load(files[0]) as saved:
        assert saved["vectors"].shape == (60, 5)
