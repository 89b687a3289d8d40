"""The values that all layers share: listings, queries, hits and rankings."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import inf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Qrels = Mapping[str, Mapping[str, int]]
Run = Mapping[str, Mapping[str, float]]
# Characters of a text, from the first up to before the last.
Span = tuple[int, int]
# Of 0 to 3, the grade of a listing that one would apply for at once, and the lowest of one that is a right answer.
BEST_GRADE, RELEVANT = 3, 2


@dataclass(frozen=True, slots=True)
class Listing:
    """One job posting, cleaned and ready to be ranked.

    `family` is the title family ("Data Scientist", ...) or None where the title names none.
    `text` is the cleaned description, `raw_text` the description as the source had it.
    `facts` are level, work mode and place in plain words, as systems read them; `derived` names those of the fields
    that the source did not have, between commas.
    """

    listing_id: str
    title: str
    text: str
    company: str = ""
    location: str = ""
    work_mode: str = ""
    seniority: str = ""
    family: str | None = None
    raw_text: str = field(default="", repr=False)
    source: str = ""
    facts: str = ""
    derived: str = ""

    @property
    def heading(self) -> str:
        """What each passage begins with: the title and the facts, each on its line."""
        return "".join(f"{line}\n" for line in (self.title, self.facts) if line)

    @property
    def document(self) -> str:
        """What encoders and BM25 read: the heading, the cleaned description."""
        return self.heading + self.text


class Answer(NamedTuple):
    """A listing and its grade for a query: 3 or 2 for a right answer, 1 for one that is related only."""

    listing_id: str
    grade: int


@dataclass(frozen=True, slots=True)
class Query:
    """What a person typed, with the listings that answer it.

    `listing_id` is the best answer, for most queries the only one: the listing it was written for (known-item label).
    `further` has the other answers, best first, and the listings that are related only, which are neither right nor
    wrong.
    """

    query_id: str
    text: str
    listing_id: str
    style: str = ""
    grade: int = BEST_GRADE
    further: tuple[Answer, ...] = ()

    @property
    def grades(self) -> dict[str, int]:
        """listing_id -> grade of all that are not wrong, best first."""
        return {self.listing_id: self.grade, **dict(self.further)}

    @property
    def answers(self) -> tuple[str, ...]:
        """The ids of all right answers, best first."""
        return (self.listing_id, *(one.listing_id for one in self.further if one.grade >= RELEVANT))


@dataclass(frozen=True, slots=True)
class Hit:
    """One ranked listing. `score` is higher for better, `rank` starts at 1.

    `passage` is the stretch of the listing's text that earned the score; None where it is all of it.
    """

    listing_id: str
    score: float
    rank: int
    passage: Span | None = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """Hits in rank order, and the seconds that encoding the query and searching took.

    `mean_score` is that of the whole corpus, whatever is filtered or contradicts the query; -inf where a listing does
    not match at all. `all_ranks` `(n_listings,)` int32 has the rank of each listing of the corpus, in its order, 0 for one that is not
    ranked; None where they were not kept.
    """

    hits: tuple[Hit, ...]
    encode_seconds: float = 0.0
    search_seconds: float = 0.0
    mean_score: float = -inf
    all_ranks: NDArray[np.int32] | None = field(default=None, compare=False, repr=False)

    @property
    def listing_ids(self) -> tuple[str, ...]:
        """The ids in rank order."""
        return tuple(hit.listing_id for hit in self.hits)

    @property
    def ranks(self) -> dict[str, int]:
        """listing_id -> rank."""
        return {hit.listing_id: hit.rank for hit in self.hits}

    def ranks_in_all(self, positions: Mapping[str, int]) -> dict[str, int]:
        """Return listing_id -> rank among all, of the ranked ones of some listings; empty where they were not kept.

        Args:
            positions: listing_id -> its position in the corpus.
        """
        if self.all_ranks is None:
            return {}
        ranks = {listing_id: int(self.all_ranks[position]) for listing_id, position in positions.items()}
        return {listing_id: rank for listing_id, rank in ranks.items() if rank}

    def without_all_ranks(self) -> "Ranking":
        """Return the same ranking for keeping, without what has the size of the corpus."""
        return replace(self, all_ranks=None)


def corpus_hash(listings: Iterable[Listing]) -> str:
    """Hash ids and documents, in order, to 16 hex digits: the identity of a corpus."""
    digest = hashlib.sha256()
    for listing in listings:
        for part in (listing.listing_id, listing.document):
            encoded = part.encode()
            digest.update(f"{len(encoded)}:".encode())
            digest.update(encoded)
    return digest.hexdigest()[:16]


def text_id(text: str) -> str:
    """Make an id of 12 hex digits from a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
