"""Masks -> what an engine can check."""

import numpy as np
import pytest

from search.qdrant.collection import EVERYTHING, EngineError
from search.qdrant.narrowing import Numbering
from search.qdrant.points import group_of, point_number
from tests.fakes import listing

# Four on-site and four remote ones.
CORPUS = [listing(f"j{number}", "text", work_mode=("on-site", "Remote")[number % 2]) for number in range(8)]
NUMBERING = Numbering.of(CORPUS)


def mask(*positions):
    return np.isin(np.arange(8), positions)


@pytest.mark.parametrize(
    ("most", "positions", "numbers", "not_numbers", "groups", "share"),
    [
        (2, (3, 5), (3, 5), None, None, 1),
        (2, (0, 1, 2, 3, 4, 5), None, (6, 7), None, 1),
        (2, (1, 3, 5), None, None, (1,), 3 / 4),
        (1, (0, 1, 2, 3), None, None, None, 4 / 8),
        (8, (), (), None, None, 1),
    ],
)
def test_mask_names_few_else_the_left_out_else_groups_else_nothing(
    monkeypatch, most, positions, numbers, not_numbers, groups, share
):
    monkeypatch.setattr("search.qdrant.narrowing.MAX_NAMED", most)
    found, found_share = NUMBERING.narrow(mask(*positions))
    named = [None if one is None else tuple(point_number(f"j{n}") for n in one) for one in (numbers, not_numbers)]
    assert [found.numbers, found.not_numbers] == named
    assert found.groups == (None if groups is None else tuple(group_of(CORPUS[n]) for n in groups))
    assert found_share == pytest.approx(share)


def test_no_filter_asks_nothing():
    assert NUMBERING.narrow(None) == NUMBERING.narrow(mask(*range(8))) == (EVERYTHING, 1.0)


def test_spellings_of_a_value_are_one_group():
    assert group_of(listing("a", "x", work_mode="On site")) == group_of(listing("b", "y", work_mode="on-site"))


def test_listing_that_the_corpus_lacks_is_refused():
    assert NUMBERING.positions(NUMBERING.numbers[[4, 1]]).tolist() == [4, 1]
    for number in (0, 2**64 - 1):
        with pytest.raises(EngineError, match="expected listings of this corpus"):
            NUMBERING.positions(np.array([number], dtype=np.uint64))
    with pytest.raises(EngineError, match="expected each listing_id once"):
        Numbering.of([CORPUS[0], CORPUS[0]])
