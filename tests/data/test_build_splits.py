"""The whole build on small input: splits and the corpus, when the source or the queries change."""

import pytest

from data.dataset import load_job_dataset
from tests.conftest import small_corpus
from tests.fakes import FakeEncoder

NIGHT_SHIFTS = (
    "We look for a nurse who likes night shifts and calm people, knows the ward, and has some years on it behind her."
)

pytestmark = pytest.mark.usefixtures("fake_model")


def test_build_negatives_stay_inside_their_split(build, tmp_path):
    build(small_corpus(60))
    dataset = load_job_dataset(str(tmp_path / "out"))
    for triplets in dataset.triplets.values():
        own = {triplet.query.listing_id for triplet in triplets}
        assert {name for triplet in triplets for name in triplet.negative_ids} == own
        assert all(triplet.query.listing_id not in triplet.negative_ids for triplet in triplets)


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


def splits_of(folder):
    return {
        triplet.query.listing_id: split
        for split, triplets in load_job_dataset(str(folder)).triplets.items()
        for triplet in triplets
    }


@pytest.mark.slow
def test_build_source_that_grows_moves_no_old_listing(build, tmp_path):
    """A fifth more, among them reposts of old listings, put at the end: as files of listings grow."""
    rows = small_corpus(100)
    old, new = (
        rows[:80],
        rows[80:] + [{**rows[n], "listing_id": f"again-{n}", "queries": [f"more {n}"]} for n in range(0, 40, 8)],
    )
    build(old)
    before = splits_of(tmp_path / "out")
    build(old + new, overwrite=True)
    after = splits_of(tmp_path / "out")
    assert len(before) == 80
    assert len(after) == 100
    assert {name: after[name] for name in before} == before


@pytest.mark.slow
def test_build_splits_from_an_earlier_dataset_hold_in_any_order(build, tmp_path):
    """Reposts that come first would else stand for their groups, with a draw of their own."""
    rows = small_corpus(80)
    reposts = [{**rows[n], "listing_id": f"again-{n}", "queries": [f"more {n}"]} for n in range(0, 80, 2)]
    build(rows)
    before = splits_of(tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / "earlier")
    build(reposts + rows, overwrite=True)
    assert {name: split for name, split in splits_of(tmp_path / "out").items() if name in before} != before
    build(reposts + rows, overwrite=True, splits_from=str(tmp_path / "earlier"))
    assert splits_of(tmp_path / "out") == before


class CountingEncoder(FakeEncoder):
    """Remembers the documents that it encoded."""

    def __init__(self):
        super().__init__(("data", "scientist", "engineer", "analyst"))
        object.__setattr__(self, "encoded", [])

    def encode_document(self, texts, **options):
        self.encoded.extend(texts)
        return super().encode_document(texts, **options)


def test_build_with_other_queries_leaves_the_corpus_and_encodes_nothing_anew(build, tmp_path, monkeypatch):
    """The source is ordered against the ids; in the second build other listings have the queries."""
    encoder = CountingEncoder()
    monkeypatch.setattr("data.build.load_encoder", lambda name, **options: encoder)
    rows = small_corpus(90)[::-1]
    first = build([row if number % 3 else {**row, "queries": []} for number, row in enumerate(rows)])
    listings = load_job_dataset(str(tmp_path / "out")).listings
    assert [listing.listing_id for listing in listings] == sorted(row["listing_id"] for row in rows)
    assert len(encoder.encoded) == 90
    second = build(
        [{**row, "queries": [f"other {number}"] if number % 2 else []} for number, row in enumerate(rows)],
        overwrite=True,
    )
    assert second.corpus_hash == first.corpus_hash
    assert second.dataset_hash != first.dataset_hash
    assert len(encoder.encoded) == 90
