"""Votes: kept, read back, counted, pushed."""

import json
import subprocess
import sys
import threading
import time
from dataclasses import asdict, replace

import pytest

from data.votes import Vote, VoteLog, count_votes, parse_vote, read_votes, wilson_interval
from tests.conftest import ROOT, TOKEN

VOTE = Vote(
    time="2026-11-25T12:00:00+00:00",
    voter="v",
    query="python <b>\n“sql”",
    proposed=True,
    assignment_seed="00",
    left="tuned",
    choice="left",
    base_model="b",
    tuned_model="t",
    base_ids=("a", "b"),
    tuned_ids=("b", "a"),
)


@pytest.mark.parametrize(
    ("left", "choice", "winner"),
    [
        ("tuned", "left", "tuned"),
        ("tuned", "right", "base"),
        ("base", "left", "base"),
        ("base", "right", "tuned"),
        ("base", "tie", "tie"),
        ("tuned", "bad", "bad"),
    ],
)
def test_winner_is_the_system_on_the_chosen_side(left, choice, winner):
    assert replace(VOTE, left=left, choice=choice).winner == winner


def test_wilson_interval_is_the_published_one():
    """81 of 263: Newcombe 1998, table I, method 3."""
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson_interval(0, 20) == pytest.approx((0, 0.1611), abs=5e-5)
    assert wilson_interval(0, 0) == (0, 1)


def test_count_takes_a_voters_first_vote_on_a_query():
    votes = [VOTE, replace(VOTE, choice="right"), replace(VOTE, voter="w"), replace(VOTE, query="x", choice="bad")]
    tally = count_votes(votes)
    assert (tally.tuned, tally.base, tally.tie, tally.bad) == (2, 0, 0, 1)
    assert tally.share == 1
    assert tally.low < 0.5 < tally.high
    assert tally.voters == 2


def test_visits_of_one_address_count_as_one_voter():
    votes = [replace(VOTE, voter=f"address.{visit}") for visit in "abc"]
    assert count_votes(votes).tuned == 1
    assert count_votes([*votes, replace(VOTE, voter="other.a")]).tuned == 2


def test_votes_of_many_threads_are_all_kept_and_read_by_the_next_start(tmp_path):
    log = VoteLog(tmp_path)
    threads = [
        threading.Thread(target=lambda n=n: [log.append(replace(VOTE, voter=f"{n}-{m}")) for m in range(25)])
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    again = VoteLog(tmp_path)
    assert sorted(vote.voter for vote in again.votes) == sorted(f"{n}-{m}" for n in range(8) for m in range(25))
    assert set(again.votes) == set(log.votes)
    again.append(VOTE)
    assert again.path != log.path
    assert [parse_vote(line) for line in again.to_json_lines().splitlines()] == list(again.votes)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "[]",
        "{}",
        json.dumps(asdict(VOTE) | {"choice": "up"}),
        json.dumps(asdict(VOTE) | {"query": None}),
        "[" * 9000,
        json.dumps(asdict(VOTE) | {"base_ids": 1}),
        json.dumps(asdict(VOTE) | {"time": "yesterday"}),
        json.dumps(asdict(VOTE) | {"time": "2026-11-25T12:00:00"}),
    ],
)
def test_a_line_that_is_no_vote_is_named_and_loses_no_other(tmp_path, caplog, line):
    good = json.dumps(asdict(VOTE))
    (tmp_path / "votes.jsonl").write_text(f"{good}\n{line}\n{good}\n")
    assert read_votes([tmp_path / "votes.jsonl"]) == [VOTE, VOTE]
    assert "line 2 is no vote" in caplog.text


def test_votes_of_older_files_have_the_assignment_seed_under_its_former_name(tmp_path):
    row = asdict(VOTE)
    row["lot"] = row.pop("assignment_seed")
    (tmp_path / "votes.jsonl").write_text(json.dumps(row) + "\n")
    assert read_votes([tmp_path / "votes.jsonl"]) == [VOTE]
    assert json.loads(VoteLog(tmp_path).to_json_lines())["assignment_seed"] == "00"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"choice": "up"}, "choice: Input should be 'left', 'right', 'tie' or 'bad'"),
        ({"proposed": "yes"}, "proposed: Input should be a valid boolean"),
        ({"fits": [1]}, "fits.0: Input should be a valid string"),
        ({"colour": "red"}, "colour: Unexpected keyword argument"),
        ({"time": "yesterday"}, "time: Value error, Invalid isoformat string: 'yesterday'"),
        ({"time": "2026-11-25"}, "time: Value error, expected a time with an offset as in .*, got '2026-11-25'"),
        ({"time": "2026-11-25T12:00:00"}, "time: Value error, expected a time with an offset"),
        ({"time": 5}, "time: Input should be a valid string"),
    ],
)
def test_parse_vote_names_the_field_that_does_not_fit(change, message):
    with pytest.raises(ValueError, match=message):
        parse_vote(json.dumps(asdict(VOTE) | change))


@pytest.mark.parametrize("cut", [1, 40, 200])
def test_half_a_line_stays_told_and_the_next_vote_is_on_its_own(tmp_path, caplog, cut):
    """As a full disk leaves it, or a kill."""
    log = VoteLog(tmp_path)
    log.append(VOTE)
    whole = log.path.read_bytes()
    log.path.write_bytes(whole + whole[:cut])
    log.append(replace(VOTE, voter="w"))
    assert [vote.voter for vote in read_votes([log.path])] == ["v", "w"]
    assert "line 2 is no vote" in caplog.text
    assert whole[:cut] in log.path.read_bytes()


@pytest.mark.parametrize("time", ["2026-11-25T12:00:00Z", "2026-11-25T12:00:00.5+05:30", "0001-01-01T00:00:00+14:00"])
def test_time_with_any_offset_is_kept_as_it_was_written(time):
    assert parse_vote(json.dumps(asdict(VOTE) | {"time": time})).time == time


FILL_THE_DISK = """
import resource, signal, sys
from dataclasses import replace
from pathlib import Path
from data.votes import VoteLog, parse_vote

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
folder, limit, vote = Path(sys.argv[1]), int(sys.argv[2]), parse_vote(sys.argv[3])
log = VoteLog(folder)
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
try:
    while True:
        log.append(vote)
except OSError as error:
    print(len(log.votes), error)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
log.append(replace(vote, voter="next"))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
@pytest.mark.parametrize(("lines", "message"), [(3.5, "bytes to be written"), (3, "File too large")])
def test_full_disk_leaves_whole_lines_and_the_next_vote_is_whole(tmp_path, lines, message):
    """A file that may not grow takes half of a line, or none of it: the vote is refused, and is not in the file."""
    line = json.dumps(asdict(VOTE))
    child = [sys.executable, "-c", FILL_THE_DISK, str(tmp_path), str(int(lines * (len(line) + 1))), line]
    said = subprocess.run(child, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said.startswith("3 ")
    assert message in said
    [file] = tmp_path.glob("votes-*.jsonl")
    assert [parse_vote(line) for line in file.read_text().removesuffix("\n").split("\n")] == [
        *[VOTE] * 3,
        replace(VOTE, voter="next"),
    ]


def test_folder_that_takes_no_votes_is_told_at_the_start(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    log = VoteLog(tmp_path / "file" / "votes")
    assert "expected a folder that takes votes" in caplog.text
    with pytest.raises(OSError, match="Not a directory"):
        log.append(VOTE)
    assert log.votes == ()


def wait_for(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "nothing came within the time"
        time.sleep(0.05)


@pytest.mark.slow
def test_votes_are_pushed_and_a_push_that_fails_loses_none(hub, tmp_path):
    log = VoteLog(tmp_path, repo_id="alice/votes", minutes=0.01)
    try:
        hub.fail("/commit/", times=2, status=500)
        log.append(VOTE)
        log.append(replace(VOTE, voter="w"))
        name = f"votes/{log.path.name}"
        wait_for(lambda: hub.repo("dataset", "alice/votes").files.get(name) == log.path.read_bytes())
        assert hub.faults_left == []
        assert len(log.path.read_text().splitlines()) == 2
    finally:
        log.scheduler.stop()


@pytest.mark.slow
def test_votes_pushed_by_a_former_run_come_back_on_an_empty_disk(hub, tmp_path):
    line = json.dumps(asdict(VOTE)).encode() + b"\n"
    hub.add_repo("dataset", "alice/votes", {"votes/votes-1.jsonl": line, "README.md": b"votes"})
    log = VoteLog(tmp_path, repo_id="alice/votes")
    log.scheduler.stop()
    assert log.votes == (VOTE,)


@pytest.mark.slow
def test_a_hub_that_refuses_leaves_votes_on_disk_and_says_so_without_the_token(hub, tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("HF_TOKEN", "hf_reader")
    log = VoteLog(tmp_path, repo_id="alice/votes")
    assert log.scheduler is None
    log.append(VOTE)
    assert VoteLog(tmp_path).votes == (VOTE,)
    assert "the Hub did not take alice/votes" in caplog.text
    assert "hf_reader" not in caplog.text
    assert TOKEN not in caplog.text


def test_without_a_token_votes_stay_on_disk(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr("data.votes.get_token", lambda: None)
    log = VoteLog(tmp_path, repo_id="alice/votes")
    assert log.scheduler is None
    assert "expected a Hub token" in caplog.text
