"""Training examples: triplets, or listings with all their queries."""

import math
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from datasets import Dataset

from data.dataset import JobDataset
from search.encoding.encoder import Encoder
from search.encoding.passages import PASSAGE_TOKENS, passage_text, read_passages
from search.lexical import stem_words
from search.scoring import Scoring
from search.understanding.gazetteer import wider_names
from search.understanding.listing_facts import describe_facts
from search.understanding.locations import resolve_location
from train.trainer.answers import train_listings, train_triplets
from train.trainer.augmentation import add_family, add_noise, paste_into_cv
from train.trainer.wordings import CITY, FACTS, PARAGRAPH_CHARACTERS, Worded, say_facts

# Of a passage, beside its heading, where it stands once for each altered fact.
TWIN_CHARACTERS = 200
# Two other levels, as levels are the hardest to tell.
TWIN_FACTS = ("level", *FACTS)


def build_examples(
    dataset: JobDataset, encoder: Encoder, *, scoring: Scoring, window: int = PASSAGE_TOKENS, limit: int = 0
) -> Dataset:
    """Return a row for each listing of the train split.

    Its columns: `listing_id`; `queries` and `passages`, lists of str; `fitting`, list of int: the passages that share
    most words with a query; `family`, the listing's in small letters, or nothing. A passage has at most `window`
    tokens, unless `scoring` reads the beginning only.

    Raises:
        ValueError: there are fewer than two listings to train on.
    """
    queries_of = train_listings(dataset, limit=limit)
    if len(queries_of) < 2:
        raise ValueError(
            f"expected at least 2 listings with queries to train on, {dataset.name} has {len(queries_of)}; add listings"
        )
    by_id = {listing.listing_id: listing for listing in dataset.listings}
    listings = [by_id[listing_id] for listing_id in queries_of]
    spans_of = read_passages(encoder, listings, scoring, max_tokens=window)
    passages_of = [[passage_text(one, span) for span in spans] for one, spans in zip(listings, spans_of, strict=True)]
    return Dataset.from_dict(
        {
            "listing_id": list(queries_of),
            "queries": list(queries_of.values()),
            "passages": passages_of,
            "fitting": fitting_passages(list(queries_of.values()), passages_of),
            "family": [(one.family or "").lower() for one in listings],
            "title": [one.title for one in listings],
            "heading": [one.heading for one in listings],
            "level": [one.seniority for one in listings],
            "work_mode": [one.work_mode for one in listings],
            "location": [one.location for one in listings],
        }
    )


def fitting_passages(queries_of: Sequence[Sequence[str]], passages_of: Sequence[Sequence[str]]) -> list[list[int]]:
    """Find the passage that shares each query's rarest words.

    Returns:
        Positions of passages, a list a listing; a query that shares no word with any passage has none there.
    """
    stems_of = [[set(stems) for stems in stem_words(passages)] for passages in passages_of]
    seen = Counter(stem for passages in stems_of for stems in passages for stem in stems)
    total = sum(len(passages) for passages in passages_of)
    fitting = []
    for queries, passages in zip(queries_of, stems_of, strict=True):
        positions = []
        for wanted in stem_words(queries):
            # Exact, as a set has another order in each process, and rounding would break ties by it.
            shared = [
                math.fsum(math.log(total / seen[stem]) for stem in stems.intersection(wanted)) for stems in passages
            ]
            if max(shared) > 0:
                positions.append(shared.index(max(shared)))
        fitting.append(positions)
    return fitting


def build_triplet_examples(dataset: JobDataset, *, limit: int = 0) -> Dataset:
    """Return a row for each triplet to train on."""
    documents = {listing.listing_id: listing.document for listing in dataset.listings}
    taken = train_listings(dataset, limit=limit)
    rows = [
        (triplet.query.text, *pair)
        for triplet in train_triplets(dataset, limit=limit)
        for pair in triplet.pairs
        if pair[0] in taken
    ]
    return Dataset.from_dict(
        {
            "anchor": [text for text, _, _ in rows],
            "positive": [documents[positive_id] for _, positive_id, _ in rows],
            "negative": [documents[negative_id] for _, _, negative_id in rows],
        }
    )


@dataclass(frozen=True, slots=True)
class Drawn:
    """A listing's part of a batch: `typed` are its queries as given, `queries` as they are trained on.

    `twins` are its passage with one fact of another listing each, and that fact.
    """

    typed: list[str]
    queries: list[Worded]
    passage: str
    twins: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class ListingCollator:
    """Tokenizes each listing once for its several queries.

    The batch holds `anchor_*` with a row a query, `positive_*` with a row a listing, and `label` with `query`,
    int64: the row of each query's listing, and `twins`, `(n_queries, 4)` int64: the rows of altered listings that the
    query says nothing against, -1 for none. Where queries have several answers, `label` also has `place`, int64: the
    place of each row's listing among all that are trained on, and `text`, int64: each query's place in `answers`, -1 for
    one answer. Draws depend on seed, epoch and listing only, so that a resumed run sees what the unbroken one would have
    seen.
    """

    preprocess: Callable[..., dict[str, Any]]
    query_prompt: str | None = None
    document_prompt: str | None = None
    noise: float = 0.0
    families: float = 0.0
    facts: float = 0.0
    twins: float = 0.0
    pasted: float = 0.0
    most_queries: int = 0
    # The listings' values of each fact, that a twin may have.
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    # Queries in small letters, and the places in `places` of the listings that answer each.
    answers: Mapping[str, Sequence[int]] = field(default_factory=dict)
    places: Mapping[str, int] = field(default_factory=dict)
    seed: int = 0
    epoch: int = 0
    # Asked for by the trainer when it picks a batch sampler; there is no label column.
    valid_label_columns: tuple[str, ...] = ()

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Draw and tokenize a batch."""
        drawn = [self.draw(row) for row in rows]
        passages = [one.passage for one in drawn]
        owners: list[int] = []
        twins: list[list[int]] = []
        for number, one in enumerate(drawn):
            numbers = range(len(passages), len(passages) + len(one.twins))
            passages += [twin for _, twin in one.twins]
            altered = [(name, at) for (name, _), at in zip(one.twins, numbers, strict=True)]
            for query in one.queries:
                owners.append(number)
                hidden = [at for name, at in altered if name not in query.facts]
                twins.append(hidden + [-1] * (len(TWIN_FACTS) - len(hidden)))
        label = {"query": torch.tensor(owners), "twins": torch.tensor(twins)}
        batch: dict[str, Any] = {"label": label | (self._name_answers(rows, drawn) if self.answers else {})}
        sides = (
            ("anchor", [query.text for one in drawn for query in one.queries], self.query_prompt, "query"),
            ("positive", passages, self.document_prompt, "document"),
        )
        for side, texts, prompt, task in sides:
            for key, value in self.preprocess(texts, prompt=prompt, task=task).items():
                batch[f"{side}_{key}"] = value
        return batch

    def _name_answers(self, rows: Sequence[dict[str, Any]], drawn: Sequence[Drawn]) -> dict[str, torch.Tensor]:
        """Return the place of each row's listing, that of a twin's too, and of each query."""
        places = [self.places[row["listing_id"]] for row in rows]
        places += [place for place, one in zip(places, drawn, strict=True) for _ in one.twins]
        texts = {text: number for number, text in enumerate(self.answers)}
        typed = [texts.get(text.casefold(), -1) for one in drawn for text in one.typed]
        return {"place": torch.tensor(places), "text": torch.tensor(typed)}

    def draw(self, row: dict[str, Any]) -> Drawn:
        """Draw a listing's queries, some changed, one passage, and for some twins."""
        rng = random.Random(f"{self.seed}-{self.epoch}-{row['listing_id']}")  # noqa: S311 (a draw, no secret)
        passage = self._draw_passage(row, rng)
        if rng.random() < self.twins:
            return self._draw_with_twins(row, passage, rng)
        typed = list(row["queries"])
        if self.most_queries and len(typed) > self.most_queries:
            typed = draw_queries(typed, self.most_queries, rng)
        texts = [self._change(text, row, rng) for text in typed]
        queries = [say_facts(text, row, rng) if rng.random() < self.facts else Worded(text) for text in texts]
        queries = [
            Worded(paste_into_cv(one.text, rng), one.facts) if rng.random() < self.pasted else one for one in queries
        ]
        return Drawn(typed, queries, passage)

    def _draw_with_twins(self, row: dict[str, Any], passage: str, rng: random.Random) -> Drawn:
        """Draw two queries that state facts, and the beginning of the passage with each fact as it is and altered."""
        twins = [
            (name, heading) for fact in TWIN_FACTS for name, heading in draw_twin(row, fact, self.values[fact], rng)
        ]
        names = list(dict.fromkeys(name for name, _ in twins))
        rng.shuffle(names)
        short = [text for text in row["queries"] if len(text) <= PARAGRAPH_CHARACTERS] or row["queries"]
        typed = rng.sample(short, min(2, len(short)))
        texts = [self._change(text, row, rng) for text in typed]
        needs = (names[:2], names[1:])
        queries = [say_facts(text, row, rng, needed=need) for text, need in zip(texts, needs, strict=False)]
        begins = passage.removeprefix(row["heading"])[:TWIN_CHARACTERS].rsplit(" ", 1)[0]
        return Drawn(typed, queries, row["heading"] + begins, [(name, heading + begins) for name, heading in twins])

    def _change(self, text: str, row: dict[str, Any], rng: random.Random) -> str:
        text = add_noise(text, rng) if rng.random() < self.noise else text
        # Few queries name a family; without more of them a tuned model minds it less than its base does.
        return add_family(text, row["family"], rng) if rng.random() < self.families else text

    def _draw_passage(self, row: dict[str, Any], rng: random.Random) -> str:
        # A long listing's queries are mostly about other passages than one drawn blindly.
        if row["fitting"]:
            return str(row["passages"][rng.choice(row["fitting"])])
        passages = list(row["passages"])
        rng.shuffle(passages)
        return str(passages[0])


def draw_queries(queries: Sequence[str], count: int, rng: random.Random) -> list[str]:
    """Draw some of a listing's queries, each the likelier the shorter it is, as a step takes as long as its words.

    Source: Efraimidis and Spirakis 2006, weighted sampling without replacement.
    """
    return sorted(queries, key=lambda text: rng.random() ** len(text))[-count:]


def draw_twin(row: dict[str, Any], name: str, values: Sequence[str], rng: random.Random) -> Iterator[tuple[str, str]]:
    """Yield a fact's name and the row's heading with another value of it; nothing where there is none."""
    others = [value for value in values if value != row[name]]
    if not others or not row[name]:
        return
    changed = {**row, name: rng.choice(others)}
    title = _retitled(row["title"], row["level"], changed["level"]) if name == "level" else row["title"]
    facts = describe_facts(changed["level"], changed["work_mode"], changed["location"])
    heading = "".join(f"{line}\n" for line in (title, facts) if line)
    # Only who names the city says something against another one of its country.
    countries = {wider_names(resolve_location(one[name]))[-1:] for one in (row, changed)}
    yield (CITY if name == "location" and len(countries) == 1 else name), heading


def _retitled(title: str, level: str, other: str) -> str:
    """Return a title with another level's name in place of its own."""
    named = re.compile(rf"\b{re.escape(level)}\b|\b(?:sr|jr)\.?(?!\w)|\bintern(?:ship)?\b|\bstaff\b", re.IGNORECASE)
    return named.sub(lambda _: other.capitalize(), title)
