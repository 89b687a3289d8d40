"""Blind votes, and the listings marked with them -> extra triplets, in the train split only."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from huggingface_hub import HfApi

from data.corpus.cleaning import clean_and_mask
from data.dataset import Triplet
from data.hub_repository import HUB_ERRORS
from data.queries.given import MAX_QUERY_CHARACTERS
from data.votes import SystemName, Vote, first_votes, read_votes
from search.hub_errors import first_line
from search.hub_names import is_hub_id, split_revision
from search.records import Query, text_id

TRAIN = "train"
STYLE = "vote"
# Why a query that was voted on gives no triplet.
REASONS = (
    "undecided",
    "same_choice",
    "unknown_listing",
    "same_group",
    "held_out_listing",
    "known_query",
    "unusable_query",
)


def load_votes(place: str) -> list[Vote]:
    """Read votes from a file, from the folder that an app keeps them in, or from a dataset on the Hub that it pushed to.

    Raises:
        FileNotFoundError: there is no such file or dataset.
        ValueError: it holds no votes.
    """
    if Path(place).exists():
        files = sorted(Path(place).glob("*.jsonl")) if Path(place).is_dir() else [Path(place)]
    elif is_hub_id(place):
        repo_id, revision = split_revision(place)
        try:
            folder = HfApi().snapshot_download(
                repo_id, repo_type="dataset", revision=revision, allow_patterns="votes/*.jsonl"
            )
        except HUB_ERRORS as error:
            raise FileNotFoundError(
                f"could not load votes from {place!r}: {first_line(error)}; check the name and the network"
            ) from error
        files = sorted(Path(folder).glob("votes/*.jsonl"))
    else:
        raise FileNotFoundError(
            f"expected a file or folder of votes, or a Hub dataset USER/NAME, got {place!r}, which is neither"
        )
    votes = read_votes(files)
    if not votes:
        raise ValueError(
            f"expected votes in {place}, found none; the Blind test tab's download and its dataset hold them"
        )
    return votes


def preferred(votes: Sequence[Vote]) -> tuple[str, str] | None:
    """Return what one query's votes say: the first listing of the preferred list, and the first that only the other list has.

    None where base and tuned have as many votes. Of several votes of one voter, the first counts.
    """
    given = first_votes(votes)
    counts = Counter(vote.winner for vote in given)
    if counts["base"] == counts["tuned"]:
        return None
    winner: SystemName = "base" if counts["base"] > counts["tuned"] else "tuned"
    vote = next(one for one in given if one.winner == winner)
    chosen, other = (vote.base_ids, vote.tuned_ids) if winner == "base" else (vote.tuned_ids, vote.base_ids)
    passed_over = [name for name in other if name not in chosen]
    return (chosen[0], passed_over[0]) if chosen and passed_over else ("", "")


def lessons(votes: Sequence[Vote]) -> tuple[list[str], list[str]]:
    """Return which listings fit, and which do not, by what people said on one query.

    A listing's marks decide by majority; those with most come first. Where they call none fitting, the preferred list's first
    is; where they call none unfitting, the first that only the other list has. Either may stay empty.
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
    listing_ids: Iterable[str],
    leader: Mapping[str, str],
) -> tuple[list[Triplet], dict[str, int]]:
    """Make a triplet of each query that people decided, of listings that are not held out.

    A query has one answer, as everywhere here: of several fitting listings the first of `lessons`.

    Args:
        votes: In the order they came.
        by_split: The triplets that there are.
        listing_ids: Of the corpus.
        leader: listing_id -> the listing whose split it shares.

    Returns:
        Triplets for the train split, and counts of queries: `kept`, and why others were not.
    """
    held = [triplet for split, rows in by_split.items() if split != TRAIN for triplet in rows]
    held_listings = {leader.get(one.query.listing_id, one.query.listing_id) for one in held}
    texts = {triplet.query.text.casefold() for rows in by_split.values() for triplet in rows}
    known = set(listing_ids)
    made: list[Triplet] = []
    counts = dict.fromkeys(("kept", *REASONS), 0)
    for text, given in _by_query(votes).items():
        reason, fits, unfit = _usable(given, known, held_listings, leader)
        clean = " ".join(clean_and_mask(given[0].query[: 4 * MAX_QUERY_CHARACTERS]).split())
        if reason == "kept":
            if text in texts or clean.casefold() in texts:
                reason = "known_query"
            elif not clean or len(clean) > MAX_QUERY_CHARACTERS:
                reason = "unusable_query"
            else:
                made.append(Triplet(Query(f"vote-{text_id(text)}", clean, fits[0], STYLE), tuple(unfit)))
        counts[reason] += 1
    return made, counts


def _by_query(votes: Iterable[Vote]) -> dict[str, list[Vote]]:
    """Return each query's votes; of votes on several pairs of models, those on the latest."""
    votes_on: dict[str, dict[tuple[str, str], list[Vote]]] = {}
    for vote in votes:
        pairs = votes_on.setdefault(vote.query.casefold(), {})
        pairs.setdefault((vote.base_model, vote.tuned_model), []).append(vote)
    return {text: list(pairs.values())[-1] for text, pairs in votes_on.items()}


def _usable(
    votes: Sequence[Vote], known: set[str], held: set[str], leader: Mapping[str, str]
) -> tuple[str, list[str], list[str]]:
    """Return `kept` and which listings fit and which do not; or why nothing is left of the one or the other."""
    fits, unfit = lessons(votes)
    if not fits or not unfit:
        return ("same_choice" if preferred(votes) == ("", "") else "undecided"), fits, unfit
    fits, unfit = ([name for name in names if name in known] for names in (fits, unfit))
    if not fits or not unfit:
        return "unknown_listing", fits, unfit
    fits, unfit = ([name for name in names if leader.get(name, name) not in held] for names in (fits, unfit))
    if not fits or not unfit:
        return "held_out_listing", fits, unfit
    unfit = [name for name in unfit if leader.get(name, name) != leader.get(fits[0], fits[0])]
    return ("kept" if unfit else "same_group"), fits, unfit
