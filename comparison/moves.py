"""What moved between two rankings of one corpus."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from comparison.checks import Checks, distinct
from comparison.request import BASE, TUNED
from search.records import Ranking
from search.understanding.understanding import Statement, Understanding

RBO_PERSISTENCE = 0.9

# The lists of a comparison, left and right, by the systems that stand there unless others are asked for.
Side = Literal["base", "tuned"]
Status = Literal["risen", "fallen", "unchanged", "entered", "left"]


@dataclass(frozen=True, slots=True)
class Move:
    """A listing's rank in both lists, None for not shown; and among all that was ranked, None for not ranked."""

    listing_id: str
    base_rank: int | None
    tuned_rank: int | None
    base_rank_in_all: int | None = None
    tuned_rank_in_all: int | None = None

    @property
    def status(self) -> Status:
        """What happened to the listing from base to tuned."""
        if self.base_rank is None:
            return "entered"
        if self.tuned_rank is None:
            return "left"
        if self.tuned_rank == self.base_rank:
            return "unchanged"
        return "risen" if self.tuned_rank < self.base_rank else "fallen"

    @property
    def rank_change(self) -> int | None:
        """Ranks risen among all (negative: fallen); None without two ranks."""
        base, tuned = self.base_rank_in_all or self.base_rank, self.tuned_rank_in_all or self.tuned_rank
        return None if base is None or tuned is None else base - tuned


@dataclass(frozen=True)
class Comparison:
    """Two systems at depth k: `base` is the list on the left, `tuned` the one on the right.

    `left` and `right` name the systems, which are base and tuned unless others were asked for. `ranked` listings passed
    the filters; `removed` says how many each excluded phrase kept out; `understanding` is what both systems listened to.
    Of each listing that some list shows, `ranks_in_all` has the ranks among all that
    was ranked, side -> listing_id -> rank, and `checks` what it fits, in the order of `statements`.
    """

    base: Ranking
    tuned: Ranking
    k: int
    left: str = BASE
    right: str = TUNED
    ranked: int = 0
    removed: Mapping[str, int] = field(default_factory=dict)
    understanding: Understanding = field(default_factory=lambda: Understanding(""))
    ranks_in_all: Mapping[Side, Mapping[str, int]] = field(default_factory=dict)
    checks: Mapping[str, Checks] = field(default_factory=dict)

    @cached_property
    def moves(self) -> dict[str, Move]:
        """listing_id -> move: in tuned's order, then those that left."""
        base, tuned = self.base.ranks, self.tuned.ranks
        return {
            name: Move(
                name,
                base.get(name),
                tuned.get(name),
                self.rank_in_all("base", name),
                self.rank_in_all("tuned", name),
            )
            for name in tuned | base
        }

    def rank_in_all(self, side: Side, listing_id: str) -> int | None:
        """Return a shown listing's rank among all that a system ranked; None for one not ranked or not shown."""
        return self.ranks_in_all.get(side, self.rankings[side].ranks).get(listing_id)

    @property
    def statements(self) -> tuple[Statement, ...]:
        """What the query states, each once."""
        return distinct(self.understanding.statements)

    @property
    def rankings(self) -> dict[Side, Ranking]:
        """Side -> ranking."""
        return {"base": self.base, "tuned": self.tuned}

    @property
    def is_default_pair(self) -> bool:
        """Whether base and tuned are compared, so that all that differs is the fine-tuning."""
        return (self.left, self.right) == (BASE, TUNED)

    def count(self, status: Status) -> int:
        """Count the listings with this status."""
        return sum(move.status == status for move in self.moves.values())

    @property
    def overlap(self) -> float:
        """overlap@k: the longer list's share in both, in [0, 1]."""
        longer = max(len(self.base.hits), len(self.tuned.hits))
        return len(self.base.ranks.keys() & self.tuned.ranks.keys()) / longer if longer else 1.0

    @property
    def rank_biased_overlap(self) -> float:
        """Rank-biased overlap of both lists, in [0, 1]."""
        return rank_biased_overlap(self.base.listing_ids, self.tuned.listing_ids)


def rank_biased_overlap(left: Sequence[str], right: Sequence[str], *, p: float = RBO_PERSISTENCE) -> float:
    """Compare two lists, the top weighing most, in [0, 1].

    Source: Webber, Moffat and Zobel 2010, "A similarity measure for indefinite rankings", RBO_ext for lists of uneven
    length (equation 32); two empty lists have 1.

    Raises:
        ValueError: p is not inside (0, 1).
    """
    if not 0 < p < 1:
        raise ValueError(f"expected a persistence p between 0 and 1, got {p}")
    shorter, longer = sorted((list(left), list(right)), key=len)
    short, long = len(shorter), len(longer)
    if short == 0:
        return 1.0 if long == 0 else 0.0
    common = [len(set(shorter[:d]) & set(longer[:d])) for d in range(1, long + 1)]
    at_short, at_long = common[short - 1], common[long - 1]
    agreed = sum(common[d - 1] / d * p**d for d in range(1, long + 1))
    uneven = sum(at_short * (d - short) / (short * d) * p**d for d in range(short + 1, long + 1))
    tail = ((at_long - at_short) / long + at_short / short) * p**long
    return (1 - p) / p * (agreed + uneven) + tail
