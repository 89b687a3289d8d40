"""The systems that the page compares, over one corpus."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from comparison.filters import Filters
from comparison.moves import Comparison, compare_rankings
from search.lexical import LexicalSearcher
from search.records import Listing
from search.searcher import Searcher

MAX_QUERY_CHARACTERS = 2000


@dataclass(frozen=True)
class Systems:
    """Base and tuned searchers of the same listings, with the names that people know them by.

    `others` are searchers for a third list, by name: BM25, hybrid.
    """

    base: Searcher
    tuned: Searcher
    base_name: str
    tuned_name: str
    listings: Mapping[str, Listing]
    others: Mapping[str, Searcher] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make sure that all rank the same corpus.

        Raises:
            ValueError: they do not.
        """
        for searcher in (self.tuned, *self.others.values()):
            if self.base.listing_ids != searcher.listing_ids:
                raise ValueError(
                    f"expected all systems to rank the same listings, got {len(self.base.listing_ids)} "
                    f"and {len(searcher.listing_ids)} of them; build their indexes from one dataset"
                )
        if tuple(self.listings) != self.base.listing_ids:
            raise ValueError("expected the listings in the order of the index; build both from one dataset")

    @cached_property
    def words(self) -> LexicalSearcher:
        """BM25 over the listings: the third list's where there is one."""
        given = (searcher for searcher in self.others.values() if isinstance(searcher, LexicalSearcher))
        return next(given, None) or LexicalSearcher(list(self.listings.values()))

    def compare(self, query: str, *, k: int, third: str = "", filters: Filters | None = None) -> Comparison:
        """Rank the k best of the listings that pass, with both systems and with a third where it is named; join the lists.

        Raises:
            ValueError: the query is empty, k is out of range, or there is no such third system.
        """
        if not query:
            raise ValueError("expected a query, got an empty one; type your skills, or pick an example")
        if third and third not in self.others:
            raise ValueError(f"expected a third list of {', '.join(self.others) or 'none'}, got {third!r}")
        allowed = filters.mask(list(self.listings.values()), self.words) if filters else None
        return compare_rankings(
            self.base.search(query, k=k, allowed=allowed),
            self.tuned.search(query, k=k, allowed=allowed),
            k=k,
            third=self.others[third].search(query, k=k, allowed=allowed) if third else None,
            ranked=len(self.listings) if allowed is None else int(allowed.sum()),
        )


@dataclass(frozen=True, slots=True)
class CleanQuery:
    """A query as it is searched for, and how many characters it had with white space folded."""

    text: str
    given_characters: int

    @property
    def notice(self) -> str:
        """What the person should know of the cut; empty where there was none."""
        if self.given_characters <= MAX_QUERY_CHARACTERS:
            return ""
        return (
            f"Your query has {self.given_characters:,} characters; "
            f"the first {MAX_QUERY_CHARACTERS:,} were searched for."
        )


def clean_query(typed: str) -> CleanQuery:
    """Fold white space, and cut what no model would read."""
    text = " ".join(typed.replace("\x00", " ").split())
    return CleanQuery(text[:MAX_QUERY_CHARACTERS].rstrip(), len(text))
