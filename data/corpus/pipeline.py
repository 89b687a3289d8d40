"""Source listings -> the corpus: filtered by title, cleaned, one of each near-duplicate group."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from data.corpus.cleaning import EMAIL_MASK, PHONE_MASK, clean_and_mask, clean_line, mask_contacts
from data.corpus.language import is_english
from data.corpus.near_duplicates import SAME_SPLIT, group_texts, sketch_text
from data.corpus.sections import cut_boilerplate
from data.corpus.titles import OTHER_FAMILY, find_family, parse_titles
from data.sources.source import SourceListing
from search.records import Listing

# A posting of fewer words tells too little to be found by.
MIN_WORDS = 20
# What is longer is no posting; cleaning would take minutes over some of it.
MAX_CHARACTERS, MAX_LINE_CHARACTERS = 30_000, 500


@dataclass(frozen=True, slots=True)
class Corpus:
    """The kept listings, and which of them stands for each listing that was good enough.

    `split_leader` names for each kept listing the one whose draw decides its split.
    `plain_texts` are the kept listings' texts before boilerplate was cut, to measure what that did.
    """

    listings: tuple[Listing, ...]
    plain_texts: tuple[str, ...]
    representative: dict[str, str]
    split_leader: dict[str, str]
    counts: dict[str, Any]


@dataclass(slots=True)
class _Funnel:
    """Listings on their way, and how many each step dropped."""

    listings: list[Listing]
    plain_texts: list[str]
    counts: Counter[str]


def build_corpus(
    sources: Iterable[SourceListing],
    *,
    titles: str,
    source_name: str,
    rank: Callable[[Listing], tuple[bool, ...]] | None = None,
) -> Corpus:
    """Filter by title, clean, drop what can't be used, and keep one listing of each near-duplicate group.

    Listings are taken one by one, and only those that pass the filter stay in memory.

    Args:
        sources: Listings; the first of a group stands for it.
        titles: Families by comma in order of precedence, or `all`.
        source_name: What the listings' `source` says.
        rank: Sorts the listings before they are grouped; those of the same rank keep their order.

    Raises:
        ValueError: no listing is left.
    """
    families, keep_others = parse_titles(titles)
    funnel = _Funnel([], [], Counter())
    seen: set[str] = set()
    for source in sources:
        funnel.counts["read"] += 1
        family = find_family(clean_line(source.title[:MAX_LINE_CHARACTERS]), families)
        if not family and not keep_others:
            funnel.counts["dropped_by_title"] += 1
        elif source.listing_id in seen:
            funnel.counts["dropped_repeated"] += 1
        else:
            seen.add(source.listing_id)
            _take(source, family, source_name, funnel)
    _check_left(funnel, families)
    order = list(range(len(funnel.listings)))
    if rank:
        order.sort(key=lambda place: rank(funnel.listings[place]))
    listings = [funnel.listings[place] for place in order]
    plain_texts = [funnel.plain_texts[place] for place in order]
    sketches = [sketch_text(listing.text) for listing in listings]
    groups = group_texts(sketches)
    kept = [place for place, group in enumerate(groups) if group == place]
    leaders = group_texts([sketches[place] for place in kept], SAME_SPLIT)
    representative = {
        listing.listing_id: listings[group].listing_id for listing, group in zip(listings, groups, strict=True)
    }
    return Corpus(
        tuple(listings[place] for place in kept),
        tuple(plain_texts[place] for place in kept),
        representative,
        {listings[kept[n]].listing_id: listings[kept[leader]].listing_id for n, leader in enumerate(leaders)},
        _counts(funnel.counts, groups, [listings[place].family for place in kept]),
    )


def _take(source: SourceListing, family: str | None, source_name: str, funnel: _Funnel) -> None:
    description = source.description[:MAX_CHARACTERS]
    funnel.counts["shortened"] += len(description) < len(source.description)
    plain = clean_and_mask(description)
    fault = _fault(source.title, plain)
    if fault:
        funnel.counts[fault] += 1
        return
    cut = cut_boilerplate(plain)
    # What is nothing but boilerplate to the cutter stays whole.
    text = cut if len(cut.split()) >= MIN_WORDS else plain
    lines = {
        field: " ".join(clean_and_mask(getattr(source, field)[:MAX_LINE_CHARACTERS]).split())
        for field in ("title", "company", "location", "work_mode", "seniority")
    }
    funnel.listings.append(
        Listing(
            listing_id=source.listing_id,
            family=family,
            text=text,
            raw_text=_raw_text(description, plain),
            source=source_name,
            **lines,
        )
    )
    funnel.plain_texts.append(plain)


def _raw_text(description: str, plain: str) -> str:
    """Return the description, contacts masked; the plain text where markup hides some from the mask."""
    raw_text = mask_contacts(description)
    hidden = any(plain.count(mask) > raw_text.count(mask) for mask in (EMAIL_MASK, PHONE_MASK))
    return plain if hidden else raw_text


def _fault(title: str, plain: str) -> str | None:
    if not title.strip() or not plain:
        return "dropped_empty"
    if len(plain.split()) < MIN_WORDS:
        return "dropped_too_short"
    return None if is_english(plain) else "dropped_not_english"


def _check_left(funnel: _Funnel, families: Collection[str]) -> None:
    if funnel.listings:
        return
    counts = funnel.counts
    fitting = counts["read"] - counts["dropped_by_title"]
    if fitting:
        raise ValueError(
            f"expected listings with an English description of {MIN_WORDS} words or more, of {fitting} with a fitting "
            f"title {counts['dropped_empty']} have none, {counts['dropped_too_short']} are shorter and "
            f"{counts['dropped_not_english']} not English; check which column is the description (--columns)"
        )
    raise ValueError(
        f"expected listings with a title of {', '.join(families)}, none of {counts['read']} is left; "
        "name others with --titles, or keep all with --titles all"
    )


def _counts(counted: Counter[str], groups: list[int], families: list[str | None]) -> dict[str, Any]:
    sizes = Counter(groups)
    steps = (
        "read",
        "dropped_by_title",
        "dropped_repeated",
        "dropped_empty",
        "dropped_too_short",
        "dropped_not_english",
        "shortened",
    )
    return {
        **{step: counted[step] for step in steps},
        "dropped_near_duplicates": len(groups) - len(sizes),
        "kept": len(sizes),
        "near_duplicate_groups": sum(size > 1 for size in sizes.values()),
        "families": dict(Counter(family or OTHER_FAMILY for family in families).most_common()),
    }
