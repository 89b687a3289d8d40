"""Token vectors as a centroid, two bits a dimension, and a factor."""

from dataclasses import replace

import numpy as np
import pytest

from search.arrays import unit_rows
from search.index.residuals import N_FACTORS, fit_residual_codec

RNG = np.random.default_rng(0)
# Of some hundred topics, as words are, with a spread of their own.
TOPICS = RNG.normal(size=(300, 96))
ROWS = unit_rows((TOPICS[RNG.integers(0, 300, 3000)] + 0.6 * RNG.normal(size=(3000, 96))).astype(np.float32))


@pytest.fixture(scope="module")
def codec():
    return fit_residual_codec(ROWS)


def test_codes_have_cosines_near_to_their_vectors(codec):
    codes = codec.compress(ROWS)
    assert codes.shape == (3000, 2 + 96 // 4)
    assert codes.dtype == np.uint8
    found = codec.cosines(ROWS[:200], codes)
    assert found.shape == (3000, 200)
    assert np.abs(found - ROWS @ ROWS[:200].T).mean() < 0.02


def test_factor_brings_codes_back_to_length_one(codec):
    without = replace(codec, factors=np.ones(N_FACTORS, dtype=np.float32))
    # A code's cosines with an orthonormal basis are its coordinates.
    basis = np.eye(96, dtype=np.float32)
    with_factor, bare = (np.linalg.norm(one.cosines(basis, one.compress(ROWS)), axis=1) for one in (codec, without))
    assert np.quantile(np.abs(with_factor - 1), 0.99) < 0.005
    assert np.abs(bare - 1).max() > 0.05
    assert (np.diff(codec.factors) > 0).all()


def test_a_row_of_zeros_leaves_the_factors_of_the_others_as_fine(codec):
    other = fit_residual_codec(np.vstack([ROWS, np.zeros((1, 96), dtype=np.float32)]))
    spans = [one.factors[-1] - one.factors[0] for one in (codec, other)]
    # The factor that the row asks for would make it more than three times as wide.
    assert spans[1] < 2 * spans[0]


def test_same_vectors_give_the_same_codec_and_another_factor_another_hash(codec):
    assert fit_residual_codec(ROWS).hash == codec.hash
    assert replace(codec, factors=codec.factors * np.float32(1.01)).hash != codec.hash


def test_few_equal_vectors_are_coded_too():
    few = fit_residual_codec(np.repeat(ROWS[:1], 3, axis=0))
    assert np.abs(few.cosines(ROWS[:1], few.compress(ROWS[:1])) - 1).max() < 0.05


def test_strange_codes_are_scored_without_an_error(codec):
    strange = np.full((3, codec.code_bytes), 255, dtype=np.uint8)
    fewer = replace(codec, centroids=codec.centroids[:5])
    assert np.isfinite(fewer.cosines(ROWS[:2], strange)).all()


@pytest.mark.parametrize(
    "change",
    [
        {"projection": np.eye(97, dtype=np.float32)},
        {"projection": np.full((96, 96), np.nan, dtype=np.float32)},
        {"projection": np.eye(96)},
        {"centroids": np.ones((5, 95), dtype=np.float32)},
        {"centroids": np.ones((1025, 96), dtype=np.float32)},
        {"centroids": np.ones((0, 96), dtype=np.float32)},
        {"factors": np.ones(63, dtype=np.float32)},
        {"factors": np.ones((64, 1), dtype=np.float32)},
        {"projection": np.float32(1)},
        {"step": 0.0},
        {"step": float("inf")},
    ],
)
def test_numbers_that_no_codec_has_are_refused(codec, change):
    codec.check()
    with pytest.raises(ValueError, match="another kind or shape"):
        replace(codec, **change).check()
