"""Judgments fitted to a corpus: reposts mapped, and what can't be measured refused."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from data.judgments.records import Judgment, Judgments


def resolve_judgments(judgments: Judgments, representative: Mapping[str, str]) -> Judgments:
    """Map grades to the listings that stand for their groups.

    A repost's grade is dropped where the same assessor graded that listing, or an earlier repost of it.

    Args:
        judgments: As they were given.
        representative: Of each listing that the corpus was made of, the one that stands for it.

    Raises:
        ValueError: a listing is not in the corpus, or a query has no grade above 0.
    """
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
