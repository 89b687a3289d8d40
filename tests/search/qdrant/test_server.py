"""The client against a server on loopback, good and bad ones."""

from http.server import BaseHTTPRequestHandler

import pytest

from search.qdrant.address import API_KEY, EngineAddress
from search.qdrant.collection import EngineError
from search.qdrant.opening import open_engine
from search.qdrant.searcher import EngineSearcher
from search.qdrant.server import MAX_NUMBERS_PUT, ServerEngine, in_parts, short_numbers
from search.searcher import DenseSearcher
from tests.search.qdrant.corpus import ENCODER, QUERIES, corpus, indexes, load
from tests.search.qdrant.rest_server import rest_server, serving
from tests.search.qdrant.test_searcher import ROUNDING, assert_same

KEY = "planted-key-1234"


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv(API_KEY, KEY)


@pytest.mark.filterwarnings("ignore:Api key is used with an insecure connection")
def test_corpus_is_loaded_searched_and_changed_over_http(monkeypatch):
    with rest_server() as (url, seen):
        engine = open_engine(url)
        collection = engine.collection("corpus")
        load(collection, corpus())
        here = DenseSearcher(ENCODER, *indexes("late_interaction"))
        there = EngineSearcher(ENCODER, collection, corpus(), "late_interaction")
        assert there.scores(QUERIES[:1]) == pytest.approx(here.scores(QUERIES[:1]), abs=ROUNDING)
        assert_same(*(one.search(QUERIES[0], k=5) for one in (there, here)))
        monkeypatch.setattr("search.qdrant.searcher.EXHAUSTIVE_LISTINGS", 10)
        assert_same(*(one.search(QUERIES[0], k=5) for one in (there, here)))
        load(collection, corpus()[2:])
        assert len(collection.hashes()) == len(corpus()) - 2
        assert {key for _, _, key in seen} == {KEY}
        assert ("PUT", "/collections/corpus/index", KEY) in seen
        engine.close()


def answering(status, content, *, content_type="application/json"):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.send_header("content-type", content_type)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    return Handler


@pytest.mark.filterwarnings("ignore:Api key is used with an insecure connection")
@pytest.mark.parametrize(
    ("status", "content", "message"),
    [
        (200, b"<html>a router's page", "its answer is not that of a Qdrant server"),
        (200, b'{"result": {"exists": "perhaps"}}', "its answer is not that of a Qdrant server"),
        (200, b'{"result": {"exists": true}}', "its answer is not that of a Qdrant server"),
        (200, b"null", "its answer is not that of a Qdrant server"),
        (401, b'{"status": {"error": "Invalid"}}', f"it answers 401 Unauthorized; set {API_KEY} to a key"),
        (500, b'{"status": {"error": "panic\\nat line"}}', "it answers 500 Internal Server Error"),
    ],
)
def test_answer_that_makes_no_sense_is_one_line(status, content, message):
    with serving(answering(status, content)) as url:
        engine = open_engine(url)
        with pytest.raises(EngineError, match=f"could not use the engine {url}: .*{message}") as raised:
            engine.collection("corpus").facts()
        assert "\n" not in str(raised.value)
        assert KEY not in str(raised.value)
        engine.close()


def test_server_that_is_down_or_silent_is_one_line(monkeypatch):
    monkeypatch.delenv(API_KEY)
    with serving(answering(200, b"")) as url:
        pass
    engine = open_engine(url)
    with pytest.raises(EngineError, match="is it running"):
        engine.collection("corpus").facts()
    engine.close()


# The client leaves the lock's file open when it finds it locked.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_folder_that_another_process_has_open_is_refused(tmp_path):
    address = EngineAddress("local", str(tmp_path))
    engine = ServerEngine(address)
    with pytest.raises(EngineError, match=r"could not use the engine local:.* already accessed by another instance"):
        ServerEngine(address)
    engine.close()


def test_requests_are_bounded_and_numbers_short(monkeypatch):
    points = [Sized(size) for size in (10, 10, 25, 5)]
    monkeypatch.setattr("search.qdrant.server.MAX_NUMBERS_PUT", 20)
    assert [[one.passages.size for one in part] for part in in_parts(points)] == [[10, 10], [25], [5]]
    assert MAX_NUMBERS_PUT * 8 < 32 << 20
    assert short_numbers([[0.1234567, -1]]) == [[0.12346, -1.0]]


class Sized:
    """A point of so many numbers."""

    def __init__(self, size):
        self.passages, self.tokens = type("Array", (), {"size": size}), None
