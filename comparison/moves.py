"""Two rankings of one corpus -> what moved: risen, fallen, entered, left, overlap, RBO."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from search.records import Ranking

RBO_PERSISTENCE = 0.9

Status = Literal["risen", "fallen", "unchanged", "entered", "left"]


@dataclass(frozen=True, slots=True)
class Move:
    """Where one listing stands in both lists; None where it is not among the k."""

    listing_id: str
    base_rank: int | None
    tuned_rank: int | None

    @property
    def status(self) -> Status:
        """What became of the listing on the way from base to tuned."""
        if self.base_rank is None:
            return "entered"
        if self.tuned_rank is None:
            return "left"
        if self.tuned_rank == self.base_rank:
            return "unchanged"
        return "risen" if self.tuned_rank < self.base_rank else "fallen"

    @property
    def places(self) -> int | None:
        """How many places it rose (negative: fell); None where it is in one list only."""
        if self.base_rank is None or self.tuned_rank is None:
            return None
        return self.base_rank - self.tuned_rank


@dataclass(frozen=True, slots=True)
class Comparison:
    """Base against tuned at depth k. `moves` has each listing of either list once; a third list is shown beside.

    `ranked` counts the listings that could have been found: all, or those that a filter let pass.
    """

    k: int
    base: Ranking
    tuned: Ranking
    moves: dict[str, Move]
    third: Ranking | None = None
    ranked: int = 0

    def count(self, status: Status) -> int:
        """How many listings have this status."""
        return sum(move.status == status for move in self.moves.values())

    @property
    def overlap(self) -> float:
        """overlap@k: the share of the longer list that both lists hold; 1 for two empty lists."""
        longer = max(len(self.base.hits), len(self.tuned.hits))
        common = len(set(self.base.listing_ids) & set(self.tuned.listing_ids))
        return common / longer if longer else 1.0

    @property
    def rank_biased_overlap(self) -> float:
        """Rank-biased overlap of both lists in [0, 1], see `rank_biased_overlap`."""
        return rank_biased_overlap(self.base.listing_ids, self.tuned.listing_ids)


def compare_rankings(
    base: Ranking, tuned: Ranking, *, k: int, third: Ranking | None = None, ranked: int = 0
) -> Comparison:
    """Join two rankings by listing: tuned's order first, then what left, in base's order."""
    base_ranks, tuned_ranks = base.ranks, tuned.ranks
    names = dict.fromkeys((*tuned.listing_ids, *base.listing_ids))
    moves = {name: Move(name, base_ranks.get(name), tuned_ranks.get(name)) for name in names}
    return Comparison(k, base, tuned, moves, third, ranked)


def rank_biased_overlap(left: Sequence[str], right: Sequence[str], *, p: float = RBO_PERSISTENCE) -> float:
    """Compare two top lists, the top weighing most, in [0, 1]; 1 for two empty lists.

    Source: Webber, Moffat and Zobel 2010, "A similarity measure for indefinite rankings", the
    extrapolated point estimate RBO_ext for lists of uneven length (equation 32).

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
