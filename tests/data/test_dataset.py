"""Dataset folders read back: the seed's three columns, damaged ones, and what names them."""

import pytest
from datasets import Dataset

from data.dataset import load_job_dataset
from tests.conftest import small_corpus

pytestmark = pytest.mark.usefixtures("fake_model")


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
    assert [texts[name] for name in triplet.negative_ids] == ["test pos 1"]


def test_load_dataset_refuses_a_query_in_two_splits(tmp_path):
    write_seed_dataset(tmp_path / "seed", query="the same")
    with pytest.raises(ValueError, match="each query and listing in one split"):
        load_job_dataset(str(tmp_path / "seed"))


def test_load_dataset_same_query_for_two_listings_has_two_answers(tmp_path):
    folder = tmp_path / "seed"
    write_seed_dataset(folder)
    rows = [*seed_rows("test", 4), {**seed_rows("test", 4)[1], "query": "test q0"}, seed_rows("test", 4)[0]]
    Dataset.from_list(rows).to_parquet(folder / "test.parquet")
    queries = load_job_dataset(str(folder)).queries("test")
    assert len(queries) == len({query.query_id for query in queries}) == 4
    assert [len(query.answers) for query in queries] == [2, 1, 1, 1]


def test_load_dataset_refuses_an_empty_text(tmp_path):
    write_seed_dataset(tmp_path / "seed", job_description_pos=None)
    with pytest.raises(ValueError, match="expected a text in 'job_description_pos', row 0 of train"):
        load_job_dataset(str(tmp_path / "seed"))


def test_load_dataset_keeps_the_order_of_an_older_file(build, tmp_path):
    """Corpora were not always ordered by id; their hash, and what is cached by it, must stay."""
    build(small_corpus(60))
    path = tmp_path / "out" / "listings" / "corpus.parquet"
    rows = Dataset.from_parquet(str(path), cache_dir=str(tmp_path / "cache"), keep_in_memory=True).to_list()[::-1]
    Dataset.from_list(rows).to_parquet(path)
    dataset = load_job_dataset(str(tmp_path / "out"))
    assert [listing.listing_id for listing in dataset.listings] == [row["listing_id"] for row in rows]


def test_load_dataset_damaged_parquet_is_one_clear_line(build, tmp_path):
    build(small_corpus(60))
    (tmp_path / "out" / "triplets" / "test.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(ValueError, match="could not load the dataset") as caught:
        load_job_dataset(str(tmp_path / "out"))
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_dataset_hash_changes_with_a_query_and_a_split(build, tmp_path):
    first = build(small_corpus(60))
    rows = small_corpus(60)
    rows[0]["queries"] = ["another wish"]
    other_query = build(rows, overwrite=True)
    other_split = build(small_corpus(60), overwrite=True, seed=7)
    assert first.corpus_hash == other_query.corpus_hash == other_split.corpus_hash
    assert len({first.dataset_hash, other_query.dataset_hash, other_split.dataset_hash}) == 3
    assert load_job_dataset(str(tmp_path / "out")).dataset_hash == other_split.dataset_hash


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
