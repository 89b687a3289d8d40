"""Blind votes and marked listings -> train triplets."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import Field

from data.dataset import Triplet
from data.hub_repository import HUB_ERRORS
from data.queries.given import MAX_QUERY_CHARACTERS, clean_query
from data.splits import TRAIN
from data.votes import Vote, first_votes, pushed_files, read_votes
from search.hub_errors import first_line
from search.hub_names import RepoRef
from search.record_files import Count, OpenRecord
from search.records import Query, text_id

STYLE = "vote"
RETAINED = "retained"
# Why a query that was voted on gives no triplet.
REASONS = (
    "undecided",
    "same_choice",
    "unknown_listing",
    "same_group",
    "held_out_listing",
    "judged_query",
    "known_query",
    "unusable_query",
)


class VoteCounts(OpenRecord):
    """Votes given, and queries retained or not, by reason."""

    source: str
    given: Count
    retained: Count = Field(validation_alias="kept")


def load_votes(name: str) -> list[Vote]:
    """Read votes from a file, a folder, or the Hub.

    Raises:
        FileNotFoundError: there is no such file or dataset.
        ValueError: it holds no votes.
    """
    votes = read_votes(_find_files(name))
    if not votes:
        raise ValueError(
            f"expected votes in {name}, found none; the Blind test tab's download and its dataset hold them"
        )
    return votes


def _find_files(name: str) -> list[Path]:
    if Path(name).is_file():
        return [Path(name)]
    ref = RepoRef.parse(name)
    if ref.folder:
        return sorted(ref.folder.glob("*.jsonl"))
    if not ref.repo_id:
        raise FileNotFoundError(
            f"expected a file or folder of votes, or a Hub dataset USER/NAME, got {name!r}, which is neither"
        )
    try:
        return pushed_files(ref.repo_id, ref.revision)
    except HUB_ERRORS as error:
        raise FileNotFoundError(
            f"could not load votes from {name!r}: {first_line(error)}; check the name and the network"
        ) from error


def preferred(votes: Sequence[Vote]) -> tuple[str, str] | None:
    """Return the positive and negative that one query's votes name.

    They are the first listing of the preferred list, and the first that only the other list has; "" where there is
    none. None where base and tuned have as many votes.
    """
    given = first_votes(votes)
    counts = Counter(vote.winner for vote in given)
    if counts["base"] == counts["tuned"]:
        return None
    winner = "base" if counts["base"] > counts["tuned"] else "tuned"
    vote = next(one for one in given if one.winner == winner)
    chosen, other = (vote.base_ids, vote.tuned_ids) if winner == "base" else (vote.tuned_ids, vote.base_ids)
    passed_over = [name for name in other if name not in chosen]
    return (chosen[0], passed_over[0]) if chosen and passed_over else ("", "")


def lessons(votes: Sequence[Vote]) -> tuple[list[str], list[str]]:
    """Return the fitting and the unfitting listings of one query.

    Marks decide by majority, those with most first; where they name none, `preferred` does. Either may stay empty.
    """
    marks: Counter[str] = Counter()
    for vote in first_votes(votes):
        marks.update(vote.fits)
        marks.subtract(vote.unfit)
    fits = [name for name in sorted(marks, key=lambda name: -marks[name]) if marks[name] > 0]
    unfit = [name for name in sorted(marks, key=lambda name: marks[name]) if marks[name] < 0]
    chosen, passed_over = preferred(votes) or ("", "")
    return (
        fits or [name for name in (chosen,) if name and name not in unfit],
        unfit or [name for name in (passed_over,) if name and name not in fits],
    )


def vote_triplets(
    votes: Iterable[Vote],
    by_split: Mapping[str, Sequence[Triplet]],
    leader: Mapping[str, str],
    *,
    judged: Iterable[str] = (),
) -> tuple[list[Triplet], dict[str, int]]:
    """Make a train triplet of each query that people decided.

    Its listings are never held out, nor is it a judged query; its one answer is the first fitting of `lessons`.

    Args:
        votes: In the order they came.
        by_split: The triplets that there are.
        leader: listing_id -> the listing whose split it shares, for the whole corpus.
        judged: The texts of judged queries.

    Returns:
        Triplets, and counts of queries: `retained`, and why others were not.
    """
    evaluated = [triplet for split, rows in by_split.items() if split != TRAIN for triplet in rows]
    held_out = {leader[name] for triplet in evaluated for name in triplet.query.answers}
    texts = {triplet.query.text.casefold() for rows in by_split.values() for triplet in rows}
    never = {text.casefold() for text in judged}
    made: list[Triplet] = []
    counts = dict.fromkeys((RETAINED, *REASONS), 0)
    for text, given in _by_query(votes).items():
        reason, fits, unfit = _usable(given, leader, held_out)
        query = clean_query(given[0].query)
        if reason == RETAINED:
            if query.casefold() in never:
                reason = "judged_query"
            elif text in texts or query.casefold() in texts:
                reason = "known_query"
            elif not query or len(query) > MAX_QUERY_CHARACTERS:
                reason = "unusable_query"
            else:
                made.append(Triplet(Query(f"vote-{text_id(text)}", query, fits[0], STYLE), tuple(unfit)))
        counts[reason] += 1
    return made, counts


def _by_query(votes: Iterable[Vote]) -> dict[str, list[Vote]]:
    """Group votes on the latest pair of models by query."""
    votes_on: dict[str, dict[tuple[str, str], list[Vote]]] = {}
    for vote in votes:
        pairs = votes_on.setdefault(vote.query.casefold(), {})
        pairs.setdefault((vote.base_model, vote.tuned_model), []).append(vote)
    return {text: list(pairs.values())[-1] for text, pairs in votes_on.items()}


def _usable(
    votes: Sequence[Vote], leader: Mapping[str, str], held_out: Collection[str]
) -> tuple[str, list[str], list[str]]:
    """Return RETAINED or why not, and the usable lessons."""
    fits, unfit = lessons(votes)
    if not fits or not unfit:
        return ("same_choice" if preferred(votes) == ("", "") else "undecided"), fits, unfit
    fits, unfit = ([name for name in names if name in leader] for names in (fits, unfit))
    if not fits or not unfit:
        return "unknown_listing", fits, unfit
    fits, unfit = ([name for name in names if leader[name] not in held_out] for names in (fits, unfit))
    if not fits or not unfit:
        return "held_out_listing", fits, unfit
    unfit = [name for name in unfit if leader[name] != leader[fits[0]]]
    return (RETAINED if unfit else "same_group"), fits, unfit
