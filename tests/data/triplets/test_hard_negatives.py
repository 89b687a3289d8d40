"""Hard negatives: the guards by hand, and agreement with sentence-transformers' own miner."""

import numpy as np
import pytest
from datasets import Dataset
from sentence_transformers.util import mine_hard_negatives as reference

from data.triplets.hard_negatives import mine_hard_negatives
from search.encoding.loading import DEFAULT_BASE, load_encoder


def rows(*degrees):
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def mine(queries, listings, owners, *, words=None, per_query=1):
    words = np.zeros((len(queries), len(listings))) if words is None else np.array(words)
    positives = [[owner] for owner in owners]
    return mine_hard_negatives(queries, listings, words.astype(np.float32), positives, per_query=per_query)


def test_nearest_below_the_margin_is_taken():
    """Query at 0 degrees, positive at 30 (0.866, limit 0.823): 20 is above it, 40 (0.766) is the nearest below."""
    mined = mine(rows(0), rows(30, 20, 40, 90, -60), [0], per_query=2)
    # 20 degrees is within 25.8 of the positive, so it is refused as the same job first; 40 too.
    assert mined.refused["same_job"] == 2
    assert mined.negatives == ((4, 3),)


def test_guards_refuse_in_their_order():
    """Positive at 60 (0.5, limit 0.475): 0 scores 1.0, 75 is like the positive, -65 holds the words, -70 is free."""
    mined = mine(rows(0), rows(60, 0, 75, -65, -70), [0], words=[[10, 0, 0, 7.5, 7.4]])
    assert mined.negatives == ((4,),)
    assert mined.refused == {"same_job": 0, "near_positive": 1, "same_words": 1, "fallback": 0}


def test_words_guard_is_off_where_the_positive_shares_no_word():
    mined = mine(rows(0), rows(60, -65), [0], words=[[-np.inf, 3]])
    assert mined.negatives == ((1,),)


def test_fallback_is_the_farthest():
    mined = mine(rows(0), rows(80, 10, 20), [0])
    assert mined.negatives == ((2,),)
    assert mined.refused["fallback"] == 1


def test_margin_holds_below_zero_too():
    """Positive at 100 (-0.174, limit -0.182): -99 (-0.156) is above, -110 (-0.342) below."""
    assert mine(rows(0), rows(100, -99, -110), [0]).negatives == ((2,),)


def test_one_listing_is_refused():
    with pytest.raises(ValueError, match="at least 2 listings in a split"):
        mine(rows(0), rows(0), [0])


@pytest.mark.slow
def test_agrees_with_sentence_transformers_where_other_guards_refuse_nothing(sample_listings):
    encoder = load_encoder(DEFAULT_BASE)
    chosen = [row for row in sample_listings if row["queries"]][:60]
    queries, documents = [row["queries"][0] for row in chosen], [row["description"] for row in chosen]
    vectors = encoder.encode_document(documents)
    ours = mine_hard_negatives(
        encoder.encode_query(queries), vectors, np.zeros((60, 60), np.float32), [[n] for n in range(60)], per_query=3
    )
    assert ours.refused["same_job"] == 0
    mined = reference(
        Dataset.from_dict({"query": queries, "answer": documents}),
        encoder.model,
        relative_margin=0.05,
        num_negatives=3,
        range_max=59,
        sampling_strategy="top",
        output_format="triplet",
        verbose=False,
    )
    theirs = {(row["query"], row["negative"]) for row in mined}
    full = {(queries[n], documents[index]) for n, indices in enumerate(ours.negatives) for index in indices}
    assert len(theirs) > 100
    assert theirs <= full
