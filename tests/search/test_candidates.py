"""Large corpora: candidates, then exact scores on these."""

import numpy as np
import pytest

import search.candidates
import search.index.clustered
import search.index.stored_corpus
from search.candidates import CandidateSearcher, best_positions, candidate_depth, load_or_build_searcher
from search.hybrid import HybridSearcher
from search.index.clustered import ClusteredPassages
from search.index.listing_store import ListingStore
from search.index.vectors import build_indexes
from search.lexical import LexicalSearcher, stem_pairs
from search.searcher import DenseSearcher
from search.understanding.listening import Listener, ListeningSearcher
from tests.fakes import WORD_DIM, WORDS, FakeEncoder, WordEncoder, make_corpus

CORPUS = make_corpus(400)
# How far a cosine of float16 vectors is off at most.
HALF = 3e-4
QUERIES = [" ".join(np.random.default_rng(900 + number).choice(WORDS, 4)) for number in range(20)]


@pytest.fixture
def encoder(monkeypatch) -> WordEncoder:
    monkeypatch.setattr(search.candidates, "EXHAUSTIVE_LISTINGS", 100)
    monkeypatch.setattr(search.candidates, "CANDIDATES", 60)
    return WordEncoder(("words",))


def load(encoder, corpus, folder) -> CandidateSearcher:
    made = load_or_build_searcher(encoder, corpus, folder, scoring="late_interaction")
    assert isinstance(made, CandidateSearcher)
    return made


def test_a_small_corpus_is_scored_whole(encoder, tmp_path):
    made = load_or_build_searcher(encoder, CORPUS[:100], tmp_path, scoring="late_interaction")
    assert type(made) is DenseSearcher
    assert made.tokens is not None


def test_candidates_keep_nearly_all_of_the_exact_best(encoder, tmp_path):
    exact = DenseSearcher(encoder, *build_indexes(encoder, CORPUS, scoring="late_interaction"))
    found = load(encoder, CORPUS, tmp_path)
    pairs = [[one.search(query, k=10).listing_ids for one in (exact, found)] for query in QUERIES]
    assert np.mean([len({*a} & {*b}) / 10 for a, b in pairs]) > 0.9
    # Most are no candidates, and have no score.
    assert np.mean(found.scores(QUERIES) > -np.inf) < 0.6


def test_scores_differ_from_exact_ones_by_rounding_only(encoder, tmp_path):
    exact = DenseSearcher(encoder, *build_indexes(encoder, CORPUS, scoring="late_interaction"))
    found = load(encoder, CORPUS, tmp_path).scores(QUERIES)
    difference = np.abs(found - exact.scores(QUERIES))[found > -np.inf]
    assert difference.mean() < 0.02


def test_what_is_not_allowed_or_ruled_out_takes_no_candidates_place(encoder, tmp_path):
    found = load(encoder, CORPUS, tmp_path)
    few = np.zeros(len(CORPUS), dtype=bool)
    few[::25] = True
    ranking = found.search(QUERIES[0], k=10, allowed=few)
    assert len(ranking.hits) == 10
    # All but eleven lose everything: these are first, though none would be a candidate otherwise.
    worst = np.argsort(found.index.scores(encoder.encode_query(QUERIES[:1]))[0])[:11]
    penalties = np.ones(len(CORPUS), dtype=np.float32)
    penalties[worst] = 0
    ranked = found.search(QUERIES[0], k=11, penalties=penalties).listing_ids
    assert set(ranked) == {CORPUS[position].listing_id for position in worst}


def test_the_benchmark_ranks_as_the_page_does(encoder, tmp_path):
    found = load(encoder, CORPUS, tmp_path)
    hybrid = HybridSearcher(found, LexicalSearcher(CORPUS), LexicalSearcher(CORPUS, terms=stem_pairs))
    for one in (found, hybrid):
        listening = ListeningSearcher(one, Listener(CORPUS))
        scores = listening.scores(QUERIES[:3])
        for query, row in zip(QUERIES[:3], scores, strict=True):
            hits = listening.search(query, k=10).hits
            expected = sorted(zip(-row, one.listing_ids, strict=True))[:10]
            assert [hit.listing_id for hit in hits] == [name for _, name in expected]
            assert np.isfinite(listening.search(query, k=10).mean_score)


def test_only_what_is_new_is_encoded_and_ranks_as_from_anew(encoder, tmp_path):
    load(encoder, CORPUS, tmp_path / "kept")
    encoder.encoded.clear()
    changed = [*CORPUS[:150], *CORPUS[154:], *make_corpus(4, first=700)]
    after = load(encoder, changed, tmp_path / "kept")
    assert len(encoder.encoded) == 4
    anew_store = ListingStore(tmp_path / "anew", encoder.fingerprint)
    anew_store.folder.mkdir(parents=True)
    kept = ListingStore(tmp_path / "kept", encoder.fingerprint).folder
    (anew_store.folder / "codec.npz").write_bytes((kept / "codec.npz").read_bytes())
    anew = load(encoder, changed, tmp_path / "anew")
    np.testing.assert_allclose(after.scores(QUERIES[:5]), anew.scores(QUERIES[:5]), atol=1e-6)


def test_clustered_passages_give_what_those_in_memory_give(encoder, tmp_path, monkeypatch):
    whole = load(encoder, CORPUS, tmp_path)
    monkeypatch.setattr(search.index.stored_corpus, "MAX_LISTINGS_IN_MEMORY", 100)
    clustered = load(encoder, CORPUS, tmp_path)
    assert isinstance(clustered.index, ClusteredPassages)
    query, positions = encoder.encode_query(QUERIES[:1])[0], np.array([3, 399, 7])
    np.testing.assert_allclose(
        clustered.index.scores(query[None]), whole.index.scores(query[None]), atol=HALF, strict=True
    )
    for name in ("scores_at", "best_passages", "listing_vectors"):
        arguments = [positions] if name == "listing_vectors" else [query, positions]
        np.testing.assert_allclose(*(getattr(one.index, name)(*arguments) for one in (clustered, whole)), atol=HALF)
    few = np.zeros(len(CORPUS), dtype=bool)
    few[::25] = True
    for allowed in (None, few):
        hits = [one.search(QUERIES[1], k=10, allowed=allowed).listing_ids for one in (clustered, whole)]
        assert hits[0] == hits[1]


def test_few_near_clusters_are_read_and_all_that_is_allowed(encoder, tmp_path, monkeypatch):
    monkeypatch.setattr(search.index.stored_corpus, "MAX_LISTINGS_IN_MEMORY", 100)
    monkeypatch.setattr(search.index.clustered, "PROBES", 3)
    index = load(encoder, CORPUS, tmp_path).index
    query = encoder.encode_query(QUERIES[:1])[0]
    near = index.nearest(query, 5)
    assert 5 <= np.count_nonzero(near > -np.inf) < len(CORPUS) / 2
    assert near.argmax() == index.scores(query[None])[0].argmax()
    few = np.zeros(len(CORPUS), dtype=bool)
    few[::25] = True
    assert np.all(index.nearest(query, 10, allowed=few)[few] > -np.inf)


def test_an_exported_store_has_the_corpus_alone_and_is_known_by_its_model(encoder, tmp_path):
    load(encoder, CORPUS, tmp_path / "kept")
    part = CORPUS[50:180]
    exported = ListingStore(tmp_path / "kept", encoder.fingerprint).export(part, tmp_path / "sent")
    assert sum(len(one.keys) for one in exported.parts) == 130
    assert exported.is_made_by(encoder, part)
    assert not exported.is_made_by(encoder, CORPUS)
    assert not exported.is_made_by(FakeEncoder(("sqla",) * (WORD_DIM - 1)), part)
    encoder.encoded.clear()
    sent, kept = load(encoder, part, tmp_path / "sent"), load(encoder, part, tmp_path / "kept")
    assert encoder.encoded == []
    np.testing.assert_allclose(sent.scores(QUERIES[:3]), kept.scores(QUERIES[:3]), atol=1e-6)


FILES = ["codec.npz", "listings.npz", "passages.npy", "tokens.bin", "clusters.npz", "rows.bin", "centroids-20.npz"]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("harm", ["flip", "cut", "gone"])
def test_a_damaged_file_is_made_anew(encoder, tmp_path, monkeypatch, name, harm):
    monkeypatch.setattr(search.index.stored_corpus, "MAX_LISTINGS_IN_MEMORY", 100)
    corpus = CORPUS[:160]
    whole = load(encoder, corpus, tmp_path).scores(QUERIES[:2])
    rng = np.random.default_rng(0)
    for _ in range(1 if harm == "gone" else 3):
        path = next(tmp_path.rglob(name))
        content = bytearray(path.read_bytes())
        place = int(rng.integers(len(content)))
        flipped = content.copy()
        flipped[place] ^= 1 << int(rng.integers(8))
        if harm == "gone":
            path.unlink(missing_ok=True)
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(flipped if harm == "flip" else content[:place])
        np.testing.assert_array_equal(load(encoder, corpus, tmp_path).scores(QUERIES[:2]), whole)


def test_token_cosines_are_those_of_the_listing_itself(encoder, tmp_path):
    found = load(encoder, CORPUS, tmp_path)
    tokens = encoder.encode_query_tokens([CORPUS[7].text.split()[0]])[1]
    cosines, spans = found.token_cosines(tokens.vectors, 7)
    best = int(cosines[0].argmax())
    start, end = spans[best]
    assert cosines[0, best] == pytest.approx(1)
    assert CORPUS[7].text.split()[0] in (CORPUS[7].text[start:end], CORPUS[7].title.split()[0])


def test_depth_grows_with_the_corpus_and_has_an_end():
    depths = [candidate_depth(count) for count in (10, 5_000, 20_000, 200_000, 10**7)]
    assert depths == [250, 250, 429, 1000, 1000]


def test_best_positions_leave_out_what_does_not_match():
    scores = np.array([3, -np.inf, 5, 4, 1], dtype=np.float32)
    assert sorted(best_positions(scores, 2)) == [2, 3]
    assert sorted(best_positions(scores, 9)) == [0, 2, 3, 4]
    assert sorted(best_positions(scores, 2, np.array([True, True, False, True, False]))) == [0, 3]


def test_bm25_of_another_corpus_is_refused(encoder, tmp_path):
    made = load(encoder, CORPUS, tmp_path)
    with pytest.raises(ValueError, match="BM25 over the same 400 listings, got 399"):
        CandidateSearcher(encoder, made.index, made.stored, LexicalSearcher(CORPUS[1:]), CORPUS)
