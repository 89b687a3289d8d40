"""The values that all layers share: listings, queries, hits and rankings."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Qrels = Mapping[str, Mapping[str, int]]
Run = Mapping[str, Mapping[str, float]]
# Characters of a text, from the first up to before the last.
Span = tuple[int, int]


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


@dataclass(frozen=True, slots=True)
class Query:
    """What a person typed, with the listing it was written for (known-item label)."""

    query_id: str
    text: str
    listing_id: str
    style: str = ""


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
    """Hits in rank order, and the seconds that encoding the query and searching took."""

    hits: tuple[Hit, ...]
    encode_seconds: float = 0.0
    search_seconds: float = 0.0

    @property
    def listing_ids(self) -> tuple[str, ...]:
        """The ids in rank order."""
        return tuple(hit.listing_id for hit in self.hits)

    @property
    def ranks(self) -> dict[str, int]:
        """listing_id -> rank."""
        return {hit.listing_id: hit.rank for hit in self.hits}


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
