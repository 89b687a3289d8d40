"""Intervals and p-values over queries, paired, with the queries of one listing kept together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 10_000
# So many resamples at a time: memory stays small for any number of queries.
BLOCK = 500
LEVEL = 0.95

Verdict = Literal["WIN", "LOSS", "NO DIFFERENCE"]


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """How much system a is better than system b, per query and on average."""

    interval: Interval
    p_value: float
    wins: int
    ties: int
    losses: int

    @property
    def verdict(self) -> Verdict:
        """WIN where the interval lies above 0, LOSS where below, else NO DIFFERENCE."""
        if self.interval.low > 0:
            return "WIN"
        return "LOSS" if self.interval.high < 0 else "NO DIFFERENCE"


def _sums_by_group(values: Sequence[float], groups: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the sum and the count of the values of each group, `(n_groups,)` each."""
    _, places = np.unique(np.asarray(groups), return_inverse=True)
    counts = np.bincount(places).astype(np.float64)
    sums = np.bincount(places, weights=np.asarray(values, dtype=np.float64)).astype(np.float64)
    return sums, counts


def bootstrap_mean(values: Sequence[float], groups: Sequence[str], *, seed: int = 0) -> Interval:
    """Return the mean of the values and its percentile bootstrap interval.

    Whole groups are resampled: the three queries of one listing are no independent observations,
    and resampling them one by one would make the interval too narrow.

    Source: Efron and Tibshirani 1993, percentile interval; Field and Welsh 2007 for groups.

    Args:
        values: One a query.
        groups: The listing that each query was written for, as long as `values`.
        seed: Of the resampling; the same for all systems, so that they are paired.

    Raises:
        ValueError: no values, or as many groups as values are not given.
    """
    if not values or len(values) != len(groups):
        raise ValueError(f"expected a group for each of at least one value, got {len(groups)} for {len(values)}")
    sums, counts = _sums_by_group(values, groups)
    rng = np.random.default_rng(seed)
    blocks = []
    for _ in range(RESAMPLES // BLOCK):
        draws = rng.integers(0, len(sums), size=(BLOCK, len(sums)))
        blocks.append(sums[draws].sum(axis=1) / counts[draws].sum(axis=1))
    means = np.concatenate(blocks)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(np.mean(values)), float(low), float(high))


def compare_paired(a: Sequence[float], b: Sequence[float], groups: Sequence[str], *, seed: int = 0) -> Difference:
    """Compare two systems on the same queries.

    The p-value is that of a two-sided paired randomisation test that swaps the systems for whole
    groups, with the observed assignment counted in.

    Source: Smucker, Allan and Carterette 2007 (randomisation test in retrieval).

    Raises:
        ValueError: the lengths differ or there are no queries.
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
    return Difference(
        interval,
        p_value=(extreme + 1) / (RESAMPLES + 1),
        wins=sum(value > 0 for value in differences),
        ties=sum(value == 0 for value in differences),
        losses=sum(value < 0 for value in differences),
    )
