"""Searchers behind a listener: what is refused is not searched for, what contradicts sinks, for all alike."""

import numpy as np
import pytest

from search.lexical import LexicalSearcher
from search.understanding.listening import Listener, ListeningSearcher
from tests.fakes import listing, searcher

JOBS = [
    listing("a", "sql sql", seniority="senior"),
    listing("b", "sql", seniority="junior"),
    listing("c", "sales sql", seniority="junior"),
]


@pytest.mark.parametrize("inner", [searcher(("sql", "sales"), JOBS), LexicalSearcher(JOBS)])
def test_contradictions_sink(inner):
    listening = ListeningSearcher(inner, Listener(JOBS))
    assert listening.search("sql, junior", k=3).listing_ids[-1] == "a"
    assert listening.search("sql, no sales", k=3).listing_ids[-1] == "c"
    assert listening.listing_ids == ("a", "b", "c")


@pytest.mark.parametrize("inner", [searcher(("sql", "sales"), JOBS), LexicalSearcher(JOBS)])
def test_batch_and_single_query_have_the_same_scores(inner):
    listening = ListeningSearcher(inner, Listener(JOBS))
    queries = ["sql, junior", "sql"]
    scores = listening.scores(queries)
    for query, row in zip(queries, scores, strict=True):
        hits = listening.search(query, k=3).hits
        assert [hit.score for hit in hits] == pytest.approx(sorted(row[np.isfinite(row)], reverse=True), abs=1e-6)
    assert scores[1] == pytest.approx(inner.scores(["sql"])[0])


def test_batch_is_understood_once_for_several_systems(monkeypatch):
    listener = Listener(JOBS)
    asked, read = [], listener.read
    monkeypatch.setattr(listener, "read", lambda query: asked.append(query) or read(query))
    words, meaning = (
        ListeningSearcher(inner, listener) for inner in (LexicalSearcher(JOBS), searcher(("sql", "sales"), JOBS))
    )
    for queries in (["sql, junior", "sql"], ["sql", "sales"]):
        assert not np.array_equal(words.scores(queries), meaning.scores(queries))
    assert asked == ["sql, junior", "sql", "sql", "sales"]
