"""The systems that the page compares."""

import pytest

from comparison.filters import Filters
from comparison.request import ComparisonRequest
from comparison.systems import Systems
from search.hybrid import HybridSearcher
from search.index.vectors import build_indexes
from search.lexical import LexicalSearcher, stem_pairs
from search.scoring import SCORINGS
from search.searcher import DenseSearcher
from tests.comparison.counting import CountingEncoder
from tests.fakes import FakeEncoder, listing, searcher

CORPUS = [listing("a", "sql"), listing("b", "python")]
LISTINGS = {one.listing_id: one for one in CORPUS}


def make_systems():
    return Systems(searcher(("sql",), CORPUS), searcher(("python",), CORPUS), LISTINGS)


def test_compare_joins_both_rankings():
    """base knows sql only, so "sql python" is nearest a; tuned knows python only, so b."""
    comparison = make_systems().compare(ComparisonRequest("sql python", 2))
    assert comparison.base.listing_ids == ("a", "b")
    assert comparison.tuned.listing_ids == ("b", "a")
    assert comparison.rankings == {"base": comparison.base, "tuned": comparison.tuned}


def ranked_by_hand(system, understanding, listener, allowed):
    """listing_id -> rank, by the scores, less what contradicts, ties by id."""
    scores = system.scores([understanding.wanted])[0]
    scores = scores - system.penalty_scale([understanding.wanted])[0] * listener.penalties(understanding)
    pairs = sorted((-float(score), name) for name, score in zip(system.listing_ids, scores, strict=True))
    names = [name for score, name in pairs if name in allowed and score != float("inf")]
    return {name: rank for rank, name in enumerate(names, start=1)}


@pytest.mark.parametrize("without", ["", "kafka"])
def test_compare_tells_each_shown_listings_rank_among_all_allowed(without):
    """Eight listings, of which two are shown; some tie, one is excluded by its words, and BM25 ranks no other word."""
    words = ("sql", "python", "sql python", "go", "go sql", "kafka", "go", "python sql sql")
    modes = ("remote", "on-site", "", "remote", "on-site", "remote", "on-site", "")
    rows = zip("hgfedcba", words, modes, strict=True)
    corpus = [listing(name, text, work_mode=mode) for name, text, mode in rows]
    systems = Systems(
        searcher(("sql", "kafka"), corpus, "1"),
        searcher(("go", "python"), corpus, "2"),
        {one.listing_id: one for one in corpus},
        {"BM25": LexicalSearcher(corpus)},
    )
    request = ComparisonRequest("sql go, remote", 2, "BM25", Filters(exclude=without))
    comparison = systems.compare(request)
    allowed = set("abcdefgh") - ({"c"} if without else set())
    shown = {name for ranking in comparison.rankings.values() for name in ranking.listing_ids}
    assert len(shown) > 2
    for side, system in {**systems.sides, "extra": systems.extras["BM25"]}.items():
        expected = ranked_by_hand(system, comparison.understanding, systems.listener, allowed)
        assert comparison.ranks_in_all[side] == {name: expected[name] for name in expected if name in shown}
        assert comparison.rankings[side].ranks == {name: rank for name, rank in expected.items() if rank <= 2}


def test_compare_keeps_no_array_of_the_corpus():
    """The last comparisons are cached, whatever the corpus's size."""
    rankings = make_systems().compare(ComparisonRequest("sql", 2)).rankings.values()
    assert all(ranking.all_ranks is None for ranking in rankings)


def test_compare_checks_the_shown_listings_against_the_query():
    corpus = [listing("near", "sql", work_mode="on-site"), listing("far", "sql python", work_mode="remote")]
    models = (searcher(("sql",), corpus, name) for name in "12")
    systems = Systems(*models, {one.listing_id: one for one in corpus})
    assert systems.compare(ComparisonRequest("sql, remote", 2)).checks == {"near": (False,), "far": (True,)}
    assert systems.compare(ComparisonRequest("sql, remote", 2, listens=False)).checks == {"near": (), "far": ()}


@pytest.mark.parametrize(
    ("required", "ranked"),
    [((), 3), (("work_mode:remote",), 1), (("place:berlin",), 1), (("work_mode:remote", "place:berlin"), 2)],
)
def test_compare_required_part_of_an_either_or_stands_alone(required, ranked):
    corpus = [
        listing("berlin", "sql", location="Berlin, Germany", work_mode="on-site"),
        listing("far", "sql", location="Denver, CO", work_mode="remote"),
        listing("neither", "sql", location="Denver, CO", work_mode="on-site"),
    ]
    systems = Systems(*[searcher(("sql",), corpus)] * 2, {one.listing_id: one for one in corpus})
    request = ComparisonRequest("sql, Berlin or remote", 5, required=required)
    assert systems.compare(request).ranked == ranked


def test_compare_empty_query_asks_for_one():
    with pytest.raises(ValueError, match="type your skills"):
        make_systems().compare(ComparisonRequest("", 2))


def test_compare_k_of_zero_is_refused():
    with pytest.raises(ValueError, match="got 0; set k to 10"):
        make_systems().compare(ComparisonRequest("sql", 0))


def test_compare_unknown_extra_list_is_refused():
    with pytest.raises(ValueError, match="expected an extra list of none, got 'BM25'"):
        make_systems().compare(ComparisonRequest("sql", 2, "BM25"))


def test_systems_over_different_corpora_are_refused():
    with pytest.raises(ValueError, match="rank the same listings"):
        Systems(searcher(("sql",), CORPUS), searcher(("sql",), CORPUS[:1]), {})


@pytest.mark.parametrize("scoring", SCORINGS)
def test_hybrid_as_extra_list_encodes_the_query_once_a_model(scoring):
    encoders = [CountingEncoder(FakeEncoder((word,), word)) for word in ("sql", "python")]
    base, tuned = (DenseSearcher(one, *build_indexes(one, CORPUS, scoring=scoring)) for one in encoders)
    hybrid = HybridSearcher(tuned, LexicalSearcher(CORPUS), LexicalSearcher(CORPUS, terms=stem_pairs))
    for encoder in encoders:
        encoder.calls.clear()
    comparison = Systems(base, tuned, LISTINGS, {"Hybrid": hybrid}).compare(ComparisonRequest("sql", 2, "Hybrid"))
    assert comparison.extra.listing_ids == ("a", "b")
    assert [len(encoder.calls) for encoder in encoders] == [1, 1]
