"""Agreement of assessors, worked by hand."""

import pytest

from data.judging.agreement import compare_assessors, compare_marks, kappa, system_tau
from data.judging.marks import marked_pairs
from data.judgments.records import GRADES, JudgedQuery
from data.votes import Vote
from search.benchmark_report import MARKS

A, B = [3, 2, 0, 0], [3, 1, 0, 1]


def pairs(grades, query_id="q"):
    return {(query_id, name): grade for name, grade in zip("abcdefgh", grades, strict=False)}


def test_kappa_plain_by_hand():
    """Two of four are the same: 1/2. By chance: 0 with 2/4 and 1/4, 2 with 1/4 and 0, 1 with 0 and 2/4, 3 with 1/4 and
    1/4, so 2/16 + 1/16 = 3/16. Kappa = (1/2 - 3/16) / (1 - 3/16) = (5/16) / (13/16) = 5/13.
    """
    assert kappa(A, B, GRADES, squared=False) == pytest.approx(5 / 13)


def test_kappa_weighted_by_hand():
    """Squared distances: 0, 1, 0, 1, a mean of 1/2. Of all 16 pairings: 3 against 3, 1, 0, 1 gives 0 + 4 + 9 + 4 = 17,
    2 gives 1 + 1 + 4 + 1 = 7, each 0 gives 9 + 1 + 0 + 1 = 11, together 46, a mean of 46/16 = 23/8.
    Kappa = 1 - (1/2) / (23/8) = 1 - 4/23 = 19/23.
    """
    assert kappa(A, B, GRADES, squared=True) == pytest.approx(19 / 23)


@pytest.mark.parametrize("squared", [False, True])
def test_kappa_edges(squared):
    """One grade only is 0, as chance agrees as often; all the same of two grades is 1; all swapped of two is -1."""
    assert kappa([1, 1], [1, 1], GRADES, squared=squared) == 0.0
    assert kappa([1, 1], [1, 2], GRADES, squared=squared) == 0.0
    assert kappa([0, 3], [0, 3], GRADES, squared=squared) == 1.0
    assert kappa([0, 3], [3, 0], GRADES, squared=squared) == -1.0


RANKINGS = {"s1": {"q": ["x", "a", "b", "c"]}, "s2": {"q": ["b", "a", "c"]}, "s3": {"q": ["c", "b", "a"]}}


def test_tau_by_hand():
    """Gains by A: a 7, b 1, c 0; by B: a 1, b 7, c 0. Discounts 1, 0.63, 0.5; x, which nobody graded, is left out.
    By A: s1 7 + 0.63 = 7.63, s2 1 + 4.42 = 5.42, s3 0.63 + 3.5 = 4.13, so s1, s2, s3.
    By B: s1 1 + 4.42 = 5.42, s2 7 + 0.63 = 7.63, s3 4.42 + 0.5 = 4.92, so s2, s1, s3.
    Of three pairs of systems two are in one order: (2 - 1) / 3.
    """
    assert system_tau(pairs([3, 1, 0]), pairs([1, 3, 0]), RANKINGS) == pytest.approx(1 / 3)


def test_tau_query_that_one_assessor_finds_nothing_for_is_left_out():
    """By B all systems have 0 for r, so that only q counts; r alone gives none."""
    rankings = {name: {**of_query, "r": of_query["q"][::-1]} for name, of_query in RANKINGS.items()}
    of_a, of_b = pairs([3, 1, 0]) | pairs([3, 2, 1], "r"), pairs([1, 3, 0]) | pairs([0, 0, 0], "r")
    assert system_tau(of_a, of_b, rankings) == pytest.approx(1 / 3)
    assert system_tau(pairs([3, 2, 1], "r"), pairs([0, 0, 0], "r"), rankings) is None


def test_tau_is_none_for_one_system_and_where_all_are_equal():
    assert system_tau(pairs([3, 1]), pairs([1, 3]), {"s1": RANKINGS["s1"]}) is None
    assert system_tau(pairs([3, 1]), pairs([1, 1]), RANKINGS) is None


def test_compare_assessors_takes_the_common_pairs_of_each_two():
    """Of first and second a to d are common, as above; third has a pair with neither."""
    graded = {"first": pairs([*A, 3]), "second": pairs(B), "third": {("other", "a"): 1}}
    (found,) = compare_assessors(graded, RANKINGS)
    assert (found.a, found.b, found.n, found.same) == ("first", "second", 4, 0.5)
    assert (found.kappa, found.weighted_kappa) == (pytest.approx(5 / 13), pytest.approx(19 / 23))
    assert found.systems == ["s1", "s2", "s3"]
    assert found.tau is not None


def test_compare_assessors_without_an_order_names_no_systems():
    (found,) = compare_assessors({"first": pairs([1, 1]), "second": pairs([1, 1])}, RANKINGS)
    assert (found.same, found.kappa, found.tau, found.systems) == (1.0, 0.0, None, [])


def vote(voter, query, fits=(), unfit=()):
    return Vote("2026-01-01", voter, query, False, "s", "base", "left", "b", "t", ("a", "b"), ("c", "d"), fits, unfit)


def test_marks_count_by_majority_and_ties_are_left_out():
    """a fits for two of three; b is marked both ways once, a tie; c does not fit; x is of no judged query.

    Bob's second vote on the query is not blind any more, so d has no mark.
    """
    votes = [
        vote("ann", "SQL  job", fits=("a", "b"), unfit=("c",)),
        vote("bob", "sql job", fits=("a",), unfit=("b",)),
        vote("cy", "sql job", unfit=("a",)),
        vote("bob", "sql job", fits=("c", "d")),
        vote("ann", "another", fits=("x",)),
    ]
    queries = [JudgedQuery("q", "Sql job", "test")]
    assert marked_pairs(votes, queries) == {("q", "a"): True, ("q", "c"): False}


def test_marks_are_compared_in_two_classes_by_hand():
    """Grades 3, 2, 1, 0 are fit, fit, unfit, unfit; marks fit, unfit, unfit, unfit: 3/4 the same. By chance 1/2 x 1/4 +
    1/2 x 3/4 = 1/2, so kappa = (3/4 - 1/2) / (1 - 1/2) = 1/2. What was not graded does not count.
    """
    marks = {("q", "a"): True, ("q", "b"): False, ("q", "c"): False, ("q", "d"): False, ("q", "zz"): True}
    (found,) = compare_marks({"first": pairs([3, 2, 1, 0]), "second": {}}, marks)
    assert (found.a, found.b, found.n, found.same) == ("first", MARKS, 4, 0.75)
    assert found.kappa == pytest.approx(0.5)
    assert found.weighted_kappa == pytest.approx(0.5)
    assert found.tau is None
