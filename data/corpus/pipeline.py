"""Source listings -> corpus: filtered, cleaned, without near-duplicates."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from pydantic import Field

from data.corpus.cleaning import EMAIL_MASK, PHONE_MASK, clean_and_mask, clean_and_mask_line, clean_line, mask_contacts
from data.corpus.headings import find_headings
from data.corpus.language import find_language
from data.corpus.language_codes import ENGLISH
from data.corpus.near_duplicates import SAME_SPLIT, group_texts, sketch_text
from data.corpus.sections import Cut, cut_sections
from data.corpus.titles import OTHER_FAMILY, find_family, parse_titles
from data.queries.given import GivenQuery, own_queries
from data.sources.source import FACTS, SAMPLE_NAME, SourceListing
from search.record_files import Count, Record
from search.records import Listing
from search.understanding.listing_facts import with_facts

# A posting of fewer words tells too little to be found by.
MIN_WORDS = 20
# What is longer is no posting; cleaning would take minutes over some of it.
MAX_CHARACTERS, MAX_LINE_CHARACTERS = 30_000, 500
# Where boilerplate was more, a person should look.
MIN_SHARE_LEFT = 0.5


class SectionCut(Record):
    """Of how many listings a section was cut, and how many characters."""

    listings: Count
    characters: Count


class ListingCounts(Record):
    """How many listings each step dropped, and how many remain."""

    read: Count
    dropped_by_title: Count
    dropped_repeated: Count = 0
    dropped_empty: Count
    dropped_too_short: Count = 0
    dropped_not_english: Count = 0
    shortened: Count = 0
    dropped_near_duplicates: Count
    retained: Count = Field(validation_alias="kept")
    near_duplicate_groups: Count
    families: dict[str, Count]
    languages: dict[str, Count] = Field(default_factory=dict)
    cut: dict[str, SectionCut] = Field(default_factory=dict)
    mostly_cut: Count = 0


@dataclass(slots=True)
class Candidates:
    """Listings that passed the filters, in the source's order."""

    listings: list[Listing] = field(default_factory=list)
    plain_texts: list[str] = field(default_factory=list)  # before boilerplate was cut
    queries: dict[str, list[GivenQuery]] = field(default_factory=dict)  # of all listings read
    counts: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    foreign: Counter[str] = field(default_factory=Counter)  # those dropped
    cut: dict[str, list[int]] = field(default_factory=dict)  # characters by section, of each listing that lost some
    mostly_cut: list[str] = field(default_factory=list)  # ids of those that lost more than half


@dataclass(frozen=True, slots=True)
class Corpus:
    """The retained listings, ordered by id, and their groups."""

    listings: tuple[Listing, ...]
    plain_texts: tuple[str, ...]  # before boilerplate was cut
    representative: dict[str, str]  # of each candidate: the listing that stands for it
    split_leader: dict[str, str]  # of each listing: the one whose draw decides its split
    counts: ListingCounts


def filter_listings(
    sources: Iterable[SourceListing], *, titles: str, source_name: str, languages: Collection[str] = (ENGLISH,)
) -> Candidates:
    """Filter by title, clean, and drop what can't be used.

    Listings are taken one by one; of those that are dropped only queries stay in memory.

    Raises:
        ValueError: no listing is left.
    """
    found = clean_listings(sources, titles=titles, source_name=source_name, languages=languages)
    _check_left(found, parse_titles(titles)[0], languages)
    return found


def clean_listings(
    sources: Iterable[SourceListing], *, titles: str, source_name: str, languages: Collection[str] = (ENGLISH,)
) -> Candidates:
    """Do as `filter_listings`, but return also when no listing is left; no `languages` at all keep every one."""
    families, takes_others = parse_titles(titles)
    found = Candidates()
    seen: set[str] = set()
    for source in sources:
        found.counts["read"] += 1
        if source.queries:
            own = own_queries(source, is_sample=source_name == SAMPLE_NAME)
            found.queries.setdefault(source.listing_id, []).extend(own)
        family = find_family(clean_line(source.title[:MAX_LINE_CHARACTERS]), families)
        if not family and not takes_others:
            found.counts["dropped_by_title"] += 1
        elif source.listing_id in seen:
            found.counts["dropped_repeated"] += 1
        else:
            seen.add(source.listing_id)
            _add_cleaned(found, source, family, source_name, languages)
    return found


def _add_cleaned(
    found: Candidates, source: SourceListing, family: str | None, source_name: str, languages: Collection[str]
) -> None:
    description = source.description[:MAX_CHARACTERS]
    found.counts["shortened"] += len(description) < len(source.description)
    plain = clean_and_mask(description)
    # A list of tools is of any language.
    language = find_language(plain) or next(iter(languages), "")
    is_foreign = bool(languages) and language not in languages
    if fault := _fault(source.title, plain, is_foreign=is_foreign):
        found.counts[fault] += 1
        found.foreign.update([language] if fault == "dropped_not_english" else [])
        return
    found.languages[language] += 1
    raw_text = mask_contacts(description)
    # Markup hid contacts from the mask.
    if any(plain.count(mask) > raw_text.count(mask) for mask in (EMAIL_MASK, PHONE_MASK)):
        raw_text = plain
    cut = cut_sections(plain, find_headings(description))
    facts = {name: clean_and_mask_line(getattr(source, name)[:MAX_LINE_CHARACTERS]) for name in FACTS}
    # What is nothing but boilerplate to the cutter stays whole.
    text = cut.text if len(cut.text.split()) >= MIN_WORDS else plain
    if text != plain:
        _note_cut(found, source.listing_id, plain, cut)
    if source.salary:
        text += f"\n\nSalary: {clean_and_mask_line(source.salary[:MAX_LINE_CHARACTERS])}"
    listing = Listing(source.listing_id, text=text, raw_text=raw_text, family=family, source=source_name, **facts)
    found.listings.append(with_facts(listing))
    found.plain_texts.append(plain)


def _note_cut(found: Candidates, listing_id: str, plain: str, cut: Cut) -> None:
    for section, characters in cut.characters.items():
        found.cut.setdefault(section, []).append(characters)
    if len(cut.text) < MIN_SHARE_LEFT * len(plain):
        found.mostly_cut.append(listing_id)


def _fault(title: str, plain: str, *, is_foreign: bool) -> str | None:
    if not title.strip() or not plain:
        return "dropped_empty"
    if len(plain.split()) < MIN_WORDS:
        return "dropped_too_short"
    return "dropped_not_english" if is_foreign else None


def _check_left(found: Candidates, families: Collection[str], languages: Collection[str]) -> None:
    if found.listings:
        return
    counts = found.counts
    fitting = counts["read"] - counts["dropped_by_title"]
    if fitting:
        raise ValueError(
            f"expected listings with a description of {MIN_WORDS} words or more in {', '.join(languages)}, of {fitting} "
            f"with a fitting title {counts['dropped_empty']} have none, {counts['dropped_too_short']} are shorter and "
            f"{counts['dropped_not_english']} in other languages{_listed(found.foreign)}; check which column is the "
            "description (--columns), and --languages"
        )
    raise ValueError(
        f"expected listings with a title of {', '.join(families)}, none of {counts['read']} is left; "
        "name others with --titles, or keep all with --titles all"
    )


def _listed(foreign: Counter[str]) -> str:
    return f" ({', '.join(f'{name} {count}' for name, count in foreign.most_common(5))})" if foreign else ""


def build_corpus(candidates: Candidates, *, preferred: Sequence[Collection[str]] = ()) -> Corpus:
    """Take one listing of each near-duplicate group.

    It is the group's first in the source's order, but listings of the first `preferred` set of ids come before
    others, then those of the second, and so on.
    """
    pairs = sorted(
        zip(candidates.listings, candidates.plain_texts, strict=True),
        key=lambda pair: [pair[0].listing_id not in wanted for wanted in preferred],
    )
    ids = [listing.listing_id for listing, _ in pairs]
    sketches = [sketch_text(listing.text) for listing, _ in pairs]
    groups = group_texts(sketches)
    heads = [position for position, group in enumerate(groups) if group == position]
    leaders = group_texts([sketches[head] for head in heads], SAME_SPLIT)
    # Ordered by id: other queries leave the corpus, and all that is cached for it, as it was.
    retained = sorted((pairs[head] for head in heads), key=lambda pair: pair[0].listing_id)
    return Corpus(
        tuple(listing for listing, _ in retained),
        tuple(plain_text for _, plain_text in retained),
        {listing_id: ids[group] for listing_id, group in zip(ids, groups, strict=True)},
        {ids[head]: ids[heads[leader]] for head, leader in zip(heads, leaders, strict=True)},
        _count(candidates, groups, [pairs[head][0].family or OTHER_FAMILY for head in heads]),
    )


def _count(candidates: Candidates, groups: Sequence[int], families: Sequence[str]) -> ListingCounts:
    counted = candidates.counts
    sizes = Counter(groups)
    steps = [name for name in ListingCounts.model_fields if name.startswith(("read", "dropped", "shortened"))]
    return ListingCounts(
        **{name: counted[name] for name in steps} | {"dropped_near_duplicates": len(groups) - len(sizes)},
        retained=len(sizes),
        near_duplicate_groups=sum(size > 1 for size in sizes.values()),
        families=dict(Counter(families).most_common()),
        languages=dict(candidates.languages.most_common()),
        cut={name: SectionCut(listings=len(each), characters=sum(each)) for name, each in candidates.cut.items()},
        mostly_cut=len(candidates.mostly_cut),
    )
