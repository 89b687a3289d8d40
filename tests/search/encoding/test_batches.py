"""Small batches: the same vectors, told as they come, and ended by what is told."""

import numpy as np
import pytest

from search.encoding.batches import BATCH_TEXTS, BatchedEncoder
from search.index.vectors import build_indexes
from search.scoring import FIRST, LATE_INTERACTION
from tests.comparison.counting import CountingEncoder
from tests.fakes import FakeEncoder, listing

ENCODER = FakeEncoder(("sql", "python"))
CORPUS = [listing(str(number), "sql " * (number % 7 + 1) + "python " * (number % 3)) for number in range(40)]


@pytest.mark.parametrize("scoring", [FIRST, LATE_INTERACTION])
def test_batches_give_the_same_index_and_tell_each_batch(scoring):
    told = []
    counting = CountingEncoder(ENCODER)
    made = build_indexes(BatchedEncoder(counting, told.append), CORPUS, scoring=scoring)
    for one, whole in zip(made, build_indexes(ENCODER, CORPUS, scoring=scoring), strict=True):
        assert one.model_hash == whole.model_hash
        np.testing.assert_array_equal(one.vectors, whole.vectors)
        np.testing.assert_array_equal(one.spans, whole.spans)
        np.testing.assert_array_equal(one.offsets, whole.offsets)
    assert told == [BATCH_TEXTS, BATCH_TEXTS, 40 - 2 * BATCH_TEXTS]
    assert len(counting.calls) == 3


def test_batches_end_with_what_the_report_raises():
    def refuse(count):
        raise ValueError("the visit ended")

    counting = CountingEncoder(ENCODER)
    with pytest.raises(ValueError, match="the visit ended"):
        build_indexes(BatchedEncoder(counting, refuse), CORPUS, scoring=LATE_INTERACTION)
    assert len(counting.calls) == 1
