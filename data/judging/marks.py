"""Marks of the blind test on results of judged queries."""

from collections import Counter
from collections.abc import Iterable, Sequence

from data.judging.pool import PairId
from data.judgments.records import JudgedQuery
from data.votes import Vote, first_votes


def marked_pairs(votes: Iterable[Vote], queries: Sequence[JudgedQuery]) -> dict[PairId, bool]:
    """Return whether listings fit judged queries, as the majority of the blind test marked them.

    A query counts where its text is that of a judged one, capitals aside. Of a voter's votes on a query only the
    first is blind. A listing that was marked both ways equally often is left out.
    """
    ids = {query.text.casefold(): query.query_id for query in queries}
    marks: Counter[PairId] = Counter()
    for vote in first_votes(votes):
        query_id = ids.get(" ".join(vote.query.split()).casefold())
        if query_id is not None:
            marks.update((query_id, name) for name in vote.fits)
            marks.subtract((query_id, name) for name in vote.unfit)
    return {pair_id: count > 0 for pair_id, count in marks.items() if count}
