"""Index and searcher over one-hot vectors, whose cosines can be worked by eye."""

import dataclasses

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from search.arrays import unit_rows
from search.index.compression import fit_codec
from search.index.storage import find_index, index_path, is_made_by, load_index, load_or_build_indexes, save_index
from search.index.vectors import Index, build_indexes
from search.scoring import SCORINGS
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


def test_index_several_vectors_a_listing_take_the_maximum_and_tell_the_passage():
    """Two tokens a passage: c has passages of one keyword each, which together would score 0.707."""
    encoder = FakeEncoder(KEYWORDS, max_tokens=2)
    corpus = [listing("a", "sql"), listing("c", "sql x y python")]
    index = build_indexes(encoder, corpus)[0]
    assert index.offsets.tolist() == [0, 1]
    assert len(index.vectors) == 1 + 3
    hits = DenseSearcher(encoder, index).search("python", k=2).hits
    assert [(hit.listing_id, hit.score) for hit in hits] == [("c", 1), ("a", 0)]
    assert corpus[1].text[slice(*hits[0].passage)].endswith("python")


def test_index_of_the_beginning_has_one_vector_a_listing():
    encoder = FakeEncoder(KEYWORDS, max_tokens=2)
    index = build_indexes(encoder, [listing("c", "sql x y python")], scoring="first")[0]
    assert index.vectors.shape == (1, 4)


def test_index_is_the_same_after_save_and_load(tmp_path):
    encoder = FakeEncoder(KEYWORDS)
    index = build_indexes(encoder, CORPUS)[0]
    save_index(index, tmp_path / "index.npz")
    loaded = load_index(tmp_path / "index.npz", model_hash=encoder.fingerprint, listings=CORPUS, kind="passages")
    assert loaded.listing_ids == index.listing_ids
    assert np.array_equal(loaded.vectors, index.vectors)
    assert np.array_equal(loaded.spans, index.spans)
    assert [path.name for path in tmp_path.iterdir()] == ["index.npz"]


def test_index_of_another_corpus_or_model_is_refused(tmp_path):
    encoder = FakeEncoder(KEYWORDS)
    save_index(build_indexes(encoder, CORPUS)[0], tmp_path / "index.npz")
    changed = [*CORPUS[:2], dataclasses.replace(CORPUS[2], text="other")]
    with pytest.raises(ValueError, match="expected an index of"):
        load_index(tmp_path / "index.npz", model_hash=encoder.fingerprint, listings=changed, kind="passages")
    with pytest.raises(ValueError, match="expected an index of"):
        load_index(tmp_path / "index.npz", model_hash="0" * 16, listings=CORPUS, kind="passages")
    with pytest.raises(ValueError, match="expected an index of"):
        load_index(tmp_path / "index.npz", model_hash=encoder.fingerprint, listings=CORPUS, kind="first")
    with pytest.raises(ValueError, match="expected an index made by model"):
        DenseSearcher(FakeEncoder(KEYWORDS, "other"), build_indexes(encoder, CORPUS)[0])


def test_load_or_build_encodes_once_and_again_after_a_change(tmp_path):
    class CountingEncoder(FakeEncoder):
        calls = 0

        def encode_document(self, texts, *, show_progress=False):
            CountingEncoder.calls += 1
            return super().encode_document(texts)

    encoder = CountingEncoder(KEYWORDS)
    (first,) = load_or_build_indexes(encoder, CORPUS, tmp_path)
    (second,) = load_or_build_indexes(encoder, CORPUS, tmp_path)
    assert CountingEncoder.calls == 1
    assert np.array_equal(first.vectors, second.vectors)
    load_or_build_indexes(encoder, CORPUS[:2], tmp_path)
    assert CountingEncoder.calls == 2


@pytest.mark.parametrize("scoring", SCORINGS)
def test_index_from_elsewhere_is_known_by_some_of_its_vectors(scoring):
    encoder = FakeEncoder(KEYWORDS)
    index = build_indexes(encoder, CORPUS, scoring=scoring)[-1]
    assert is_made_by(index, encoder, CORPUS)
    rounded = (
        index.vectors - np.sign(index.vectors) if scoring == "late_interaction" else index.vectors + np.float32(1e-4)
    )
    assert is_made_by(dataclasses.replace(index, vectors=rounded), encoder, CORPUS)
    assert not is_made_by(dataclasses.replace(index, vectors=index.vectors[::-1].copy()), encoder, CORPUS)
    assert not is_made_by(index, FakeEncoder(KEYWORDS[::-1]), CORPUS)
    assert not is_made_by(index, encoder, CORPUS[:2])
    for damaged in (
        {"spans": index.spans[:-1]},
        {"spans": index.spans.astype(np.float64)},
        {"offsets": index.offsets + 1},
        {"offsets": index.offsets[::-1].copy()},
        {"offsets": index.offsets.astype(np.str_)},
        {"offsets": np.int64(0)},
        {"vectors": index.vectors[:, :1].copy()},
        {"vectors": index.vectors * np.float32(50)},
        {"vectors": np.float32(1)},
    ):
        assert not is_made_by(dataclasses.replace(index, **damaged), encoder, CORPUS)


def test_index_of_passages_of_another_size_is_made_anew(tmp_path, monkeypatch):
    """Three words a passage make two of four words, five make one; the beginning is always one."""
    encoder = FakeEncoder(KEYWORDS, max_tokens=9)
    corpus = [listing("a", "sql python risk sql")]
    sizes = {}
    for words in (3, 5):
        monkeypatch.setattr("search.encoding.passages.read_passages.__kwdefaults__", {"max_tokens": words})
        monkeypatch.setattr("search.index.storage.PASSAGE_TOKENS", words)
        sizes[words] = [
            len(load_or_build_indexes(encoder, corpus, tmp_path, scoring=scoring)[0].vectors)
            for scoring in ("max_passage", "first")
        ]
    assert sizes == {3: [2, 1], 5: [1, 1]}


@pytest.mark.parametrize(
    "arrays", [{"meta": np.array("[]")}, {"meta": np.array("3")}, {"listing_ids": np.array("a")}, None]
)
def test_file_that_is_no_index_is_named(tmp_path, arrays):
    path = tmp_path / "index.npz"
    encoder = FakeEncoder(KEYWORDS)
    save_index(build_indexes(encoder, CORPUS)[0], path)
    if arrays is None:
        with path.open("wb") as file:
            np.save(file, np.zeros(3))
    else:
        with np.load(path) as file:
            kept = dict(file)
        np.savez(path, **kept | arrays)
    with pytest.raises(ValueError, match=r"expected an index"):
        load_index(path, model_hash=encoder.fingerprint, listings=CORPUS, kind="passages")


def test_load_or_build_makes_a_damaged_file_anew(tmp_path):
    encoder = FakeEncoder(KEYWORDS)
    load_or_build_indexes(encoder, CORPUS, tmp_path)
    path = next(tmp_path.iterdir())
    path.write_bytes(path.read_bytes()[:100])
    assert load_or_build_indexes(encoder, CORPUS, tmp_path)[0].listing_ids == ("a", "b", "c")


def test_build_indexes_refuses_an_empty_corpus_and_a_repeated_id():
    with pytest.raises(ValueError, match="at least one listing, got none"):
        build_indexes(FakeEncoder(KEYWORDS), [])[0]
    with pytest.raises(ValueError, match="got 'a' again"):
        build_indexes(FakeEncoder(KEYWORDS), [CORPUS[0], CORPUS[0]])[0]


def assert_same(found, index):
    for field in dataclasses.fields(index):
        if field.name != "codec":
            np.testing.assert_array_equal(getattr(found, field.name), getattr(index, field.name))
    assert (found.codec is None) == (index.codec is None)
    if found.codec and index.codec:
        np.testing.assert_array_equal(found.codec.projection, index.codec.projection, strict=True)
        np.testing.assert_array_equal(found.codec.scale, index.codec.scale, strict=True)


def test_an_index_with_any_bit_flipped_or_any_end_cut_is_made_anew_or_is_the_same(tmp_path):
    encoder = FakeEncoder(KEYWORDS)
    made = load_or_build_indexes(encoder, CORPUS, tmp_path, scoring="late_interaction")
    rng = np.random.default_rng(0)
    for index in made:
        path = index_path(tmp_path, model_hash=index.model_hash, corpus=index.corpus_hash, kind=index.kind)
        whole = path.read_bytes()
        for number in range(300):
            damaged = bytearray(whole)
            place = int(rng.integers(len(whole)))
            damaged[place] ^= 1 << int(rng.integers(8))
            path.write_bytes(damaged[:place] if number % 5 == 0 else damaged)
            found = find_index(encoder, CORPUS, tmp_path, kind=index.kind)
            if found is not None:
                assert_same(found, index)
        path.write_bytes(whole)


@pytest.mark.parametrize("kind", ["first", "passages", "tokens"])
def test_scores_do_not_depend_on_how_many_threads_others_leave(kind):
    """numpy rounds a product otherwise by two threads than by one."""
    rng = np.random.default_rng(0)
    count, queries = 900, unit_rows(rng.normal(size=(31, 384)).astype(np.float32))
    vectors = unit_rows(rng.normal(size=(count, 384)).astype(np.float32))
    codec = fit_codec(vectors) if kind == "tokens" else None
    offsets = np.arange(count) if kind == "first" else np.arange(0, count, 3)
    ids, spans = tuple(str(number) for number in offsets), np.zeros((count, 2), dtype=np.int64)
    index = Index(ids, codec.compress(vectors) if codec else vectors, offsets, spans, "model", "corpus", kind, codec)
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads, "blas"):
            found.append((index.scores(queries), index.listing_cosines(queries, 0)[0]))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    np.testing.assert_array_equal(found[0][1], found[1][1])
