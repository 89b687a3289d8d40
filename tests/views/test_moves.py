"""Moves in words: badges in both columns, and the verdict."""

import pytest

from comparison.moves import Comparison, Move
from search.records import Hit, Ranking
from tests.fakes import listing
from views.moves import Pair, count_of, ordinal, standing, tell_numbers, tell_verdict

LISTINGS = {name: listing(name, "", title=f"Job {name}", company="Larkspur") for name in "abcdx"}


def compare(base, tuned, ranks_in_all=None):
    rankings = [Ranking(tuple(Hit(name, 0.5, rank) for rank, name in enumerate(names, 1))) for names in (base, tuned)]
    return Comparison(*rankings, k=10, ranks_in_all=ranks_in_all or {})


@pytest.mark.parametrize(
    ("number", "said"),
    [
        *((1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (13, "13th"), (20, "20th")),
        *((21, "21st"), (102, "102nd"), (111, "111th"), (1013, "1,013th"), (1023, "1,023rd")),
    ],
)
def test_ordinal(number, said):
    assert ordinal(number) == said


def test_count_of_one_has_no_plural():
    assert (count_of(1, "job"), count_of(0, "job"), count_of(1200, "job")) == ("1 job", "0 jobs", "1,200 jobs")


@pytest.mark.parametrize(
    ("move", "side", "badge", "alone"),
    [
        (Move("a", 4, 1), "tuned", "up 3", "was 4th"),
        (Move("a", 4, 1), "base", "up 3", "now 1st"),
        (Move("a", 1, 2), "base", "down 1", "now 2nd"),
        (Move("a", 2, 2), "base", "same", "same"),
        (Move("a", None, 2, 40, 2), "tuned", "was 40th", "was 40th"),
        (Move("a", 2, None, 2, 34), "base", "now 34th", "now 34th"),
        # BM25 ranks no listing without a common word.
        (Move("a", None, 2), "tuned", "new", "new"),
        (Move("a", 2, None), "base", "gone", "gone"),
    ],
)
def test_badge_beside_the_other_list_and_alone(move, side, badge, alone):
    stands = standing(move, side, Pair())
    assert (stands.badge, stands.alone) == (badge, alone)


def test_move_is_told_with_the_rank_in_the_other_list():
    up = standing(Move("a", 4, 1), "base", Pair())
    assert up.spoken == "up 3 places by fine-tuning; rank 1 in the fine-tuned list"
    left = standing(Move("a", 2, None, 2, 34), "base", Pair())
    assert left.spoken == "down 32 places by fine-tuning; rank 34 in the fine-tuned list"
    assert (left.other_rank, left.places) == (34, 32)
    assert standing(Move("a", None, 2), "tuned", Pair()).spoken == "not ranked in the base list"


OTHERS = Pair("BM25", "Hybrid", is_tuning=False)


def test_move_between_other_systems_names_them_and_no_time():
    up, left = standing(Move("a", 4, 1), "base", OTHERS), standing(Move("a", 2, None, 2, 34), "base", OTHERS)
    entered, lost = standing(Move("a", None, 2, 40, 2), "tuned", OTHERS), standing(Move("a", 2, None), "base", OTHERS)
    assert (up.badge, up.alone, up.spoken) == ("up 3", "right 1st", "up 3 places; rank 1 in the list of Hybrid")
    assert (left.badge, entered.badge, lost.badge) == ("right 34th", "left 40th", "not ranked")
    assert lost.spoken == "not ranked in the list of Hybrid"


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [
        ("ab", "ab", "BM25 and Hybrid show the same list."),
        (
            "abd",
            "bad",
            "BM25 and Hybrid show the same 3 jobs, 2 at another rank. Biggest rise: Job b, Larkspur (2nd to 1st).",
        ),
        ("ab", "cd", "Hybrid shows 2 of 2 that BM25 does not."),
        ("a", "ab", "BM25 has 1 job, Hybrid 2."),
    ],
)
def test_verdict_on_other_systems_names_them(left, right, verdict):
    assert tell_verdict(compare(left, right), LISTINGS, OTHERS) == verdict


def test_verdict_on_a_system_beside_itself_says_so():
    pair = Pair("BM25", "BM25", is_tuning=False)
    assert tell_verdict(compare("ab", "ab"), LISTINGS, pair).startswith("BM25 stands on both sides")


@pytest.mark.parametrize(
    ("base", "tuned", "verdict"),
    [
        ("ab", "ab", "Fine-tuning changed nothing here: both lists are the same."),
        (
            "abc",
            "bac",
            "Fine-tuning kept the same 3 jobs and changed the rank of 2. Biggest rise: Job b, Larkspur (2nd to 1st).",
        ),
        ("ab", "cd", "Fine-tuning replaced all 2."),
        ("abc", "bad", "Fine-tuning replaced 1 of 3. Biggest rise: Job b, Larkspur (2nd to 1st)."),
        ("a", "ab", "The base list has 1 job, the fine-tuned one 2."),
        ("abc", "", "The base list has 3 jobs, the fine-tuned one 0."),
    ],
)
def test_verdict_says_what_changed(base, tuned, verdict):
    assert tell_verdict(compare(base, tuned), LISTINGS, Pair()) == verdict


def test_verdicts_biggest_rise_counts_places_beyond_the_lists():
    """c rose from 40 to 2, x from 60 to 3: more places."""
    ranks = {"base": {"a": 1, "b": 2, "d": 3, "c": 40, "x": 60}, "tuned": {"a": 1, "c": 2, "x": 3, "b": 4, "d": 5}}
    verdict = tell_verdict(compare("abd", "acx", ranks), LISTINGS, Pair())
    assert verdict == "Fine-tuning replaced 2 of 3. Biggest rise: Job x, Larkspur (60th to 3rd)."


@pytest.mark.parametrize(
    ("base", "tuned", "numbers"),
    [
        ("abcd", "bacx", "3 of 4 jobs in both lists: 1 up, 1 down, 1 at the same rank"),
        ("ab", "cd", "0 of 2 jobs in both lists"),
        ("a", "abc", "1 of 3 jobs in both lists: 1 at the same rank"),
    ],
)
def test_numbers_behind_the_verdict(base, tuned, numbers):
    assert tell_numbers(compare(base, tuned)) == numbers
