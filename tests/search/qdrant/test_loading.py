"""A corpus into an engine: what is there stays, what changed is encoded, what is gone is deleted."""

import copy
import dataclasses
from multiprocessing.reduction import ForkingPickler

import numpy as np
import pytest

from search.qdrant.collection import EngineError
from search.qdrant.loading import PointMaker, make_facts
from search.qdrant.opening import open_engine
from search.qdrant.points import encode_points
from search.qdrant.searcher import EngineSearcher
from tests.comparison.counting import CountingEncoder
from tests.fakes import listing
from tests.search.qdrant.corpus import ENCODER, load

CORPUS = [listing(f"j{number}", f"skill{number} and tool{number}", title="Analyst") for number in range(12)]


@pytest.fixture(params=["local", "edge"])
def place(request, tmp_path):
    return f"{request.param}:{tmp_path}"


@pytest.fixture
def collection(place):
    engine = open_engine(place)
    yield engine.collection("corpus")
    engine.close()


def ranked(collection, listings):
    return EngineSearcher(ENCODER, collection, listings, "late_interaction").search("skill3 tool7", k=5)


def test_again_nothing_is_encoded_and_a_change_encodes_what_changed(collection, monkeypatch):
    monkeypatch.setattr("search.qdrant.loading.BATCH_LISTINGS", 5)
    reports = []
    done = load(collection, CORPUS, report=lambda *one: reports.append(one))
    assert dataclasses.astuple(done) == (12, 0, 0)
    assert reports == [(5, 12), (10, 12), (12, 12)]
    counting = CountingEncoder(ENCODER)
    assert dataclasses.astuple(load(collection, CORPUS, encoder=counting)) == (0, 0, 12)
    assert counting.calls == []
    changed = [*CORPUS[2:11], dataclasses.replace(CORPUS[11], text="skill3 tool7"), listing("new", "tool7")]
    assert dataclasses.astuple(load(collection, changed, encoder=counting)) == (2, 2, 9)
    assert counting.calls == ["encode_document_tokens"]
    assert ranked(collection, changed).listing_ids[0] == "j11"


def test_changed_collection_ranks_as_one_made_anew(place):
    engine = open_engine(place)
    first, anew = engine.collection("first"), engine.collection("anew")
    load(first, CORPUS)
    facts = first.facts()
    changed = [*CORPUS[1:], listing("new", "skill3")]
    load(first, changed)
    # The codec of the first corpus stays, so that nothing else is encoded.
    anew.create(facts)
    load(anew, changed)
    assert ranked(first, changed).hits == ranked(anew, changed).hits
    engine.close()


def test_interrupted_run_goes_on_and_is_not_searched_before(place, monkeypatch):
    monkeypatch.setattr("search.qdrant.loading.BATCH_LISTINGS", 5)
    engine = open_engine(place)

    def stop(done, _total):
        if done == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(engine.collection("corpus"), CORPUS, report=stop)
    engine.close()
    engine = open_engine(place)
    with pytest.raises(EngineError, match="got one that is not loaded to its end"):
        ranked(engine.collection("corpus"), CORPUS)
    assert dataclasses.astuple(load(engine.collection("corpus"), CORPUS)) == (2, 0, 10)
    assert len(ranked(engine.collection("corpus"), CORPUS).hits) == 5
    engine.close()


def test_another_dataset_of_the_same_name_does_not_replace_the_first(collection):
    load(collection, CORPUS)
    other = [listing(f"x{number}", "sql") for number in range(3)]
    with pytest.raises(EngineError, match="it lacks 12 of its 12 listings"):
        load(collection, other)
    assert dataclasses.astuple(load(collection, other, may_delete=True)) == (3, 12, 0)


def test_collection_of_another_scoring_is_refused(collection):
    load(collection, CORPUS, scoring="max_passage")
    with pytest.raises(EngineError, match="for late_interaction with tokens in float16, got format 1 for max_passage"):
        load(collection, CORPUS)


@pytest.mark.parametrize(("token_type", "least", "most"), [("turbo8", 1e-5, 2e-3), ("turbo4", 1e-4, 4e-2)])
def test_tokens_are_kept_in_fewer_bits_where_asked(tmp_path, token_type, least, most):
    """Fewer bits change scores, by little; local mode keeps all of them."""
    engine = open_engine(f"edge:{tmp_path}")
    load(engine.collection("whole"), CORPUS)
    load(engine.collection("short"), CORPUS, token_type=token_type)
    searchers = [
        EngineSearcher(ENCODER, engine.collection(name), CORPUS, "late_interaction") for name in ("whole", "short")
    ]
    whole, short = (one.scores(["skill3 tool7"]) for one in searchers)
    assert least < np.abs(whole - short).max() < most
    engine.close()


def test_long_listing_keeps_as_many_tokens_as_a_point_takes(caplog, monkeypatch):
    monkeypatch.setattr("search.qdrant.points.MAX_NUMBERS", 100)
    facts = make_facts(ENCODER, CORPUS, "late_interaction")
    [point] = encode_points(ENCODER, [listing("long", "sql " * 30)], facts)
    assert point.tokens.shape == (100 // facts.width, facts.width)
    assert "long has 30 tokens, a point takes 4" in caplog.text


def test_point_maker_travels_and_loads_its_model_once(monkeypatch):
    loaded = []
    monkeypatch.setattr("search.qdrant.loading.load_encoder", lambda name: loaded.append(name) or ENCODER)
    monkeypatch.setattr("search.qdrant.loading._ENCODERS", {})
    maker = copy.deepcopy(PointMaker("any", make_facts(ENCODER, CORPUS, "late_interaction")))
    assert ForkingPickler.dumps(maker)
    points = [point for start in (0, 6) for point in maker({"listing": np.array(CORPUS[start : start + 6])})["point"]]
    assert [point.payload["listing_id"] for point in points] == [one.listing_id for one in CORPUS]
    assert loaded == ["any"]


def test_no_listings_or_the_first_tokens_alone_are_refused():
    with pytest.raises(ValueError, match="expected a corpus of at least one listing"):
        make_facts(ENCODER, [], "max_passage")
    with pytest.raises(ValueError, match="expected a scoring by passages in an engine, got first"):
        make_facts(ENCODER, CORPUS, "first")
