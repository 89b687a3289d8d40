"""A part of the train listings held out: nothing lost, nothing in two splits, the test split as it was."""

import json

import pytest

from data.__main__ import main
from data.dataset import load_job_dataset
from data.fold import hold_out, part_of
from tests.conftest import small_corpus


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fold")
    source = folder / "listings.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in small_corpus(60)))
    command = ["build", "--source", str(source), "--queries", "given", "--cache", str(folder / "index")]
    assert main([*command, "--out", str(folder / "dataset")]) == 0
    return folder / "dataset"


def listings(dataset, split):
    return {query.listing_id for query in dataset.queries(split)}


@pytest.mark.parametrize("part", range(4))
def test_one_part_moves_into_validation(dataset, tmp_path, part):
    out = tmp_path / "fold"
    assert main(["fold", "--dataset", str(dataset), "--part", str(part), "--out", str(out)]) == 0
    whole, fold = load_job_dataset(str(dataset)), load_job_dataset(str(out))
    moved = {name for name in listings(whole, "train") if part_of(name, 4) == part}
    assert moved
    assert listings(fold, "train") == listings(whole, "train") - moved
    assert listings(fold, "validation") == listings(whole, "validation") | moved
    assert fold.split("test") == whole.split("test")
    assert len(fold.queries("train")) + len(fold.queries("validation")) == len(whole.queries("train")) + len(
        whole.queries("validation")
    )
    negatives = {name for triplet in fold.split("train") for name in triplet.negative_ids}
    assert negatives <= listings(fold, "train")
    assert all(triplet.query.listing_id not in triplet.negative_ids for triplet in fold.split("train"))
    record = json.loads((out / "build.json").read_text())
    assert record["dataset_hash"] == fold.dataset_hash
    assert record["fold"] == {"part": part, "parts": 4, "of": whole.dataset_hash}
    assert record["splits"]["validation"]["listings"] == len(listings(fold, "validation"))


def test_parts_together_hold_each_train_listing_once(dataset):
    whole = load_job_dataset(str(dataset))
    before = listings(whole, "validation")
    parts = [listings(hold_out(whole, part=part, parts=3), "validation") - before for part in range(3)]
    assert sorted(name for part in parts for name in part) == sorted(listings(whole, "train"))


def test_bad_input_is_refused(dataset, tmp_path, capsys):
    assert main(["fold", "--dataset", str(dataset), "--part", "4", "--out", str(tmp_path / "x")]) == 2
    assert "expected --part from 0 to one below --parts" in capsys.readouterr().err
    assert main(["fold", "--dataset", str(tmp_path), "--out", str(tmp_path / "x")]) == 2
    assert "expected a dataset folder with build.json" in capsys.readouterr().err
