"""What a source would give, before anything is built: the command `inspect`."""

import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from data.build_config import BuildConfig, InspectConfig
from data.corpus.language_codes import ENGLISH, parse_languages
from data.corpus.titles import find_family, parse_titles
from data.sources.columns import FIELDS, SALARY_FIELDS, parse_columns, value_at
from data.sources.source import ReadListings, SourceListing, open_source, start_reading
from data.sources.values import is_empty
from search.records import Listing
from search.terminal import say

if TYPE_CHECKING:
    from data.corpus.pipeline import Candidates, ListingCounts

# A column with longer texts than this may belong to the posting.
LONG_TEXT = 40
SHOWN_TEXT, SHOWN_CUT, SHOWN_CELL = 700, 160, 60
# From this share of listings on that the title filter drops, it is likely not meant for the source.
MAX_SHARE_DROPPED = 0.9
SOURCE_FIELDS = ("title", "description", "company", "location", "work_mode", "seniority", "salary", "queries")


@dataclass(slots=True)
class Counts:
    """What was counted over all rows."""

    read: int = 0
    filled: Counter[str] = field(default_factory=Counter)
    families: Counter[str] = field(default_factory=Counter)

    @property
    def fitting(self) -> int:
        """How many have a title that is kept."""
        return self.families.total()


def inspect_source(config: InspectConfig) -> None:
    """Print what a source would give: columns, listings, counts, and the command that builds it.

    All rows are read and counted; as many as `--clean` says are cleaned. No text of others stays in memory.

    Raises:
        FileNotFoundError: the source is not there.
        ValueError: it can't be read, or lacks a needed column.
    """
    source = open_source(config.source, hashed=False)
    read = start_reading(source, parse_columns(config.columns))
    say(f"source    {source.name}: {read.reading.format}", *_describe_columns(read), "")
    # Imported here: it takes seconds, and what was found of the columns should not wait for it.
    from data.corpus.pipeline import clean_listings  # noqa: PLC0415

    counts = Counts()
    fitting = _fitting(tqdm(read.listings, unit=" rows", delay=5, leave=False), config.titles, counts)
    first = list(islice(fitting, config.clean))
    found = clean_listings(
        first, titles=config.titles, source_name=source.name, languages=parse_languages(config.languages)
    )
    say(*_describe_listings(found.listings[: config.show], {one.listing_id: one for one in first}))
    for _ in fitting:
        pass
    say(f"rows      {counts.read:,} read", *(f"          {line}" for line in read.reading.lines()))
    say(*_describe_fills(counts), "", *_describe_funnel(counts, found, len(first)), "")
    say("build     " + _build_command(config, counts))


def _fitting(listings: Iterator[SourceListing], titles: str, counts: Counts) -> Iterator[SourceListing]:
    """Yield the listings with a title that is kept; count all."""
    from data.corpus.cleaning import clean_line  # noqa: PLC0415

    families, takes_others = parse_titles(titles)
    for one in listings:
        counts.read += 1
        counts.filled.update(name for name in SOURCE_FIELDS if getattr(one, name))
        title = clean_line(one.title) if "<" in one.title or "&" in one.title else one.title
        family = find_family(title, families)
        if family or takes_others:
            counts.families[family or "other"] += 1
            yield one


def _describe_columns(read: ReadListings) -> Iterator[str]:
    """Yield which column became which field and why, and which columns nobody reads."""
    mapping = read.columns
    for name in FIELDS:
        columns = mapping.fields.get(name, ())
        if not columns and name in SALARY_FIELDS:
            continue
        why = "as --columns says" if name in mapping.given else "by its name" if columns else _without(name)
        why += ", the first rows joined" if name != "description" and len(columns) > 1 else ""
        why += ", joined in this order" if name == "description" and len(columns) > 1 else ""
        yield f"  {name:<16}{' + '.join(columns) or '-':<40} {why}"
    yield "not read  " + (", ".join(mapping.unread) or "no column")
    for column in mapping.unread:
        texts = [value for row in read.peeked if not is_empty(value := value_at(row, column))]
        if (mean := _mean_length(texts)) >= LONG_TEXT:
            joined = "+".join((*mapping.fields["description"], column))
            yield f"  {column:<16}holds text, {mean} characters a row; if it is of the posting: --columns description={shlex.quote(joined)}"


def _mean_length(values: Sequence[Any]) -> int:
    texts = [len(value) for value in values if isinstance(value, str) and " " in value.strip()]
    return sum(texts) // len(texts) if texts else 0


def _without(name: str) -> str:
    return {
        "listing_id": "no column; made of each listing's texts",
        "queries": "no column; build with --queries extractive or llm",
    }.get(
        name,
        "no column"
        + (" ; read from title and text where these say so" if name in ("location", "work_mode", "seniority") else ""),
    )


def _describe_listings(listings: Sequence[Listing], sources: Mapping[str, SourceListing]) -> Iterator[str]:
    """Yield listings as they will be ranked, and what was cut of them."""
    for number, one in enumerate(listings, start=1):
        yield f"listing {number} of {len(listings)}: {one.listing_id}"
        yield f"  {one.title}"
        facts = (one.company, one.location, one.work_mode, one.seniority)
        yield f"  {' | '.join(filter(None, facts)) or '(no company, place, work mode or level)'}"
        yield f"  read as: {one.facts or '(no facts)'}"
        more = len(one.text) - SHOWN_TEXT
        yield from (f"    {line}" for line in one.text[:SHOWN_TEXT].splitlines() if line.strip())
        if more > 0:
            yield f"    ... {more:,} characters more"
        yield from _describe_cut(sources[one.listing_id].description)
        yield ""


def _describe_cut(description: str) -> Iterator[str]:
    from data.corpus.cleaning import clean_and_mask  # noqa: PLC0415
    from data.corpus.headings import find_headings  # noqa: PLC0415
    from data.corpus.pipeline import MAX_CHARACTERS  # noqa: PLC0415
    from data.corpus.sections import find_boilerplate  # noqa: PLC0415

    plain = clean_and_mask(description[:MAX_CHARACTERS])
    gone: dict[str, list[str]] = {}
    for one in find_boilerplate(plain, find_headings(description)):
        gone.setdefault(one.cut_as, []).append(plain[one.start : one.end])
    for section, pieces in gone.items():
        characters = sum(map(len, pieces))
        yield f"  cut as {section}, {characters:,} characters: {shorten(' '.join(pieces), SHOWN_CUT, placeholder=' ...')}"


def _describe_fills(counts: Counts) -> Iterator[str]:
    shares = ", ".join(f"{name} {counts.filled[name] / counts.read:.0%}" for name in SOURCE_FIELDS)
    yield f"filled    {shares}"


def _describe_funnel(counts: Counts, found: "Candidates", cleaned: int) -> Iterator[str]:
    """Yield what each step would drop: titles of all, the rest of those that were cleaned."""
    yield f"titles    {counts.fitting:,} of {counts.read:,} kept" + (
        ": " + ", ".join(f"{name} {count:,}" for name, count in counts.families.most_common()) if counts.fitting else ""
    )
    if not found.listings:
        yield f"cleaned   {cleaned} of these, none is left: {_drops(found.counts)}"
        return
    from data.corpus.pipeline import build_corpus  # noqa: PLC0415

    corpus = build_corpus(found).counts
    yield f"cleaned   {cleaned:,} of these, {corpus.retained:,} are left: {_drops(found.counts)}, near-duplicates {corpus.dropped_near_duplicates}"
    yield f"cut       {_cuts(corpus)}"
    if found.mostly_cut:
        yield f"          more than half of the text of {len(found.mostly_cut)}: {', '.join(found.mostly_cut[:5])}"


def _drops(counts: Mapping[str, int]) -> str:
    names = ("dropped_repeated", "dropped_empty", "dropped_too_short", "dropped_not_english", "shortened")
    said = {"dropped_not_english": "other languages"}
    return ", ".join(
        f"{said.get(name, name.removeprefix('dropped_').replace('_', ' '))} {counts[name]}" for name in names
    )


def _cuts(counts: "ListingCounts") -> str:
    cuts = (f"{name} of {cut.listings} listings ({cut.characters:,} characters)" for name, cut in counts.cut.items())
    return ", ".join(cuts) or "nothing"


def _build_command(config: InspectConfig, counts: Counts) -> str:
    """Return the command line that builds a dataset of the source."""
    titles = config.titles
    if counts.read - counts.fitting > MAX_SHARE_DROPPED * counts.read:
        titles = "all"
    has_queries = counts.filled["queries"] > 0
    options = {
        "--source": config.source,
        "--columns": config.columns,
        "--titles": "" if titles == BuildConfig.titles else titles,
        "--languages": "" if config.languages == ENGLISH else config.languages,
        "--queries": "given" if has_queries else "extractive",
        "--negatives": "hard",
        "--out": "my/dataset",
    }
    words = [word for name, value in options.items() if value for word in (name, value)]
    return shlex.join(["python", "-m", "data", "build", *words])
