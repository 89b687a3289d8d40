"""Batches: each listing once an epoch, alike ones together, parts for several processes."""

import numpy as np
import pytest

from train.trainer.sampler import ClumpSampler, query_centres


def pairs(count):
    """Unit rows in pairs: 2n and 2n + 1 point the same way, as no other does."""
    return np.repeat(np.eye(count, dtype=np.float32), 2, axis=0)


@pytest.mark.parametrize("alike", [1, 2, 3])
def test_sampler_gives_each_listing_once(alike):
    sampler = ClumpSampler(pairs(5), batch=4, alike=alike, seed=1)
    batches = list(sampler)
    assert len(batches) == len(sampler) == 3
    assert sorted(place for batch in batches for place in batch) == list(range(10))


def test_sampler_puts_alike_listings_in_one_batch():
    batches = list(ClumpSampler(pairs(6), batch=4, alike=2, seed=1))
    assert all(
        sorted(place // 2 for place in batch)[::2] == sorted(place // 2 for place in batch)[1::2] for batch in batches
    )


def test_sampler_draws_by_seed_and_epoch():
    def draw(seed, epoch):
        sampler = ClumpSampler(pairs(6), batch=4, alike=2, seed=seed)
        sampler.set_epoch(epoch)
        return list(sampler)

    assert draw(1, 0) == draw(1, 0)
    assert draw(1, 0) != draw(1, 1)
    assert draw(1, 0) != draw(2, 0)


def test_sampler_parts_of_two_processes_make_the_step_of_one():
    one = list(ClumpSampler(pairs(5), batch=4, alike=2, seed=1))
    two = list(ClumpSampler(pairs(5), batch=4, alike=2, seed=1, processes=2))
    assert [first + second for first, second in zip(two[::2], two[1::2], strict=True)] == one


def test_sampler_with_too_few_listings_is_refused():
    with pytest.raises(ValueError, match="at least 4 listings for 2 processes, got 2"):
        ClumpSampler(pairs(1), batch=4, alike=1, seed=1, processes=2)


def test_query_centres_are_unit_means():
    """(1, 0) and (0, 1) of listing 0: the diagonal; (0, 1) of listing 1 stays."""
    vectors = np.array([[1, 0], [0, 1], [0, 1]], dtype=np.float32)
    assert query_centres(vectors, [0, 0, 1]) == pytest.approx(np.array([[0.70711, 0.70711], [0, 1]]), abs=1e-5)
