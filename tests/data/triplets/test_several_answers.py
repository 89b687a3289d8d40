"""Negatives and rows of queries that several listings answer."""

import json
from dataclasses import replace

import numpy as np
import pytest
from datasets import Dataset, load_dataset

from data.dataset import JobDataset, Triplet, check_dataset, load_job_dataset
from data.dataset_folder import _write_listings, _write_triplets
from data.fold import hold_out
from data.queries.given import SelectedQuery
from data.queries.splitting import BY_GROUP, BY_QUERY, SplitQueries
from data.splits import SPLITS
from data.triplets.hard_negatives import mine_hard_negatives
from data.triplets.pipeline import EncodedListings, build_triplets
from search.records import Answer, Query
from tests.conftest import small_corpus
from tests.data.triplets.test_hard_negatives import rows
from tests.fakes import FakeEncoder, listing

WORDS = ("sql", "dbt", "nurse", "cook", "clerk", "baker")
TEXTS = {
    "a": "sql",
    "b": "sql dbt",
    "c": "dbt",
    "d": "nurse",
    "e": "cook",
    "v": "clerk",
    "w": "nurse cook",
    "t": "baker",
}


def corpus():
    encoder = FakeEncoder(WORDS)
    listings = {name: listing(name, text) for name, text in TEXTS.items()}
    vectors = dict(zip(TEXTS, encoder.encode_document(list(TEXTS.values())), strict=True))
    return EncodedListings(listings, vectors, encoder)


def triplets(queries, *, method="hard", by=BY_GROUP, per_query=1):
    made = [
        SelectedQuery(text, "", tuple(sorted((Answer(*one) for one in graded.items()), key=lambda one: -one.grade)))
        for text, graded, _ in queries
    ]
    found = SplitQueries(tuple(made), tuple(split for _, _, split in queries), by)
    built, refused = build_triplets(found, corpus(), method=method, per_query=per_query, seed=1)
    return {row.query.text: row for split in SPLITS for row in built[split]}, refused


HELD_OUT = [("clerk", {"v": 3, "w": 3}, "validation"), ("baker", {"t": 3}, "test")]


@pytest.mark.parametrize("method", ["hard", "least-similar"])
def test_no_answer_and_nothing_related_is_a_negative(method):
    """For sql all of train but d and e answers or is related; the nearest and the farthest are among these."""
    queries = [("sql", {"a": 3, "b": 2, "c": 1}, "train"), ("dbt", {"c": 3, "d": 3, "e": 3}, "train"), *HELD_OUT]
    made, _ = triplets(queries, method=method)
    assert set(made["sql"].negative_ids) <= {"d", "e"}
    assert set(made["dbt"].negative_ids) <= {"a", "b"}
    assert (made["sql"].query.answers, made["sql"].query.grades) == (("a", "b"), {"a": 3, "b": 2, "c": 1})
    assert (made["sql"].query.query_id, made["dbt"].query.query_id) == ("a-q1", "c-q1")


def test_graded_negatives_come_before_mined_ones_and_none_of_another_split_is_trained_on():
    queries = [("sql", {"a": 3, "e": 0, "t": 0}, "train"), ("dbt", {"c": 3, "d": 3, "e": 3}, "train"), *HELD_OUT]
    made, _ = triplets(queries, per_query=2)
    assert made["sql"].negative_ids in (("e", "c"), ("e", "d"))
    assert triplets(queries)[0]["sql"].negative_ids == ("e",)
    assert triplets(queries, method="least-similar")[0]["sql"].negative_ids == ("e",)
    assert triplets(queries, by=BY_QUERY)[0]["sql"].negative_ids == ("e", "t")


@pytest.mark.parametrize("method", ["hard", "least-similar"])
def test_query_that_its_whole_split_answers_takes_what_is_not_held_out_first(method):
    queries = [("sql", {"a": 3, "b": 3}, "train"), *HELD_OUT]
    made, refused = triplets(queries, method=method)
    # No query names c, d, e.
    assert set(made["sql"].negative_ids) <= {"c", "d", "e"}
    assert set(made["baker"].negative_ids) <= {"a", "b", "c", "d", "e"}
    assert refused["other_split"] == 3


def test_query_that_all_listings_answer_is_refused():
    with pytest.raises(ValueError, match=r"a listing that does not answer 'sql', all 8 do; add listings"):
        triplets([("sql", dict.fromkeys(TEXTS, 3), "train"), *HELD_OUT])


def test_guards_hold_for_every_positive():
    """Query at 0; positives at 20 and 60 (0.5, limit 0.475). 0 is near the first, 50 near the second, 59 to 61 are like
    it; -70 (0.342) is the nearest that is free, -65 is barred."""
    mined = mine_hard_negatives(
        *(rows(0), rows(20, 60, 5, 50, -65, -70, 180), np.zeros((1, 7), np.float32), [[0, 1]]),
        per_query=2,
        barred=[[4]],
    )
    assert mined.negatives == ((5, 6),)
    assert mined.refused == {"same_job": 2, "near_positive": 0, "same_words": 0, "fallback": 0}


def test_words_guard_takes_the_positive_that_has_fewest():
    """BM25 10, 4 and 0 for the positives: from 0.75 of 4 on a listing holds the words."""
    words = np.array([[10, 4, 0, 3, 2.9]], np.float32)
    mined = mine_hard_negatives(rows(0), rows(60, 65, 70, -75, -80), words, [[0, 1, 2]], per_query=1)
    assert mined.negatives == ((4,),)
    assert mined.refused["same_words"] == 1


SEVERAL = Query("q1", "sql", "a", "query", 3, (Answer("b", 2), Answer("r", 1)))


def made(**options):
    listings = tuple(listing(name, f"text {name}", title=name) for name in "abrnmvt")
    held = {"validation": (Triplet(Query("q3", "x", "v"), ("n",)),), "test": (Triplet(Query("q4", "y", "t"), ("n",)),)}
    return JobDataset("made", listings, {"train": (Triplet(SEVERAL, ("n", "m")),), **held}, **options)


def save(dataset, folder):
    _write_listings(dataset, folder / "listings")
    _write_triplets(dataset, folder / "triplets")
    configs = [
        "configs:",
        *("- config_name: triplets", "  default: true", "  data_files:"),
        *(f"  - split: {split}\n    path: triplets/{split}.parquet" for split in SPLITS),
        *("- config_name: listings", "  data_files:", "  - split: corpus\n    path: listings/corpus.parquet"),
    ]
    (folder / "README.md").write_text("\n".join(["---", *configs, "---"]))


@pytest.mark.parametrize("split_by", ["group", "listing", "query"])
def test_dataset_of_several_answers_is_read_as_it_was_written(tmp_path, split_by):
    dataset = made(split_by=split_by)
    save(dataset, tmp_path)
    loaded = load_job_dataset(str(tmp_path))
    assert loaded.triplets == dataset.triplets
    assert (loaded.split_by, loaded.dataset_hash) == (split_by, dataset.dataset_hash)


def test_rows_of_several_answers_have_one_query_id_and_their_grades(tmp_path):
    save(made(), tmp_path)
    first, second = load_dataset(str(tmp_path), split="train", cache_dir=str(tmp_path / "cache")).to_list()
    assert (first["listing_id_pos"], first["grade"], first["listing_id_neg"]) == ("a", 3, "n")
    assert (second["listing_id_pos"], second["grade"], second["listing_id_neg"]) == ("b", 2, "m")
    assert first["query_id"] == second["query_id"] == "q1"
    assert first["listing_ids_related"] == ["r"]
    assert "split_by" not in first


def test_hash_tells_answers_grades_and_what_it_is_split_by():
    hashes = {made().dataset_hash, made(split_by="query").dataset_hash}
    for query in (
        replace(SEVERAL, further=SEVERAL.further[:1]),
        replace(SEVERAL, grade=2),
        replace(SEVERAL, further=()),
    ):
        dataset = made()
        hashes.add(replace(dataset, triplets={**dataset.triplets, "train": (Triplet(query, ("n", "m")),)}).dataset_hash)
    assert len(hashes) == 5


def test_listing_in_two_splits_is_refused_unless_the_dataset_says_so():
    dataset = made()
    shared = {**dataset.triplets, "test": (Triplet(Query("q4", "y", "t", "", 3, (Answer("b", 3),)), ("n",)),)}
    with pytest.raises(ValueError, match=r"listing 'b' of made is in train and test"):
        check_dataset(replace(dataset, triplets=shared))
    check_dataset(replace(dataset, triplets=shared, split_by=BY_QUERY))
    unknown = {**dataset.triplets, "train": (Triplet(replace(SEVERAL, further=(Answer("z", 1),)), ("n",)),)}
    with pytest.raises(ValueError, match=r"expected listing 'z' in the corpus"):
        check_dataset(replace(dataset, triplets=unknown))


def test_grade_of_a_row_that_is_no_right_answer_is_refused(tmp_path):
    save(made(), tmp_path)
    path = tmp_path / "triplets" / "train.parquet"
    told = Dataset.from_parquet(str(path), cache_dir=str(tmp_path / "cache"), keep_in_memory=True).to_list()
    Dataset.from_list([{**row, "grade": 1} for row in told]).to_parquet(path)
    with pytest.raises(ValueError, match=r"expected a positive's grade from 2 to 3, .* has 1 for 'q1'"):
        load_job_dataset(str(tmp_path))


def test_fold_moves_all_queries_that_hang_together():
    """Twelve pairs of queries, each with a listing in common: both go, or both stay."""
    listings = tuple(listing(f"l{n}", f"text {n}") for n in range(37))
    train = []
    for n in range(0, 36, 3):
        first, shared, last = (f"l{n + place}" for place in range(3))
        train.append(Triplet(Query(f"q{n}", f"q{n}", first, "", 3, (Answer(shared, 3),)), (f"l{(n + 3) % 36}",)))
        train.append(Triplet(Query(f"p{n}", f"p{n}", last, "", 3, (Answer(shared, 3),)), (f"l{(n + 6) % 36}",)))
    held = {name: (Triplet(Query(name, name, "l36"), ("l0",)),) for name in ("validation", "test")}
    dataset = JobDataset("made", listings, {"train": tuple(train), **held}, BY_QUERY)
    fold = hold_out(replace(dataset, split_by=BY_GROUP), part=0, parts=3)
    moved = {triplet.query.query_id[1:] for triplet in fold.split("validation")[1:]}
    assert 0 < len(moved) < 12
    assert len(fold.split("validation")) - 1 == 2 * len(moved)
    left = {name for triplet in fold.split("train") for name in triplet.query.answers}
    for triplet in fold.split("train"):
        assert set(triplet.negative_ids) <= left - set(triplet.query.answers)
    by_query = hold_out(dataset, part=0, parts=3)
    assert len(by_query.split("validation")) - 1 != 2 * len(
        {triplet.query.query_id[1:] for triplet in by_query.split("validation")[1:]}
    )


def test_build_card_and_record_tell_of_several_answers_and_grades(build, write_lines, tmp_path):
    """Twenty queries with three listings each, the last of which was graded 1, and one more of 0."""
    source = [{**row, "queries": []} for row in small_corpus(80)]
    lines = [
        {"listing_id": source[4 * number + place]["listing_id"], "query": f"wish {number}", "grade": grade}
        for number in range(20)
        for place, grade in enumerate((3, 2, 1, 0))
    ]
    record = build(source, queries_file=write_lines(*lines, name="clicks.jsonl"))
    assert record.queries.model_dump(exclude_unset=True) == {
        "given": 80,
        "retained": 80,
        "empty": 0,
        "too_long": 0,
        "duplicate": 0,
        "without_listing": 0,
        "texts": 20,
        "several_answers": 20,
        "most_answers": 2,
        "grades": dict.fromkeys("0123", 20),
    }
    said = json.loads((tmp_path / "out" / "build.json").read_text())
    assert "split_by" not in said
    assert sum(split["listings"] for split in said["splits"].values()) == 40
    card = (tmp_path / "out" / "README.md").read_text()
    assert "they are 20 different ones, and **20 have several right answers** (at most 2)" in card
    assert "20 a 1, related only, neither right nor a negative; 20 a 0, which are negatives" in card
    dataset = load_job_dataset(str(tmp_path / "out"))
    for triplet in (one for split in SPLITS for one in dataset.split(split)):
        assert list(triplet.query.grades.values()) == [3, 2, 1]
        assert len(triplet.negative_ids) == 1
        assert int(triplet.negative_ids[0][4:]) == int(triplet.query.listing_id[4:]) + 3


def test_build_of_a_log_of_clicks_says_that_it_is_split_by_query(build, write_lines, tmp_path):
    source = [{**row, "queries": []} for row in small_corpus(31)]
    lines = [
        {"listing_id": source[number + place]["listing_id"], "query": f"wish {number}"}
        for number in range(30)
        for place in (0, 1)
    ]
    record = build(source, queries_file=write_lines(*lines, name="clicks.jsonl"))
    assert record.split_by == "query"
    assert "**Split by query**" in (tmp_path / "out" / "README.md").read_text()
    dataset = load_job_dataset(str(tmp_path / "out"))
    assert dataset.split_by == "query"
    again = build(
        source[::-1], queries_file=tmp_path / "clicks.jsonl", splits_from=str(tmp_path / "out"), overwrite=True, seed=7
    )
    earlier = {row.query.text: split for split, rows in dataset.triplets.items() for row in rows}
    later = load_job_dataset(str(tmp_path / "out")).triplets
    assert again.split_by == "query"
    assert {row.query.text: split for split, rows in later.items() for row in rows} == earlier
