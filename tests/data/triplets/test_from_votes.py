"""Votes become triplets of the train split, and never touch what is held out."""

import json
from dataclasses import asdict, replace

import pytest

from data.__main__ import main
from data.dataset import Triplet, load_job_dataset
from data.triplets.from_votes import REASONS, lessons, load_votes, preferred, vote_triplets
from data.votes import VoteLog
from search.records import Query
from tests.conftest import small_corpus
from tests.data.test_votes import VOTE

SPLITS = {
    "train": (Triplet(Query("q1", "old query", "a"), ("b",)),),
    "validation": (Triplet(Query("q2", "held Query", "v"), ("w",)),),
    "test": (Triplet(Query("q3", "other", "t"), ("u",)),),
}
CORPUS = (*"abcvwtu", "copy-of-t", "copy-of-b")
LEADER = {name: name for name in CORPUS} | {"copy-of-t": "t", "copy-of-b": "b"}
TUNED = replace(VOTE, left="tuned", choice="left", query="new query", base_ids=("b", "c"), tuned_ids=("a", "b"))


def made(*votes):
    triplets, counts = vote_triplets(votes, SPLITS, LEADER)
    return triplets, {name for name, count in counts.items() if count}


def test_preferred_lists_first_is_the_positive_and_the_others_own_first_the_negative():
    assert preferred([TUNED]) == ("a", "c")
    assert preferred([replace(TUNED, choice="right")]) == ("b", "a")


def test_majority_of_voters_decides_and_a_voters_first_vote_counts():
    votes = [
        replace(TUNED, voter=name, choice=choice) for name, choice in zip("xyz", ("left", "left", "right"), strict=True)
    ]
    assert preferred(votes) == ("a", "c")
    assert preferred(
        [*votes, replace(TUNED, voter="x", choice="right"), replace(TUNED, voter="y", choice="right")]
    ) == ("a", "c")
    assert preferred(votes[1:]) is None
    assert preferred([replace(TUNED, choice="tie")]) is None


def test_visits_of_one_address_teach_as_one_voter():
    """Three visits of an address prefer the tuned list's, two other addresses the base's."""
    visits = [replace(TUNED, voter=f"addr.visit{number}", fits=("a",), unfit=("b",)) for number in (1, 2, 3)]
    others = [replace(TUNED, voter=f"{name}.visit1", choice="right", fits=("b",), unfit=("a",)) for name in "xy"]
    assert preferred([*visits, *others]) == ("b", "a")
    assert lessons([*visits, *others]) == (["b"], ["a"])
    [triplet], _ = made(*visits, *others)
    assert (triplet.query.listing_id, triplet.negative_ids) == ("b", ("a",))
    assert made(*visits[:2], others[0]) == ([], {"undecided"})


@pytest.mark.parametrize(
    ("vote", "reason"),
    [
        (replace(TUNED, choice="bad"), "undecided"),
        (replace(TUNED, base_ids=("a", "b")), "same_choice"),
        (replace(TUNED, tuned_ids=("gone", "b")), "unknown_listing"),
        (replace(TUNED, tuned_ids=("t", "b")), "held_out_listing"),
        (replace(TUNED, tuned_ids=("copy-of-t", "b")), "held_out_listing"),
        (replace(TUNED, base_ids=("v", "a")), "held_out_listing"),
        (replace(TUNED, query="HELD query"), "known_query"),
        (replace(TUNED, query="Old Query"), "known_query"),
        (replace(TUNED, query="x" * 1001), "unusable_query"),
        (replace(TUNED, tuned_ids=("copy-of-b", "a"), base_ids=("b", "a")), "same_group"),
    ],
)
def test_what_says_nothing_or_is_held_out_gives_no_triplet(vote, reason):
    assert made(vote) == ([], {reason})
    assert reason in REASONS


def test_decided_query_becomes_one_triplet():
    [triplet], counts = made(TUNED, replace(TUNED, voter="other"))
    assert (triplet.query.text, triplet.query.listing_id, triplet.negative_ids) == ("new query", "a", ("c",))
    assert counts == {"retained"}


@pytest.mark.parametrize("query", ["JUDGED <b>query</b>", "judged  query\n", "Judged Query"])
def test_vote_on_a_judged_query_gives_no_triplet(query):
    """By the cleaned text, capitals aside; a vote that teaches nothing is counted as that."""
    votes = [replace(TUNED, query=query), replace(TUNED, query="judged other", choice="bad"), TUNED]
    triplets, counts = vote_triplets(votes, SPLITS, LEADER, judged=["Judged query", "judged other"])
    assert [triplet.query.text for triplet in triplets] == ["new query"]
    assert {name: count for name, count in counts.items() if count} == {
        "retained": 1,
        "judged_query": 1,
        "undecided": 1,
    }
    assert "judged_query" in REASONS


def test_marked_listings_go_before_the_lists():
    [triplet], counts = made(replace(TUNED, fits=("b", "c"), unfit=("a", "u2")))
    # One answer a query; what the corpus does not have is left out.
    assert (triplet.query.listing_id, triplet.negative_ids) == ("b", ("a",))
    assert counts == {"retained"}
    # What marks leave open the vote decides, and the other way round.
    [triplet], _ = made(replace(TUNED, unfit=("b",)))
    assert (triplet.query.listing_id, triplet.negative_ids) == ("a", ("b",))
    [triplet], _ = made(replace(TUNED, choice="tie", fits=("b",), unfit=("c",)))
    assert (triplet.query.listing_id, triplet.negative_ids) == ("b", ("c",))


def test_marks_of_several_voters_decide_by_majority():
    votes = [replace(TUNED, voter="x", unfit=("a",), fits=("b",)), replace(TUNED, voter="y", fits=("a", "b"))]
    assert lessons(votes) == (["b"], ["c"])
    assert lessons([*votes, replace(TUNED, voter="z", fits=("a",))]) == (["b", "a"], ["c"])
    assert lessons([replace(TUNED, voter="x", unfit=("a",))]) == ([], ["a"])


def test_one_held_out_mark_among_others_does_not_lose_the_query():
    [triplet], _ = made(replace(TUNED, fits=("t", "a", "gone"), unfit=("copy-of-t", "b", "w")))
    assert (triplet.query.listing_id, triplet.negative_ids) == ("a", ("b", "w"))
    [triplet], _ = made(replace(TUNED, fits=("b",), unfit=("copy-of-b", "c")))
    assert (triplet.query.listing_id, triplet.negative_ids) == ("b", ("c",))


@pytest.mark.parametrize(
    ("marks", "reason"),
    [
        ({"fits": ("t",), "unfit": ("b",)}, "held_out_listing"),
        ({"fits": ("a",), "unfit": ("copy-of-t",)}, "held_out_listing"),
        ({"fits": ("b",), "unfit": ("copy-of-b",)}, "same_group"),
        ({"fits": ("a",), "unfit": ("gone",)}, "unknown_listing"),
        ({"unfit": ("a",)}, "undecided"),
    ],
)
def test_marks_that_touch_what_is_held_out_or_teach_nothing_give_no_triplet(marks, reason):
    assert made(replace(TUNED, **marks)) == ([], {reason})


def test_votes_on_former_models_give_way_to_those_on_the_latest():
    former = [replace(TUNED, voter=name, choice="right", tuned_model="former") for name in "xyz"]
    [triplet], _ = made(*former, TUNED)
    assert triplet.query.listing_id == "a"


def test_contacts_in_a_query_are_masked():
    [triplet], _ = made(replace(TUNED, query="mail jane@example.com sql"))
    assert "jane" not in triplet.query.text
    assert "sql" in triplet.query.text


def test_build_with_feedback_adds_to_train_only_and_says_so(tmp_path, write_lines, capsys):
    source = write_lines(*small_corpus(60))
    command = ["build", "--source", str(source), "--queries", "given", "--cache", str(tmp_path / "cache")]
    assert main([*command, "--out", str(tmp_path / "plain")]) == 0
    plain = load_job_dataset(str(tmp_path / "plain"))
    train = [triplet.query.listing_id for triplet in plain.split("train")]
    ids = list(dict.fromkeys(train))
    lists = {"base_ids": (ids[1], ids[2]), "tuned_ids": (ids[0], ids[1])}
    held = plain.queries("test")[0]
    votes = [replace(TUNED, **lists), replace(TUNED, query=held.text, **lists)]
    votes.append(replace(TUNED, query="marked", fits=(ids[3], ids[4]), unfit=(ids[5],), **lists))
    file = write_lines(*map(asdict, votes), name="votes.jsonl")
    assert main([*command, "--out", str(tmp_path / "voted"), "--feedback", str(file)]) == 0
    voted = load_job_dataset(str(tmp_path / "voted"))
    added = set(voted.split("train")) - set(plain.split("train"))
    assert {(one.query.text, one.query.listing_id, one.negative_ids) for one in added} == {
        ("new query", ids[0], (ids[2],)),
        ("marked", ids[3], (ids[5],)),
    }
    for split in ("validation", "test"):
        assert voted.split(split) == plain.split(split)
    record = json.loads((tmp_path / "voted" / "build.json").read_text())
    said = record["queries"]["votes"]
    assert (said["source"], said["given"], said["retained"], said["known_query"]) == ("votes.jsonl", 3, 2, 1)
    assert "2 more, in the train split" in (tmp_path / "voted" / "README.md").read_text()


def test_build_with_feedback_on_a_judged_query_counts_it_and_goes_on(build, tmp_path, write_lines):
    """Else a person's vote on a judged query would end each later build."""
    judged = tmp_path / "judged"
    judged.mkdir()
    (judged / "queries.jsonl").write_text('{"query_id": "own", "query": "Count sheep", "split": "test"}\n')
    (judged / "judgments.jsonl").write_text('{"query_id": "own", "listing_id": "job-007", "grade": 2}\n')
    train = [
        one.listing_id for one in build(small_corpus(60)) and load_job_dataset(str(tmp_path / "out")).queries("train")
    ]
    ids = list(dict.fromkeys(train))
    vote = replace(TUNED, query="count sheep", base_ids=(ids[1], ids[2]), tuned_ids=(ids[0], ids[1]))
    votes = write_lines(asdict(vote), asdict(replace(vote, query="new query")), name="votes.jsonl")
    record = build(small_corpus(60), judgments=judged, feedback=str(votes), overwrite=True)
    counts = record.queries.votes.model_dump()
    assert (counts["given"], counts["retained"], counts["judged_query"]) == (2, 1, 1)
    texts = [one.text for one in load_job_dataset(str(tmp_path / "out")).queries("train")]
    assert "new query" in texts
    assert "count sheep" not in texts


def test_bad_places_of_votes_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"expected a file or folder of votes, or a Hub dataset"):
        load_votes("nowhere.jsonl")
    (tmp_path / "empty.jsonl").write_text("")
    with pytest.raises(ValueError, match=r"expected votes in .*found none"):
        load_votes(str(tmp_path / "empty.jsonl"))


def test_votes_of_several_files_come_in_the_order_of_their_time(tmp_path):
    for name, time in (("a", "2026-02-01T00:00:00+00:00"), ("b", "2026-01-01T00:00:00+00:00")):
        vote = replace(TUNED, voter=name, time=time)
        (tmp_path / f"votes-{name}.jsonl").write_text(json.dumps(asdict(vote)) + "\n")
    assert [vote.voter for vote in load_votes(str(tmp_path))] == ["b", "a"]
    assert [vote.voter for vote in VoteLog(tmp_path).votes] == ["b", "a"]


def test_votes_of_an_apps_folder_are_read(tmp_path):
    for name in "ab":
        (tmp_path / f"votes-{name}.jsonl").write_text(json.dumps(asdict(replace(TUNED, voter=name))) + "\n")
    assert [vote.voter for vote in load_votes(str(tmp_path))] == ["a", "b"]


@pytest.mark.slow
def test_votes_come_from_the_hub_where_an_app_pushed_them(hub):
    line = json.dumps(asdict(TUNED)).encode() + b"\n"
    old = hub.add_repo("dataset", "alice/votes", {"votes/votes-1.jsonl": line})
    hub.add_commit("dataset", "alice/votes", {"votes/votes-2.jsonl": line, "notes.jsonl": b"no vote"}, title="more")
    assert load_votes("alice/votes") == [TUNED, TUNED]
    assert load_votes(f"alice/votes@{old}") == [TUNED]
    with pytest.raises(FileNotFoundError, match="could not load votes from 'alice/none'"):
        load_votes("alice/none")
