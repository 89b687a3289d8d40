"""Blind votes -> extra triplets, in the train split only."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from huggingface_hub import HfApi

from data.feedback import SystemName, Vote, read_votes
from data.folder import Triplet
from data.hub import HUB_ERRORS
from search.places import first_line, is_hub_id, split_revision
from search.records import Query, text_id

TRAIN = "train"
STYLE = "vote"
# Why a query that was voted on gives no triplet.
REASONS = ("undecided", "same_choice", "unknown_listing", "held_out_listing", "held_out_query")


def load_votes(place: str) -> list[Vote]:
    """Read votes from a file, or from a dataset on the Hub that an app pushed to.

    Raises:
        FileNotFoundError: there is no such file or dataset.
        ValueError: it holds no votes.
    """
    if Path(place).is_file():
        files = [Path(place)]
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
        raise FileNotFoundError(f"expected a file of votes or a Hub dataset USER/NAME, got {place!r}, which is neither")
    votes = read_votes(files)
    if not votes:
        raise ValueError(
            f"expected votes in {place}, found none; the Blind test tab's download and its dataset hold them"
        )
    return votes


def preferred(votes: Sequence[Vote]) -> tuple[str, str] | None:
    """Return what one query's votes say: the first listing of the preferred list, and the first that only the other list has.

    None where base and tuned have as many votes. Of several votes of one voter, the last counts.
    """
    last = {vote.voter: vote for vote in votes}
    counts = Counter(vote.winner for vote in last.values())
    if counts["base"] == counts["tuned"]:
        return None
    winner: SystemName = "base" if counts["base"] > counts["tuned"] else "tuned"
    vote = next(one for one in last.values() if one.winner == winner)
    chosen, other = (vote.base_ids, vote.tuned_ids) if winner == "base" else (vote.tuned_ids, vote.base_ids)
    passed_over = [name for name in other if name not in chosen]
    return (chosen[0], passed_over[0]) if chosen and passed_over else ("", "")


def vote_triplets(
    votes: Iterable[Vote],
    by_split: Mapping[str, Sequence[Triplet]],
    listing_ids: Iterable[str],
    leader: Mapping[str, str],
) -> tuple[list[Triplet], dict[str, int]]:
    """Make a triplet of each query that was decided, unless it touches what is held out.

    Args:
        votes: In the order they came.
        by_split: The triplets that there are.
        listing_ids: Of the corpus.
        leader: listing_id -> the listing whose split it shares.

    Returns:
        Triplets for the train split, and counts: `kept`, and why others were not.
    """
    held = [triplet for split, rows in by_split.items() if split != TRAIN for triplet in rows]
    held_listings = {leader.get(one.query.listing_id, one.query.listing_id) for one in held}
    held_texts = {one.query.text.casefold() for one in held}
    known = set(listing_ids)
    votes_on: dict[str, list[Vote]] = {}
    for vote in votes:
        votes_on.setdefault(vote.query.casefold(), []).append(vote)
    made, counts = [], dict.fromkeys(("kept", *REASONS), 0)
    for text, given in votes_on.items():
        choice = preferred(given)
        reason = "kept"
        if choice is None:
            reason = "undecided"
        elif choice == ("", ""):
            reason = "same_choice"
        elif not known.issuperset(choice):
            reason = "unknown_listing"
        elif held_listings.intersection(leader.get(name, name) for name in choice):
            reason = "held_out_listing"
        elif text in held_texts:
            reason = "held_out_query"
        elif choice:
            query = Query(f"vote-{text_id(text)}", given[0].query, choice[0], STYLE)
            made.append(Triplet(query, (choice[1],)))
        counts[reason] += 1
    return made, counts
