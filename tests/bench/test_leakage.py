"""No near-duplicates across splits, by a method other than the one that splits."""

import pytest

from bench.leakage import LIMIT, check, most_similar, split_listings
from data.corpus.cleaning import clean_text
from data.dataset import load_job_dataset


def test_most_similar_pairs_of_other_groups_first():
    texts = ["night nurse in Hull", "night nurses in Hull", "pastry cook", "night nurse in Hull"]
    pairs = most_similar(texts, ["a", "b", "b", "a"], ["t0", "t1", "t2", "t3"], count=2)
    assert [(pair.left, pair.right) for pair in pairs] == [("t0", "t1"), ("t1", "t3")]
    assert pairs[0].similarity < 1


@pytest.mark.slow
def test_check_knows_the_samples_reposts(sample_listings):
    """All of the bundled corpus's 24 reposts are above the limit, and nothing else is near it."""
    texts = [clean_text(row["description"]) for row in sample_listings]
    names = [row["listing_id"] for row in sample_listings]
    pairs = most_similar(texts, names, names, count=25)
    assert pairs[23].similarity > LIMIT
    assert pairs[24].similarity < 0.5


@pytest.mark.slow
def test_built_dataset_has_no_near_duplicates_across_splits(loop, capsys):
    check(str(loop.dataset))
    listings = split_listings(load_job_dataset(str(loop.dataset)))
    assert {split for _, split in listings} == {"train", "validation", "test"}
    assert f"{len(listings)} listings with queries" in capsys.readouterr().out


@pytest.mark.slow
def test_check_fails_on_a_leak(loop, monkeypatch):
    monkeypatch.setattr("bench.leakage.LIMIT", 0.01)
    with pytest.raises(ValueError, match=r"no pair of 0.01 or more across splits"):
        check(str(loop.dataset))
