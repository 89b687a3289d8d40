"""What is to be judged: the best results of some systems, pooled."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from data.judgments.records import JudgedQuery, Judgments
from data.splits import draw_order
from search.metrics import ranked_ids
from search.ranking import MAX_RESULTS, build_run
from search.records import Listing
from search.searcher import Searcher

# query_id and listing_id.
PairId = tuple[str, str]
# A system's name -> query_id -> listing ids, best first.
Rankings = Mapping[str, Mapping[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Pair:
    """A query and a listing whose grade is asked for."""

    query: JudgedQuery
    listing: Listing

    @property
    def pair_id(self) -> PairId:
        """Both ids."""
        return self.query.query_id, self.listing.listing_id


def rank_queries(searchers: Mapping[str, Searcher], queries: Sequence[JudgedQuery]) -> Rankings:
    """Rank the corpus for each query by each system."""
    texts, ids = [query.text for query in queries], [query.query_id for query in queries]
    rankings = {}
    for name, searcher in searchers.items():
        depth = min(MAX_RESULTS, len(searcher.listing_ids))
        run = build_run(searcher.scores(texts), ids, searcher.listing_ids, depth=depth)
        rankings[name] = {query_id: ranked_ids(found) for query_id, found in run.items()}
    return rankings


def pool_results(rankings: Rankings, *, depth: int) -> dict[PairId, None]:
    """Return the pairs of each query with the `depth` best listings of each system, each once."""
    return {
        (query_id, listing_id): None
        for ranked in rankings.values()
        for query_id, found in ranked.items()
        for listing_id in found[:depth]
    }


def draw_again(earlier: Judgments, assessor: str, *, count: int, seed: int) -> list[PairId]:
    """Draw pairs that somebody has graded, to be graded again by an assessor who has not.

    An assessor without a name may get any. Fewer than `count` come back where there are no more.
    """
    own = {(one.query_id, one.listing_id) for one in earlier.grades if one.assessor == assessor}
    graded = {(one.query_id, one.listing_id) for one in earlier.grades} - own
    return sorted(graded, key=_drawn_by(seed, "again"))[:count]


def order_blindly(pair_ids: Collection[PairId], query_ids: Sequence[str], *, seed: int) -> list[PairId]:
    """Order pairs by query, as given, and a query's by hash, so that no rank shows."""
    number = {query_id: place for place, query_id in enumerate(query_ids)}
    drawn = _drawn_by(seed, "pool")
    return sorted(pair_ids, key=lambda pair_id: (number[pair_id[0]], drawn(pair_id)))


def _drawn_by(seed: int, purpose: str) -> Callable[[PairId], tuple[float, PairId]]:
    return lambda pair_id: (draw_order("\n".join((purpose, *pair_id)), seed=seed), pair_id)
