"""The blind test without a browser: nothing tells the sides before the vote, sides are drawn fairly."""

import json
import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import fastapi
import gradio as gr
import pytest

from comparison.systems import Systems
from data.votes import VoteLog, read_votes
from pages.ballots import MAX_A_DAY, MAX_A_MINUTE, find_limit
from pages.blind import MAX_DRAWS, BlindTest, cast_vote, propose, show_trial
from pages.context import PageContext
from pages.trial import Trial, draw_left, read_marks
from tests.fakes import listing, searcher

CORPUS = [
    listing(name, f"{word} <i>work</i>", title=name) for name, word in zip("abc", ("sql", "python", "go"), strict=True)
]


def Request(host="10.0.0.1", session_hash="visit", forwarded=()):  # noqa: N802 (stands for a class)
    """Make what Gradio gives a handler."""
    headers = [(b"x-forwarded-for", line.encode()) for line in forwarded]
    scope = {"type": "http", "client": (host, 1), "headers": headers}
    return gr.Request(fastapi.Request(scope), session_hash=session_hash)


def blind_test(folder, words, proposals=("sql python",)):
    systems = Systems(
        searcher(("sql",), CORPUS, "one"),
        searcher(words, CORPUS, "two"),
        {one.listing_id: one for one in CORPUS},
    )
    return BlindTest(PageContext(systems), VoteLog(folder), ("b", "t"), proposals)


@pytest.fixture
def test(tmp_path):
    return blind_test(tmp_path, ("python",))


def swapped(trial):
    """The same lists with the models exchanged, under a seed that draws the other side."""
    seed = next(seed for seed in map(str, range(99)) if draw_left(seed, trial.query) != trial.names["left"])
    return Trial(trial.query, trial.proposed, seed, base_ids=trial.tuned_ids, tuned_ids=trial.base_ids)


def test_html_before_the_vote_is_the_same_whichever_model_made_which_list(test):
    trial, html, said, *_ = show_trial(test, "sql python")
    from views.blind import render_blind  # noqa: PLC0415 (beside its only use)

    other = swapped(trial)
    assert other.lists == trial.lists
    assert other.names != trial.names
    assert render_blind(other.query, other.query, other.lists, test.context.systems.listings, token=trial.token) == html
    assert not re.search(r"base|tuned|score|cosine", html, re.IGNORECASE)
    assert "Two lists without names" in said
    assert "<i>" not in html


def test_sides_are_drawn_fairly():
    left = [draw_left(f"{number:016x}", "python") for number in range(2000)]
    assert 900 < left.count("tuned") < 1100


def test_vote_tells_the_names_counts_once_and_locks_the_buttons(test):
    trial, shown, *_ = show_trial(test, "sql python")
    gone, html, said, *buttons, tally = cast_vote(test, "left", trial, shown, "", "sql python", Request())
    assert gone is None
    assert "Left: Base" in html or "Left: Fine-tuned" in html
    assert all(not button["interactive"] for button in buttons)
    assert "1 vote on these two models" in tally
    [vote] = test.log.votes
    assert vote.winner == trial.names["left"]
    assert (vote.base_ids, vote.tuned_ids) == (trial.base_ids, trial.tuned_ids)
    assert "visit" not in vote.voter
    assert {"base": "the base model", "tuned": "the fine-tuned"}[vote.winner] in said
    cast_vote(test, "left", None, shown, "", "sql python", Request())
    assert len(test.log.votes) == 1


def test_vote_on_lists_that_the_server_forgot_is_told(test):
    trial, shown, *_ = show_trial(test, "sql python")
    _, _, said, *buttons, _ = cast_vote(test, "left", None, shown, "", "sql python", Request())
    assert "Your vote was not taken" in said
    assert not any(button["interactive"] for button in buttons)
    assert test.log.votes == ()
    # A second click on lists that were voted on says nothing.
    cast_vote(test, "left", trial, shown, "", "sql python", Request())
    again = cast_vote(test, "left", None, shown, "", "sql python", Request())
    assert len(test.log.votes) == 1
    assert not any(isinstance(one, str) for one in again)


def test_marks_of_the_shown_listings_are_saved_with_the_vote(test):
    trial, shown, *_ = show_trial(test, "sql python")
    first, second = trial.base_ids[:2]
    marks = json.dumps({second: "unfit", first: "fits", "elsewhere": "fits"})
    _, _, said, *_ = cast_vote(test, "tie", trial, shown, marks, "sql python", Request())
    [vote] = test.log.votes
    assert (vote.fits, vote.unfit) == ((first,), (second,))
    assert "Your 2 marks are kept" in said
    assert read_votes([test.log.path]) == [vote]


@pytest.mark.parametrize("said", ["", "{", "[]", "3", '{"x": ["fits"]}', '{"x": {}}', "[" * 100_000, None])
def test_marks_that_are_none_are_left_out(test, said):
    trial, *_ = show_trial(test, "sql python")
    assert read_marks(said, trial) == {"fits": (), "unfit": ()}


def test_vote_on_lists_that_are_not_in_the_page_yet_is_not_saved(test):
    _, old, *_ = show_trial(test, "go")
    trial, *_ = show_trial(test, "sql python")
    for shown in (old, "", None):
        cast_vote(test, "left", trial, shown, "", "sql python", Request())
    assert test.log.votes == ()


def test_tally_leaves_out_votes_on_other_models(test, tmp_path):
    trial, shown, *_ = show_trial(test, "sql python")
    cast_vote(test, "tie", trial, shown, "", "sql python", Request())
    assert "1 found them equal" in test.render_tally()
    other = BlindTest(test.context, VoteLog(tmp_path), ("b", "another"))
    assert len(other.log.votes) == 1
    assert "No votes" in other.render_tally()


@pytest.mark.parametrize(
    ("words", "typed", "expected"),
    [(("sql",), "sql python", "nothing to choose"), (("python",), "  ", "Take a random query")],
)
def test_equal_lists_and_an_empty_query_can_not_be_voted_on(tmp_path, words, typed, expected):
    trial, html, said, *buttons = show_trial(blind_test(tmp_path, words), typed)
    assert (trial, html) == (None, "")
    assert expected in said
    assert all(not button["interactive"] for button in buttons)


def test_blind_lists_mark_no_word_that_the_query_rules_out(test):
    html = show_trial(test, "sql work no go")[1]
    assert "<mark>work</mark>" in html
    assert "<mark>go</mark>" not in html


def test_random_query_is_one_of_the_test_split_and_is_marked_so(test):
    query, trial, *_ = propose(test)
    assert query == "sql python"
    assert trial.proposed


def test_random_query_passes_over_those_with_equal_lists(tmp_path):
    """Both know "sql", which decides where it occurs; one more word tells them apart."""
    test = blind_test(tmp_path, ("sql", "python"), ["sql", "sql work", "python", "sql go"])
    assert {propose(test)[0] for _ in range(20)} == {"python"}


def test_random_queries_that_all_have_equal_lists_are_told(tmp_path):
    test = blind_test(tmp_path, ("sql",), ["sql", "python", "go", "go"])
    query, trial, lists, said, *buttons = propose(test)
    assert "3 random queries were drawn" in said
    assert (trial, lists) == (None, "")
    assert all(not button["interactive"] for button in buttons)
    assert query == {"__type__": "update"}


def test_random_queries_are_drawn_a_bounded_number_of_times(tmp_path):
    test = blind_test(tmp_path, ("sql",), [f"sql {number}" for number in range(50)])
    assert f"{MAX_DRAWS} random queries were drawn" in propose(test)[3]


@pytest.mark.parametrize("typed", ["sql python go", "", None, "SQL python"])
def test_vote_after_the_query_was_edited_is_refused(test, typed):
    trial, shown, *_ = show_trial(test, "sql python")
    _, _, said, *buttons, _ = cast_vote(test, "left", trial, shown, "", typed, Request())
    assert test.log.votes == ()
    assert "You changed the query" in said
    assert all(not button["interactive"] for button in buttons)


def test_vote_on_the_same_query_typed_with_other_space_counts(test):
    trial, shown, *_ = show_trial(test, " sql  python ")
    cast_vote(test, "left", trial, shown, "", "  sql python", Request())
    assert len(test.log.votes) == 1


def test_marks_stay_in_the_lists_after_the_vote(test):
    trial, shown, *_ = show_trial(test, "sql python")
    first = trial.base_ids[0]
    _, html, *_ = cast_vote(test, "tie", trial, shown, json.dumps({first: "fits"}), "sql python", Request())
    pressed = re.findall(r'data-mark="(\w+)" aria-pressed="true"\s+disabled', html)
    assert pressed == ["fits"] * sum(first in ids for ids in trial.lists.values())
    assert "aria-pressed" in html
    assert not re.search(r'aria-pressed="\w+">', html)


def test_tally_tells_ones_own_votes_of_this_visit(test):
    trial, shown, *_ = show_trial(test, "sql python")
    tally = cast_vote(test, "tie", trial, shown, "", "sql python", Request())[-1]
    assert "You, in this visit: 0 for fine-tuned, 0 for base, 1 equal" in re.sub(r"\s+", " ", tally)
    assert 'data-votes="0 0 1 0"' in tally
    assert "in this visit" not in test.render_tally()


def test_lists_are_headed_by_their_query_escaped(test):
    _, html, *_ = show_trial(test, "sql <b>python</b>")
    assert "Results for “sql &lt;b&gt;python&lt;/b&gt;”" in html


def vote_on(test, request, choice="left", query="sql python"):
    trial, shown, *_ = show_trial(test, query)
    return cast_vote(test, choice, trial, shown, "", query, request)


def test_trial_takes_one_of_several_contradictory_votes_at_once(test):
    trial, shown, *_ = show_trial(test, "sql python")
    ready = threading.Barrier(8)

    def vote(choice):
        ready.wait()
        cast_vote(test, choice, trial, shown, "", "sql python", Request())

    threads = [threading.Thread(target=vote, args=[choice]) for choice in ("left", "right", "tie", "bad") * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(test.log.votes) == 1


def test_trial_that_was_never_shown_takes_no_vote(test):
    trial, *_ = show_trial(test, "sql python")
    forged = replace(trial, assignment_seed="chosen")
    cast_vote(test, "left", forged, test.render_lists(forged), "", "sql python", Request())
    assert test.log.votes == ()


def test_one_address_has_one_vote_on_a_query_however_many_visits_it_makes(test):
    for number in range(8):
        tally = vote_on(test, Request(session_hash=f"visit {number}"), choice="tie")[-1]
    assert "1 vote on these two models:" in tally
    tally = vote_on(test, Request(host="10.0.0.2"), choice="tie")[-1]
    assert "2 votes on these two models from 2 addresses" in re.sub(r"\s+", " ", tally)


@pytest.mark.parametrize(
    ("ages", "limit"),
    [
        ([5] * (MAX_A_MINUTE - 1), ""),
        ([5] * MAX_A_MINUTE, f"{MAX_A_MINUTE} a minute"),
        # The clock was set back since.
        ([-30] * MAX_A_MINUTE, f"{MAX_A_MINUTE} a minute"),
        ([3600] * (MAX_A_DAY - 1), ""),
        ([3600] * MAX_A_DAY, f"{MAX_A_DAY} a day"),
        ([-3600] * MAX_A_DAY, f"{MAX_A_DAY} a day"),
        ([90_000] * 2 * MAX_A_DAY, ""),
    ],
)
def test_limits_count_the_votes_of_a_minute_and_of_a_day(ages, limit):
    now = datetime.now(UTC)
    votes = [SimpleNamespace(voter="one.visit", time=(now - timedelta(seconds=age)).isoformat()) for age in ages]
    assert find_limit("one.another", votes) == limit
    assert find_limit("two.visit", votes) == ""


def test_one_address_casts_so_many_votes_at_most_and_is_told(test):
    for number in range(MAX_A_MINUTE + 3):
        said = vote_on(test, Request(session_hash=str(number)), query=f"sql python {number}")[2]
    assert len(test.log.votes) == MAX_A_MINUTE
    assert f"from one address {MAX_A_MINUTE} a minute are" in said
    vote_on(test, Request(host="10.0.0.2"))
    assert len(test.log.votes) == MAX_A_MINUTE + 1


@pytest.mark.parametrize(
    ("trusts_proxy", "first", "second", "are_one"),
    [
        # What a visitor may write itself makes no other voter of it.
        (False, {"forwarded": ["1.2.3.4"]}, {"forwarded": ["8.8.8.8"]}, True),
        (True, {"forwarded": ["1.1.1.1, 8.8.8.8"]}, {"forwarded": ["9.9.9.9, 8.8.8.8"]}, True),
        (True, {"forwarded": ["1.1.1.1", "8.8.8.8"]}, {"forwarded": ["9.9.9.9", "8.8.8.8"]}, True),
        # Visitors behind one proxy, and behind proxies within, are several.
        (True, {"forwarded": ["8.8.8.8"]}, {"forwarded": ["9.9.9.9"]}, False),
        (True, {"forwarded": ["8.8.8.8, 10.0.0.9"]}, {"forwarded": ["9.9.9.9, 10.0.0.9"]}, False),
        (False, {"host": "2001:db8:1:2:3:4:5:6"}, {"host": "2001:db8:1:2::1"}, True),
        (False, {"host": "2001:db8:1:2:3:4:5:6"}, {"host": "2001:db8:1:3::1"}, False),
    ],
)
def test_voter_is_an_address_that_the_visitor_can_not_choose(test, trusts_proxy, first, second, are_one):
    test = replace(test, trusts_proxy=trusts_proxy)
    names = {test.name_voter(Request(**one)) for one in (first, second)}
    assert len(names) == (1 if are_one else 2)


def test_voters_name_tells_neither_address_nor_visit_and_outlives_a_restart(test, tmp_path):
    name = test.name_voter(Request())
    assert re.fullmatch(r"[0-9a-f]{12}\.[0-9a-f]{12}", name)
    again = blind_test(tmp_path, ("python",))
    assert again.name_voter(Request()) == name
    assert again.name_voter(Request(session_hash="other")).partition(".")[0] == name.partition(".")[0]


def test_vote_that_the_disk_does_not_take_is_told_and_can_be_cast_again(test):
    test.log.path.symlink_to("/dev/full")
    trial, shown, *_ = show_trial(test, "sql python")
    _, _, said, *buttons, _ = cast_vote(test, "left", trial, shown, "", "sql python", Request())
    assert "could not be saved" in said
    assert all(button["interactive"] for button in buttons)
    assert test.log.votes == ()
    test.log.path.unlink()
    assert "You chose" in cast_vote(test, "left", trial, shown, "", "sql python", Request())[2]
    assert read_votes([test.log.path]) == list(test.log.votes)
