"""One plot of means and intervals, of all systems on one scale."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from search.benchmark_report import Estimate


@dataclass(frozen=True, slots=True)
class Axis:
    """The values that a plot shows, in tenths, from `low` to `high`."""

    low: int
    high: int

    @classmethod
    def around(cls, estimates: Iterable[Estimate]) -> "Axis":
        """Return the narrowest axis that holds all intervals; from 0 to 1 for none."""
        ends = [end for estimate in estimates for end in (estimate.low, estimate.high)]
        if not ends:
            return cls(0, 10)
        low = math.floor(min(ends) * 10)
        return cls(low, max(low + 1, math.ceil(max(ends) * 10)))

    @property
    def ticks(self) -> list[float]:
        """The tenths, both ends among them."""
        return [tenth / 10 for tenth in range(self.low, self.high + 1)]

    def place(self, value: float) -> float:
        """Return where a value lies, in percent of the axis."""
        return (value * 10 - self.low) / (self.high - self.low) * 100


@dataclass(frozen=True, slots=True)
class Group:
    """Systems measured by one kind of evidence: system -> mean and interval, its leaders, and who has only bounds."""

    title: str
    estimates: Mapping[str, Estimate]
    leaders: Mapping[str, str]
    bounds: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Forest:
    """Groups, the first on top, over one axis."""

    groups: Sequence[Group]

    @property
    def axis(self) -> Axis:
        """The scale of all of them."""
        return Axis.around(estimate for group in self.groups for estimate in group.estimates.values())
