"""Moves, overlap and rank-biased overlap: values worked by hand."""

import pytest

from comparison.moves import Comparison, rank_biased_overlap
from search.records import Hit, Ranking


def ranking(*names):
    return Ranking(tuple(Hit(name, 1 / rank, rank) for rank, name in enumerate(names, start=1)))


def test_comparison_gives_each_listing_its_status():
    comparison = Comparison(ranking("a", "b", "c", "d"), ranking("b", "a", "c", "e"), k=4)
    assert {name: move.status for name, move in comparison.moves.items()} == {
        "b": "risen",
        "a": "fallen",
        "c": "unchanged",
        "e": "entered",
        "d": "left",
    }
    assert comparison.moves["b"].rank_change == 1
    assert comparison.moves["e"].rank_change is None
    assert comparison.count("risen") == 1


def test_move_counts_places_among_all_that_was_ranked():
    in_all = {"base": {"a": 1, "b": 2, "c": 40}, "tuned": {"a": 34, "b": 1, "c": 2}}
    comparison = Comparison(ranking("a", "b"), ranking("b", "c"), k=2, ranks_in_all=in_all)
    assert {name: move.rank_change for name, move in comparison.moves.items()} == {"b": 1, "c": 38, "a": -33}
    assert comparison.moves["c"].status == "entered"
    assert (comparison.moves["c"].base_rank, comparison.moves["c"].base_rank_in_all) == (None, 40)
    assert comparison.rank_in_all("tuned", "a") == 34
    assert comparison.rank_in_all("tuned", "x") is None


def test_overlap_is_the_common_share():
    """Three of four are common."""
    assert Comparison(ranking("a", "b", "c", "d"), ranking("b", "a", "c", "e"), k=4).overlap == 0.75


def test_overlap_of_two_empty_lists_is_one():
    assert Comparison(ranking(), ranking(), k=4).overlap == 1


def test_rbo_identical_is_one_and_disjoint_is_zero():
    assert rank_biased_overlap("abcd", "abcd") == pytest.approx(1)
    assert rank_biased_overlap("abcd", "efgh") == pytest.approx(0)
    assert rank_biased_overlap("", "") == 1
    assert rank_biased_overlap("", "a") == 0


def test_rbo_even_lists_worked_by_hand():
    """p=0.5, ab against ba: agreement 0/1 at depth 1, 2/2 at depth 2.

    (1-p)/p * (0*0.5 + 1*0.25) + 1*0.25 = 1*0.25 + 0.25 = 0.5.
    """
    assert rank_biased_overlap("ab", "ba", p=0.5) == pytest.approx(0.5)


def test_rbo_uneven_lists_worked_by_hand():
    """p=0.5, a against ab: X_1=1, X_2=1, s=1, l=2.

    Agreement sum 1*0.5 + 0.5*0.25 = 0.625; uneven part X_s*(d-s)/(s*d)*p^d = 1*(1/2)*0.25 = 0.125;
    tail ((1-1)/2 + 1/1)*0.25 = 0.25. In all 1*(0.625+0.125) + 0.25 = 1.
    """
    assert rank_biased_overlap("a", "ab", p=0.5) == pytest.approx(1)


def test_rbo_is_symmetric_and_top_heavy():
    assert rank_biased_overlap("abcdef", "bacdef") == pytest.approx(rank_biased_overlap("bacdef", "abcdef"))
    assert rank_biased_overlap("abcdef", "abcdfe") > rank_biased_overlap("abcdef", "bacdef")


def test_rbo_even_lists_agree_with_the_definition_by_depth():
    """RBO_ext of even lists: (1-p) * sum of A_d p^(d-1) + A_k p^k, A_d the agreement at depth d."""
    left, right, p = "abcdefghij", "bxacdyjzef", 0.9
    agreement = [len(set(left[:d]) & set(right[:d])) / d for d in range(1, 11)]
    expected = (1 - p) * sum(a * p**d for d, a in enumerate(agreement)) + agreement[-1] * p**10
    assert rank_biased_overlap(left, right, p=p) == pytest.approx(expected)


@pytest.mark.parametrize("p", [0, 1])
def test_rbo_persistence_out_of_range_is_refused(p):
    with pytest.raises(ValueError, match="between 0 and 1"):
        rank_biased_overlap("a", "a", p=p)
