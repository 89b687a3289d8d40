"""The blind test without a browser: nothing tells the sides before the vote, sides are drawn fairly."""

import json
import re

import pytest

from comparison.systems import Systems
from data.votes import VoteLog, read_votes
from pages.blind import BlindTest, Trial, cast_vote, draw_left, propose, read_marks, show_trial
from pages.context import PageContext
from tests.fakes import listing, searcher

CORPUS = [
    listing(name, f"{word} <i>work</i>", title=name) for name, word in zip("abc", ("sql", "python", "go"), strict=True)
]


class Request:
    session_hash = "visit"


def blind_test(folder, words):
    systems = Systems(
        searcher(("sql",), CORPUS, "one"),
        searcher(words, CORPUS, "two"),
        {one.listing_id: one for one in CORPUS},
    )
    return BlindTest(PageContext(systems), VoteLog(folder), ("b", "t"), ["sql python"])


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
    assert render_blind(other.query, other.lists, test.context.systems.listings, token=trial.token) == html
    assert not re.search(r"base|tuned|score|cosine", html, re.IGNORECASE)
    assert said == ""
    assert "<i>" not in html


def test_sides_are_drawn_fairly():
    left = [draw_left(f"{number:016x}", "python") for number in range(2000)]
    assert 900 < left.count("tuned") < 1100


def test_vote_tells_the_names_counts_once_and_locks_the_buttons(test):
    trial, shown, *_ = show_trial(test, "sql python")
    gone, html, said, *buttons, tally = cast_vote(test, "left", trial, shown, "", Request())
    assert gone is None
    assert "Left: Base" in html or "Left: Fine-tuned" in html
    assert all(not button["interactive"] for button in buttons)
    assert "1 vote on these two models" in tally
    [vote] = test.log.votes
    assert vote.winner == trial.names["left"]
    assert (vote.base_ids, vote.tuned_ids) == (trial.base_ids, trial.tuned_ids)
    assert "visit" not in vote.voter
    assert {"base": "the base model", "tuned": "the fine-tuned"}[vote.winner] in said
    cast_vote(test, "left", None, shown, "", Request())
    assert len(test.log.votes) == 1


def test_marks_of_the_shown_listings_are_saved_with_the_vote(test):
    trial, shown, *_ = show_trial(test, "sql python")
    first, second = trial.base_ids[:2]
    marks = json.dumps({second: "unfit", first: "fits", "elsewhere": "fits"})
    _, _, said, *_ = cast_vote(test, "tie", trial, shown, marks, Request())
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
        cast_vote(test, "left", trial, shown, "", Request())
    assert test.log.votes == ()


def test_tally_leaves_out_votes_on_other_models(test, tmp_path):
    trial, shown, *_ = show_trial(test, "sql python")
    cast_vote(test, "tie", trial, shown, "", Request())
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


def test_proposed_query_is_one_of_the_test_split_and_is_marked_so(test):
    query, trial, *_ = propose(test)
    assert query == "sql python"
    assert trial.proposed
