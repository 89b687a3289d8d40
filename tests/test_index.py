"""Index and searcher over one-hot vectors, whose cosines can be worked by eye."""

import dataclasses

import numpy as np
import pytest

from search.index import build_index, load_index, load_or_build_index, save_index
from search.searcher import DenseSearcher
from tests.fakes import FakeEncoder, listing, searcher

KEYWORDS = ("sql", "python", "risk")
CORPUS = [listing("a", "sql"), listing("b", "sql python"), listing("c", "risk")]


def test_searcher_ranks_by_cosine():
    """sql against sql is 1, against (1, 1)/sqrt(2) is 0.707, against risk is 0."""
    hits = searcher(KEYWORDS, CORPUS).search("sql", k=3).hits
    assert [(hit.listing_id, round(hit.score, 3), hit.rank) for hit in hits] == [
        ("a", 1, 1),
        ("b", 0.707, 2),
        ("c", 0, 3),
    ]


def test_searcher_filter_keeps_the_number_of_results():
    allowed = np.array([False, True, True])
    assert searcher(KEYWORDS, CORPUS).search("sql", k=2, allowed=allowed).listing_ids == ("b", "c")


def test_searcher_scores_agree_with_search():
    system = searcher(KEYWORDS, CORPUS)
    scores = system.scores(["sql", "risk"])
    assert scores.shape == (2, 3)
    assert [hit.score for hit in system.search("risk", k=3).hits] == sorted(scores[1], reverse=True)


def test_index_several_vectors_a_listing_take_the_maximum():
    def words(one):
        return one.text.split()

    encoder = FakeEncoder(KEYWORDS)
    index = build_index(encoder, CORPUS, passages=words)
    assert index.vectors.shape == (4, 4)
    assert index.starts.tolist() == [0, 1, 3]
    hits = DenseSearcher(encoder, index).search("python", k=3).hits
    assert [(hit.listing_id, hit.score) for hit in hits] == [("b", 1), ("a", 0), ("c", 0)]


def test_index_is_the_same_after_save_and_load(tmp_path):
    encoder = FakeEncoder(KEYWORDS)
    index = build_index(encoder, CORPUS)
    save_index(index, tmp_path / "index.npz")
    loaded = load_index(tmp_path / "index.npz", model_hash=encoder.fingerprint, listings=CORPUS)
    assert loaded.listing_ids == index.listing_ids
    assert np.array_equal(loaded.vectors, index.vectors)
    assert [path.name for path in tmp_path.iterdir()] == ["index.npz"]


def test_index_of_another_corpus_or_model_is_refused(tmp_path):
    encoder = FakeEncoder(KEYWORDS)
    save_index(build_index(encoder, CORPUS), tmp_path / "index.npz")
    changed = [*CORPUS[:2], dataclasses.replace(CORPUS[2], text="other")]
    with pytest.raises(ValueError, match="expected an index of"):
        load_index(tmp_path / "index.npz", model_hash=encoder.fingerprint, listings=changed)
    with pytest.raises(ValueError, match="expected an index of"):
        load_index(tmp_path / "index.npz", model_hash="0" * 16, listings=CORPUS)
    with pytest.raises(ValueError, match="expected an index made by model"):
        DenseSearcher(FakeEncoder(KEYWORDS, "other"), build_index(encoder, CORPUS))


def test_load_or_build_encodes_once_and_again_after_a_change(tmp_path):
    class CountingEncoder(FakeEncoder):
        calls = 0

        def encode_document(self, texts, *, show_progress=False):
            CountingEncoder.calls += 1
            return super().encode_document(texts)

    encoder = CountingEncoder(KEYWORDS)
    first = load_or_build_index(encoder, CORPUS, tmp_path)
    second = load_or_build_index(encoder, CORPUS, tmp_path)
    assert CountingEncoder.calls == 1
    assert np.array_equal(first.vectors, second.vectors)
    load_or_build_index(encoder, CORPUS[:2], tmp_path)
    assert CountingEncoder.calls == 2


def test_load_or_build_makes_a_damaged_file_anew(tmp_path):
    encoder = FakeEncoder(KEYWORDS)
    load_or_build_index(encoder, CORPUS, tmp_path)
    path = next(tmp_path.iterdir())
    path.write_bytes(path.read_bytes()[:100])
    assert load_or_build_index(encoder, CORPUS, tmp_path).listing_ids == ("a", "b", "c")


def test_build_index_refuses_an_empty_corpus_and_a_repeated_id():
    with pytest.raises(ValueError, match="at least one listing, got none"):
        build_index(FakeEncoder(KEYWORDS), [])
    with pytest.raises(ValueError, match="got 'a' again"):
        build_index(FakeEncoder(KEYWORDS), [CORPUS[0], CORPUS[0]])
    with pytest.raises(ValueError, match="got none for 'a'"):
        build_index(FakeEncoder(KEYWORDS), CORPUS, passages=lambda one: [])
