"""What the benches of candidates print, over a corpus of fakes."""

import numpy as np

from bench.candidates import QuerySet, describe
from bench.grown_corpus import grow
from search.candidates import CandidateSearcher
from search.index.listing_parts import gather_passages
from search.index.listing_store import ListingStore
from search.index.stored_corpus import load_or_build_stored
from search.index.vectors import build_indexes
from search.lexical import LexicalSearcher
from search.searcher import DenseSearcher
from search.understanding.listening import Listener
from tests.fakes import WordEncoder, make_corpus

CORPUS = make_corpus(120)
ENCODER = WordEncoder(("words",))


def test_copies_of_a_corpus_are_ranked_before_others(tmp_path):
    _, stored = load_or_build_stored(ENCODER, CORPUS, tmp_path)
    store = ListingStore(tmp_path, ENCODER.fingerprint)
    passages = gather_passages(store.parts, *store.find(CORPUS))
    words = LexicalSearcher(CORPUS)
    grown = grow(ENCODER, passages, stored, words, copies=20, folder=tmp_path / "grown")
    assert len(grown.listing_ids) == 2_400
    best = grown.search(CORPUS[17].text, k=10).listing_ids
    assert sum(name.endswith("job-0017") for name in best) >= 9


def test_all_is_kept_where_all_are_candidates_of_the_same_scores(tmp_path):
    passages, stored = load_or_build_stored(ENCODER, CORPUS, tmp_path)
    found = CandidateSearcher(ENCODER, passages, stored, LexicalSearcher(CORPUS), CORPUS)
    exact = DenseSearcher(ENCODER, *build_indexes(ENCODER, CORPUS, scoring="late_interaction"))
    texts = [one.text[:12] for one in CORPUS[:8]]
    queries = QuerySet("own", texts, {f"q{number}": {CORPUS[number].listing_id: 1} for number in range(8)})
    line = describe(queries, exact, found, Listener(CORPUS)).split()
    assert (line[0], line[1], line[2]) == ("own", "8", "1.0000")
    assert 0.7 < float(line[3]) <= 1
    assert np.isfinite(float(line[4].rstrip(",")))
