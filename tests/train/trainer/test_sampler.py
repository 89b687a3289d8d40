"""Batches: each listing once an epoch, and shares for several processes."""

import pytest

from train.trainer.sampler import ListingSampler


def test_sampler_gives_each_listing_once():
    sampler = ListingSampler(10, batch=4, seed=1)
    batches = list(sampler)
    assert len(batches) == len(sampler) == 3
    assert sorted(number for batch in batches for number in batch) == list(range(10))


def test_sampler_draws_by_seed_and_epoch():
    def draw(seed, epoch):
        sampler = ListingSampler(12, batch=4, seed=seed)
        sampler.set_epoch(epoch)
        return list(sampler)

    assert draw(1, 0) == draw(1, 0)
    assert draw(1, 0) != draw(1, 1)
    assert draw(1, 0) != draw(2, 0)


def test_sampler_shares_of_two_processes_make_the_step_of_one():
    one = list(ListingSampler(10, batch=4, seed=1))
    two = list(ListingSampler(10, batch=4, seed=1, processes=2))
    assert [first + second for first, second in zip(two[::2], two[1::2], strict=True)] == one


def test_sampler_with_too_few_listings_is_refused():
    with pytest.raises(ValueError, match="at least 4 listings for 2 processes, got 2"):
        ListingSampler(2, batch=4, seed=1, processes=2)
