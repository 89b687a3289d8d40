"""Search by an engine against search in this process: the same listings, scores and passages."""

import numpy as np
import pytest

from search.qdrant.collection import EngineError
from search.qdrant.opening import open_engine
from search.qdrant.searcher import EngineSearcher
from search.searcher import DenseSearcher
from search.understanding.listening import Listener
from tests.search.qdrant.corpus import ENCODER, QUERIES, corpus, indexes, load

ENGINES = ("local", "edge")
# What five digits, half floats, and bytes that are a little longer than 1 may change.
ROUNDING = 2e-4


@pytest.fixture(scope="module", params=ENGINES)
def collection(request, tmp_path_factory):
    engine = open_engine(f"{request.param}:{tmp_path_factory.mktemp(request.param)}")
    made = engine.collection("corpus")
    load(made, corpus())
    yield made
    engine.close()


def both(collection, scoring):
    return DenseSearcher(ENCODER, *indexes(scoring)), EngineSearcher(ENCODER, collection, corpus(), scoring)


def cases():
    """Each query with and without a filter, and with what contradicts it."""
    listener = Listener(corpus())
    allowed = np.random.default_rng(0).random(len(corpus())) < 0.6
    stating = listener.read("senior analyst in Berlin, no on-call")
    for query in (*QUERIES, stating.wanted):
        for mask in (None, allowed):
            for penalties in (np.zeros(len(corpus()), dtype=np.float32), listener.penalties(stating)):
                yield query, {"allowed": mask, "penalties": penalties}


def assert_same(found, expected):
    assert found.listing_ids == expected.listing_ids
    assert [hit.passage for hit in found.hits] == [hit.passage for hit in expected.hits]
    assert [hit.score for hit in found.hits] == pytest.approx([hit.score for hit in expected.hits], abs=ROUNDING)


@pytest.mark.parametrize("scoring", ["late_interaction", "max_passage"])
def test_small_corpus_is_ranked_as_in_this_process(collection, scoring):
    here, there = both(collection, scoring)
    for query, options in cases():
        expected, found = here.search(query, k=10, **options), there.search(query, k=10, **options)
        assert_same(found, expected)
        assert np.array_equal(found.all_ranks, expected.all_ranks)
        assert found.mean_score == pytest.approx(expected.mean_score, abs=ROUNDING)
    assert there.scores(QUERIES) == pytest.approx(here.scores(QUERIES), abs=ROUNDING)


@pytest.mark.parametrize("named", [5, 1000])
@pytest.mark.parametrize("scoring", ["late_interaction", "max_passage"])
def test_large_corpus_is_ranked_by_candidates(collection, scoring, named, monkeypatch):
    """Candidates are ranked as in this process, and the eight best by passages are among them, also of those that
    contradict nothing. With few listings named in a filter the groups are, else the listings."""
    monkeypatch.setattr("search.qdrant.searcher.EXHAUSTIVE_LISTINGS", 10)
    monkeypatch.setattr("search.qdrant.searcher.DEPTH", 10)
    monkeypatch.setattr("search.qdrant.narrowing.MAX_NAMED", named)
    here, there = both(collection, scoring)
    passages = DenseSearcher(ENCODER, indexes(scoring)[0])
    for query, options in cases():
        found = there.search(query, k=5, **options)
        candidates = found.all_ranks > 0
        expected = here.search(query, k=5, allowed=candidates, penalties=options["penalties"])
        assert_same(found, expected)
        assert candidates.sum() < len(corpus())
        allowed = np.ones(len(corpus()), dtype=bool) if options["allowed"] is None else options["allowed"]
        for mask in (allowed, allowed & (options["penalties"] == 0)):
            ranks = passages.search(query, k=8, allowed=mask).all_ranks
            assert candidates[(ranks > 0) & (ranks <= 8)].all()
        # All of this corpus are in the sample.
        assert found.mean_score == pytest.approx(expected.mean_score, abs=ROUNDING)


def test_candidates_do_not_all_contradict_the_query(collection, monkeypatch):
    """The ten best by passages lose more than any score; what is left is found though it is none of them."""
    monkeypatch.setattr("search.qdrant.searcher.EXHAUSTIVE_LISTINGS", 10)
    monkeypatch.setattr("search.qdrant.searcher.DEPTH", 10)
    _, there = both(collection, "max_passage")
    scores = there.scores([QUERIES[0]])[0]
    penalties = np.where(scores > np.sort(scores)[-11], 2, 0).astype(np.float32)
    hits = there.search(QUERIES[0], k=5, penalties=penalties).hits
    assert min(hit.score for hit in hits) > -1


def test_filter_that_an_engine_can_not_check_is_asked_deeper(collection, monkeypatch):
    """No listing and no group may be named: the five allowed lie anywhere among the 40."""
    monkeypatch.setattr("search.qdrant.searcher.EXHAUSTIVE_LISTINGS", 10)
    monkeypatch.setattr("search.qdrant.searcher.DEPTH", 2)
    monkeypatch.setattr("search.qdrant.searcher.MAX_DEPTH", 2)
    monkeypatch.setattr("search.qdrant.narrowing.MAX_NAMED", 0)
    here, there = both(collection, "max_passage")
    allowed = np.arange(len(corpus())) % 8 == 3
    assert_same(*(one.search(QUERIES[0], k=5, allowed=allowed) for one in (there, here)))


def test_nothing_allowed_finds_nothing(collection, monkeypatch):
    monkeypatch.setattr("search.qdrant.searcher.EXHAUSTIVE_LISTINGS", 10)
    _, there = both(collection, "max_passage")
    assert there.search(QUERIES[0], k=5, allowed=np.zeros(len(corpus()), dtype=bool)).hits == ()


def test_map_and_sentences_get_the_same_vectors(collection):
    here, there = both(collection, "late_interaction")
    assert there.listing_vectors([3, 1]) == pytest.approx(here.listing_vectors([3, 1]), abs=1e-4)
    tokens = here.encode([QUERIES[0]]).tokens.vectors
    for found, expected in zip(there.token_cosines(tokens, 7), here.token_cosines(tokens, 7), strict=True):
        assert found == pytest.approx(expected, abs=1e-6)


def test_other_corpus_model_or_scoring_is_refused(collection):
    with pytest.raises(EngineError, match=r"expected corpus \w+ in the engine, got corpus"):
        EngineSearcher(ENCODER, collection, corpus()[:5], "max_passage")
    with pytest.raises(EngineError, match="in the engine, got format 1 by"):
        EngineSearcher(type(ENCODER)(name="other"), collection, corpus(), "max_passage")
    with pytest.raises(EngineError, match="expected vectors for first in the engine"):
        EngineSearcher(ENCODER, collection, corpus(), "first")
