"""Intervals and p-values: worked cases, groups, and known error rates."""

import numpy as np
import pytest

from search.benchmark_report import Estimate
from train.evaluation.significance import bootstrap_mean, compare_paired, find_verdict


def names(count):
    return [f"g{n}" for n in range(count)]


def test_bootstrap_constant_values_have_no_width():
    assert bootstrap_mean([0.5] * 10, names(10)) == Estimate(mean=0.5, low=0.5, high=0.5)


def test_bootstrap_interval_is_near_the_normal_one():
    """400 fair coins: standard error 0.5 / 20 = 0.025, so about mean -+ 0.049."""
    values = [0.0, 1.0] * 200
    interval = bootstrap_mean(values, names(400))
    assert interval.mean == 0.5
    assert interval.low == pytest.approx(0.451, abs=0.006)
    assert interval.high == pytest.approx(0.549, abs=0.006)


def test_bootstrap_queries_of_one_listing_stay_together():
    """Each coin three times over is no more evidence than once: the interval must not shrink."""
    coins = [0.0, 1.0] * 50
    once = bootstrap_mean(coins, names(100))
    thrice = bootstrap_mean([coin for coin in coins for _ in range(3)], [name for name in names(100) for _ in range(3)])
    naive = bootstrap_mean([coin for coin in coins for _ in range(3)], names(300))
    assert thrice.high - thrice.low == pytest.approx(once.high - once.low, rel=0.05)
    assert naive.high - naive.low < 0.7 * (thrice.high - thrice.low)


def test_compare_paired_two_swaps_worked_by_hand():
    """Differences 1 and 1: of four sign patterns two are as extreme, so p is near 0.5."""
    found = compare_paired([1, 1], [0, 0], names(2))
    assert found.p_value == pytest.approx(0.5, abs=0.02)
    assert (found.wins, found.ties, found.losses) == (2, 0, 0)


def test_compare_paired_identical_systems_do_not_differ():
    found = compare_paired([0.3, 0.7, 0.5], [0.3, 0.7, 0.5], names(3))
    assert (found.p_value, found.verdict, found.ties) == (1.0, "NO DIFFERENCE", 3)


def test_compare_paired_clear_difference_is_a_win_and_reversed_a_loss():
    rng = np.random.default_rng(0)
    low = rng.uniform(0, 0.5, 100).tolist()
    high = [value + 0.2 for value in low]
    assert compare_paired(high, low, names(100)).verdict == "WIN"
    assert compare_paired(low, high, names(100)).verdict == "LOSS"
    assert compare_paired(high, low, names(100)).p_value < 0.001


@pytest.mark.slow
def test_randomisation_test_keeps_its_error_rate_under_the_null():
    """Of 200 comparisons of equals, about one in twenty may have p below 0.05."""
    rng = np.random.default_rng(5)
    below = sum(
        compare_paired(rng.normal(size=30).tolist(), rng.normal(size=30).tolist(), names(30)).p_value < 0.05
        for _ in range(200)
    )
    assert 2 <= below <= 22


def test_verdict_touching_zero_is_no_difference():
    assert [find_verdict(0.0, 0.2), find_verdict(0.01, 0.2), find_verdict(-0.2, -0.01)] == [
        "NO DIFFERENCE",
        "WIN",
        "LOSS",
    ]


def test_compare_paired_less_is_better_turns_the_verdict_not_the_difference():
    """a has 0.1, 0.2, ..., always 0.3 less than b."""
    a = [0.1 * number for number in range(10)]
    b = [value + 0.3 for value in a]
    more, less = (compare_paired(a, b, names(10), less_is_better=turned) for turned in (False, True))
    assert (more.verdict, more.wins, more.losses) == ("LOSS", 0, 10)
    assert (less.verdict, less.wins, less.losses) == ("WIN", 10, 0)
    assert more.difference == less.difference == pytest.approx(-0.3)


def test_unequal_lengths_are_refused():
    with pytest.raises(ValueError, match="the same queries for both"):
        compare_paired([1], [1, 2], ["a"])
    with pytest.raises(ValueError, match="a group for each"):
        bootstrap_mean([1, 2], ["a"])
