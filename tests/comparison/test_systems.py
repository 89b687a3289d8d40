"""The systems that the page compares."""

import threading
import time

import pytest

from comparison.filters import Filters
from comparison.request import ComparisonRequest
from comparison.systems import OtherSystem, Systems
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
    assert comparison.is_default_pair


class MeetingSearcher(DenseSearcher):
    """Scores a query once two do so at the same time."""

    meeting = threading.Barrier(2, timeout=10)

    def score(self, encoded):
        self.meeting.wait()
        return super().score(encoded)


def test_both_sides_score_at_the_same_time():
    both = [
        MeetingSearcher(FakeEncoder((word,)), *build_indexes(FakeEncoder((word,)), CORPUS, scoring="late_interaction"))
        for word in ("sql", "python")
    ]
    comparison = Systems(*both, LISTINGS).compare(ComparisonRequest("sql python", 2))
    assert comparison.base.listing_ids == ("a", "b")
    assert comparison.tuned.listing_ids == ("b", "a")


class SlowEncoder(FakeEncoder):
    def encode_query(self, texts):
        time.sleep(0.02)
        return super().encode_query(texts)


def test_the_time_of_encoding_is_told_though_it_is_done_before_the_search():
    both = [DenseSearcher(SlowEncoder((word,)), *build_indexes(FakeEncoder((word,)), CORPUS)) for word in ("sql", "b")]
    comparison = Systems(*both, LISTINGS).compare(ComparisonRequest("sql python", 2))
    assert all(ranking.encode_seconds >= 0.02 for ranking in comparison.rankings.values())


def test_any_system_stands_on_any_side_and_is_made_once_when_it_is_asked_for():
    made = []

    def make():
        made.append("bm25")
        return LexicalSearcher(CORPUS)

    systems = Systems(
        searcher(("sql",), CORPUS), searcher(("python",), CORPUS), LISTINGS, {"bm25": OtherSystem("BM25", make)}
    )
    assert systems.labels == {"base": "Base", "tuned": "Fine-tuned", "bm25": "BM25"}
    systems.compare(ComparisonRequest("sql", 2))
    assert made == []
    left = systems.compare(ComparisonRequest("sql", 2, left="bm25", right="base"))
    right = systems.compare(ComparisonRequest("sql", 2, left="tuned", right="bm25"))
    assert made == ["bm25"]
    assert (left.left, left.right, left.is_default_pair) == ("bm25", "base", False)
    assert left.base.hits == right.tuned.hits
    assert left.base.listing_ids == ("a",)
    assert left.tuned.listing_ids == systems.compare(ComparisonRequest("sql", 2)).base.listing_ids


def ranked_by_hand(system, understanding, listener, allowed):
    """listing_id -> rank, by the scores, less what contradicts, ties by id."""
    scores = system.scores([understanding.wanted])[0]
    scores = scores - system.penalty_scale([understanding.wanted])[0] * listener.penalties(understanding)
    pairs = sorted((-float(score), name) for name, score in zip(system.listing_ids, scores, strict=True))
    names = [name for score, name in pairs if name in allowed and score != float("inf")]
    return {name: rank for rank, name in enumerate(names, start=1)}


@pytest.mark.parametrize("pair", [("base", "tuned"), ("bm25", "tuned"), ("base", "bm25")])
@pytest.mark.parametrize("without", ["", "kafka"])
def test_compare_tells_each_shown_listings_rank_among_all_allowed(without, pair):
    """Eight listings, of which two are shown; some tie, one is excluded by its words, and BM25 ranks no other word."""
    words = ("sql", "python", "sql python", "go", "go sql", "kafka", "go", "python sql sql")
    modes = ("remote", "on-site", "", "remote", "on-site", "remote", "on-site", "")
    rows = zip("hgfedcba", words, modes, strict=True)
    corpus = [listing(name, text, work_mode=mode) for name, text, mode in rows]
    systems = Systems(
        searcher(("sql", "kafka"), corpus, "1"),
        searcher(("go", "python"), corpus, "2"),
        {one.listing_id: one for one in corpus},
        {"bm25": OtherSystem("BM25", lambda: LexicalSearcher(corpus))},
    )
    request = ComparisonRequest("sql go, remote", 2, Filters(exclude=without), left=pair[0], right=pair[1])
    comparison = systems.compare(request)
    allowed = set("abcdefgh") - ({"c"} if without else set())
    shown = {name for ranking in comparison.rankings.values() for name in ranking.listing_ids}
    assert len(shown) >= 2
    for side, system in zip(("base", "tuned"), map(systems.searcher, pair), strict=True):
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


def test_compare_unknown_system_is_refused():
    with pytest.raises(ValueError, match="expected a system of base, tuned, got 'bm25'"):
        make_systems().compare(ComparisonRequest("sql", 2, left="bm25"))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_slow_system_is_made_in_the_background_once_and_again_where_that_failed():
    tries, go = [], threading.Event()

    def make():
        tries.append(len(tries))
        assert go.wait(10)
        if len(tries) == 1:
            raise ValueError("the first try fails")
        return LexicalSearcher(CORPUS)

    slow = OtherSystem("Slow", make, is_slow=True)
    assert not slow.is_ready()
    assert not slow.is_ready()
    go.set()
    wait_until(lambda: not slow._begun.is_set())
    assert not slow.is_ready()
    wait_until(slow.is_ready)
    assert tries == [0, 1]
    assert OtherSystem("Quick", make).is_ready()


def wait_until(holds):
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_other_system_over_another_corpus_or_of_a_models_name_is_refused():
    other = OtherSystem("BM25", lambda: LexicalSearcher(CORPUS[:1]))
    models = searcher(("sql",), CORPUS), searcher(("python",), CORPUS)
    with pytest.raises(ValueError, match="rank the same listings"):
        Systems(*models, LISTINGS, {"bm25": other}).compare(ComparisonRequest("sql", 2, left="bm25"))
    with pytest.raises(ValueError, match="expected other names than those of the two models, got 'tuned'"):
        Systems(*models, LISTINGS, {"tuned": other})


def test_mean_score_is_of_the_whole_corpus_whatever_is_filtered():
    comparison = make_systems().compare(ComparisonRequest("sql", 2, Filters(exclude="sql")))
    assert comparison.base.listing_ids == ("b",)
    # Of a, which says sql, 1; of b 0.
    assert comparison.base.mean_score == pytest.approx(0.5)


def test_systems_over_different_corpora_are_refused():
    with pytest.raises(ValueError, match="rank the same listings"):
        Systems(searcher(("sql",), CORPUS), searcher(("sql",), CORPUS[:1]), {})


@pytest.mark.parametrize("scoring", SCORINGS)
def test_hybrid_beside_its_model_encodes_the_query_once(scoring):
    encoder = CountingEncoder(FakeEncoder(("python",), "python"))
    tuned = DenseSearcher(encoder, *build_indexes(encoder, CORPUS, scoring=scoring))
    hybrid = HybridSearcher(tuned, LexicalSearcher(CORPUS), LexicalSearcher(CORPUS, terms=stem_pairs))
    encoder.calls.clear()
    systems = Systems(searcher(("sql",), CORPUS), tuned, LISTINGS, {"hybrid": OtherSystem("Hybrid", lambda: hybrid)})
    comparison = systems.compare(ComparisonRequest("sql", 2, left="hybrid"))
    assert comparison.base.listing_ids == ("a", "b")
    assert len(encoder.calls) == 1
