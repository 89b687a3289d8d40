"""Intervals and p-values over queries, by groups of one listing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.benchmark_report import Estimate, Verdict

RESAMPLES = 10_000
# So many resamples at a time: memory stays small for any number of queries.
BLOCK = 500
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Difference:
    """System a's mean minus system b's; on how many queries a is better, equal and worse."""

    difference: float
    low: float
    high: float
    p_value: float
    wins: int
    ties: int
    losses: int
    verdict: Verdict


def find_verdict(low: float, high: float) -> Verdict:
    """WIN for an interval above 0, LOSS for one below."""
    if low > 0:
        return "WIN"
    return "LOSS" if high < 0 else "NO DIFFERENCE"


def _sums_by_group(values: Sequence[float], groups: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each group's sum and count of values, `(n_groups,)` each."""
    _, members = np.unique(np.asarray(groups), return_inverse=True)
    sums = np.bincount(members, weights=np.asarray(values, dtype=np.float64)).astype(np.float64)
    return sums, np.bincount(members).astype(np.float64)


def bootstrap_mean(values: Sequence[float], groups: Sequence[str], *, seed: int = 0) -> Estimate:
    """Return the mean and its percentile bootstrap interval.

    Whole groups, the queries of one listing, are resampled: they are no independent observations, and resampling them
    one by one would make the interval too narrow. The seed is the same for all systems, so that they are paired.

    Source: Efron and Tibshirani 1993, percentile interval; Field and Welsh 2007 for groups.

    Raises:
        ValueError: there are no values, or not as many groups.
    """
    if not values or len(values) != len(groups):
        raise ValueError(f"expected a group for each of at least one value, got {len(groups)} for {len(values)}")
    sums, counts = _sums_by_group(values, groups)
    rng = np.random.default_rng(seed)
    blocks = []
    for _ in range(RESAMPLES // BLOCK):
        draws = rng.integers(0, len(sums), size=(BLOCK, len(sums)))
        blocks.append(sums[draws].sum(axis=1) / counts[draws].sum(axis=1))
    low, high = np.quantile(np.concatenate(blocks), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(mean=float(np.mean(values)), low=float(low), high=float(high))


def compare_paired(
    a: Sequence[float], b: Sequence[float], groups: Sequence[str], *, less_is_better: bool = False, seed: int = 0
) -> Difference:
    """Compare two systems on the same queries.

    WIN where the interval lies on the side that is better for a, LOSS where on the other.

    The p-value is that of a two-sided paired randomisation test that swaps the systems for all
    queries of a group, with the observed assignment counted in.

    Source: Smucker, Allan and Carterette 2007 (randomisation test in retrieval).

    Raises:
        ValueError: the lengths differ, or there are no queries.
    """
    if len(a) != len(b):
        raise ValueError(f"expected the same queries for both systems, got {len(a)} and {len(b)} values")
    differences = [x - y for x, y in zip(a, b, strict=True)]
    interval = bootstrap_mean(differences, groups, seed=seed)
    sums, _ = _sums_by_group(differences, groups)
    rng = np.random.default_rng(seed + 1)
    extreme = 0
    for _ in range(RESAMPLES // BLOCK):
        signs = rng.choice([-1.0, 1.0], size=(BLOCK, len(sums)))
        # A hair below, so that rounding does not make an equal sum count as smaller.
        extreme += int((np.abs(signs @ sums) >= abs(sums.sum()) - 1e-9).sum())
    better = -1 if less_is_better else 1
    return Difference(
        # Without what rounding leaves of nothing, which would be printed as -0.000.
        round(interval.mean, 12) + 0.0,
        interval.low,
        interval.high,
        p_value=(extreme + 1) / (RESAMPLES + 1),
        wins=sum(better * value > 0 for value in differences),
        ties=sum(value == 0 for value in differences),
        losses=sum(better * value < 0 for value in differences),
        verdict=find_verdict(*sorted((better * interval.low, better * interval.high))),
    )
