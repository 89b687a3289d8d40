"""Judgments fitted to a corpus: reposts mapped, and what can't be measured refused."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from data.corpus.titles import FAMILIES
from data.judgments.records import JudgedQuery, Judgment, Judgments
from search.records import Listing

logger = logging.getLogger(__name__)

# Named in a warning.
MAX_NAMED = 5


def resolve_judgments(
    judgments: Judgments, representative: Mapping[str, str], listings: Sequence[Listing] = ()
) -> Judgments:
    """Map grades to the listings that stand for their groups.

    A repost's grade is dropped where the same assessor graded that listing, or an earlier repost of it.

    Args:
        judgments: As they were given.
        representative: Of each listing that the corpus was made of, the one that stands for it.
        listings: The corpus, where the stated facts are to be checked too, see `check_stated`.

    Raises:
        ValueError: a listing is not in the corpus, a query has no grade above 0, or states an unknown family.
    """
    if listings:
        check_stated(judgments.queries, listings, judgments.name)
    unknown = [one for one in judgments.grades if one.listing_id not in representative]
    if unknown:
        raise ValueError(
            f"expected judged listings to be in the corpus, {judgments.name} has {len(unknown)} judgment(s) of others, "
            f"the first of {unknown[0].listing_id!r} for {unknown[0].query_id!r}; "
            "keep their listings with --titles (`all` keeps each title), or leave those lines out"
        )
    mapped: dict[tuple[str, str, str], Judgment] = {}
    for one in sorted(judgments.grades, key=lambda one: representative[one.listing_id] != one.listing_id):
        stands = replace(one, listing_id=representative[one.listing_id])
        mapped.setdefault((one.query_id, stands.listing_id, one.assessor), stands)
    resolved = replace(judgments, grades=tuple(mapped.values()))
    _check_grades(resolved)
    return resolved


def _check_grades(judgments: Judgments) -> None:
    """Refuse queries that have no right answer: their ndcg would say nothing."""
    without = [query_id for query_id, graded in judgments.qrels.items() if not any(graded.values())]
    if without:
        what = "grades of 0 only" if judgments.qrels[without[0]] else "no judgment"
        raise ValueError(
            f"expected a grade of 1 or more for each judged query, {without[0]!r} of {judgments.name} has {what}"
            f"{f' (and {len(without) - 1} more)' if without[1:] else ''}; judge more results, or leave the query out"
        )


def check_stated(queries: Iterable[JudgedQuery], listings: Sequence[Listing], name: str) -> None:
    """Refuse families that are none; warn of facts that no listing meets, as no result will ever do.

    Raises:
        ValueError: a stated family is neither a listing's nor one of the usual ones.
    """
    families = dict.fromkeys([*FAMILIES, *(listing.family for listing in listings if listing.family)])
    known = {family.casefold() for family in families}
    # Each combination of facts once; no text is needed.
    distinct = {
        (one.family, one.seniority, one.work_mode, one.location): replace(one, title="", text="") for one in listings
    }
    unmet: list[str] = []
    for query in queries:
        unknown = [family for family in query.stated.family if family.casefold() not in known]
        if unknown:
            raise ValueError(
                f"expected a stated `family` of {', '.join(families)}, {query.query_id!r} of {name} has "
                f"{unknown[0][:80]!r}; mend it, or leave it out"
            )
        stated = replace(query.stated, excluded=())
        met = [stated.meets(listing) for listing in distinct.values()]
        unmet += [f"{fact} of {query.query_id!r}" for fact in met[0] if not any(one[fact] for one in met)]
    if unmet:
        named = ", ".join(unmet[:MAX_NAMED]) + (f" and {len(unmet) - MAX_NAMED} more" if unmet[MAX_NAMED:] else "")
        logger.warning("stated    no listing meets the %s; if one should, check how the listings write it", named)


def check_unseen(judgments: Judgments, texts: Iterable[str]) -> None:
    """Refuse judged queries that are also queries of triplets: training would have seen them.

    Raises:
        ValueError: a judged query has one of the texts, in whatever case.
    """
    seen = {text.casefold() for text in texts}
    twice = [query for query in judgments.queries if query.text.casefold() in seen]
    if twice:
        raise ValueError(
            f"expected judged queries that no triplet has, {twice[0].query_id!r} of {judgments.name} is one of "
            f"{len(twice)} that some have; leave it out here or there"
        )
