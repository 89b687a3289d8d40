"""Queries that fine-tuning changed: all of them, as rows that the page's script sorts and filters."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from comparison.moves import Side
from comparison.request import ComparisonRequest
from search.benchmark_report import JudgedQueryRow, QueryRow
from search.records import Listing
from views.sides import MODELS

# More would make the page heavy; those that changed most are kept.
MAX_ROWS = 1000


@dataclass(frozen=True, slots=True)
class QueryChange:
    """One query under both models; `change` is positive where fine-tuning made it better.

    `note` says what kind of query it is; `wanted` is the listing it was written from, `title` that listing's; `wrong`
    has how many of ten results were wrong before and after.
    """

    query_id: str
    query: str
    before: float
    after: float
    change: float
    note: str = ""
    wanted: str = ""
    title: str = ""
    wrong: tuple[float, float] | None = None

    @property
    def how(self) -> str:
        """What fine-tuning did."""
        return "better" if self.change > 0 else "worse" if self.change < 0 else "same"

    @property
    def address(self) -> str:
        """The query string of its comparison, with the wanted listing."""
        wanted = {"wanted": self.wanted} if self.wanted else {}
        return "&".join(filter(None, (ComparisonRequest(self.query).to_address(), urlencode(wanted))))


def judged_changes(rows: Iterable[JudgedQueryRow], sides: Mapping[Side, str]) -> list[QueryChange]:
    """Return how ndcg@10 and the wrong results of judged queries changed, largest change first."""

    def change(row: JudgedQueryRow) -> QueryChange:
        before, after = (row.ndcg[sides[side]] for side in MODELS)
        wrong = (10 * row.wrong[sides["base"]], 10 * row.wrong[sides["tuned"]])
        return QueryChange(row.query_id, row.query, before, after, after - before, note=row.kind, wrong=wrong)

    return _order(change(row) for row in rows if has_both(row.ndcg, sides))


def known_changes(
    rows: Iterable[QueryRow], sides: Mapping[Side, str], listings: Mapping[str, Listing]
) -> list[QueryChange]:
    """Return how the ranks of known items changed, largest change first.

    The change is that of 1 / log2(rank + 1), which is nDCG without its end at 10: a fall from 11 to 400 counts too.
    """

    def change(row: QueryRow) -> QueryChange:
        before, after = (row.ranks[sides[side]] for side in MODELS)
        title = listings[row.listing_id].title if row.listing_id in listings else ""
        gain = 1 / math.log2(after + 1) - 1 / math.log2(before + 1)
        return QueryChange(
            row.query_id,
            row.query,
            before,
            after,
            gain,
            note=row.style,
            wanted=row.listing_id,
            title=title or row.listing_id,
        )

    return _order(change(row) for row in rows if has_both(row.ranks, sides))


def has_both(values: Mapping[str, float], sides: Mapping[Side, str]) -> bool:
    """Tell whether there is a value of both of the page's models."""
    return all(sides.get(side) in values for side in MODELS)


def _order(changes: Iterable[QueryChange]) -> list[QueryChange]:
    """Put the largest change first, whichever its direction; equal ones by id."""
    return sorted(changes, key=lambda one: (-abs(one.change), one.query_id))
