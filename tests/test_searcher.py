"""The dense searcher with sentences, by vectors that can be derived by eye."""

import numpy as np
import pytest

from search.index import build_index
from search.passages import READINGS
from search.searcher import DenseSearcher, index_readings, load_or_build_searcher
from tests.fakes import FakeEncoder, listing

ENCODER = FakeEncoder(("sql", "python", "kafka"))
BOTH = listing("both", "You write sql all day. You write python all night.")
ONE = listing("one", "You write sql all day. You write sql all night.", title="Kafka")
CORPUS = [BOTH, ONE]


def by_sentence(corpus=CORPUS):
    return DenseSearcher(
        ENCODER, *(build_index(ENCODER, corpus, reading=reading) for reading in index_readings("sentences"))
    )


def test_score_is_the_mean_of_whole_query_and_parts():
    """Whole: [1, 1, 0]/√2 against [1, 1, 0]/√2 is 1, against kafka + 2 sql, [2, 0, 1]/√5, it is 2/√10. Parts: each of
    sql and python has its sentence in the first (1); in the second sql only (1 and 0)."""
    assert by_sentence().scores(["sql and python"]) == pytest.approx(
        np.array([[1.0, 0.5 * 2 / np.sqrt(10) + 0.5 * 0.5]]), abs=1e-6
    )


def test_title_answers_a_part():
    """Whole: kafka against [2, 0, 1]/√5 is 1/√5; the title alone is 1."""
    scores = by_sentence().scores(["kafka"])
    assert scores == pytest.approx(np.array([[0.0, 0.5 / np.sqrt(5) + 0.5]]), abs=1e-6)


def test_queries_are_scored_together_as_alone():
    queries = ["sql", "kafka, python and sql", "python; kafka"]
    searcher = by_sentence()
    together = searcher.scores(queries)
    assert np.array_equal(together, np.concatenate([searcher.scores([query]) for query in queries]))


def test_search_ranks_by_the_same_scores_and_shows_a_window():
    searcher = by_sentence()
    hits = searcher.search("python, sql", k=2).hits
    assert [hit.listing_id for hit in hits] == ["both", "one"]
    assert [hit.score for hit in hits] == searcher.scores(["python, sql"])[0].tolist()
    assert hits[0].passage == (0, len(BOTH.text))


def test_a_block_of_many_similarities_is_cut(monkeypatch):
    searcher = by_sentence()
    whole = searcher.scores(["sql", "python, kafka", "kafka"])
    monkeypatch.setattr("search.index.MOST_SIMILARITIES", 1)
    assert np.array_equal(searcher.scores(["sql", "python, kafka", "kafka"]), whole)


@pytest.mark.parametrize("reading", READINGS)
def test_load_or_build_searcher_reads_as_asked_and_keeps_what_it_made(tmp_path, reading):
    made = load_or_build_searcher(ENCODER, CORPUS, tmp_path, reading=reading)
    assert made.reading == reading
    assert len(list(tmp_path.glob("*.npz"))) == len(index_readings(reading))
    again = load_or_build_searcher(ENCODER, CORPUS, tmp_path, reading=reading)
    assert np.array_equal(made.scores(["sql, python"]), again.scores(["sql, python"]))


def test_sentences_of_another_corpus_model_or_reading_are_refused():
    windows, sentences = (build_index(ENCODER, CORPUS, reading=reading) for reading in index_readings("sentences"))
    with pytest.raises(ValueError, match="expected the sentences of the same corpus"):
        DenseSearcher(ENCODER, windows, build_index(ENCODER, CORPUS[:1], reading="sentences"))
    with pytest.raises(ValueError, match="expected the sentences of the same corpus"):
        DenseSearcher(ENCODER, windows, windows)
    other = FakeEncoder(ENCODER.keywords, "other")
    with pytest.raises(ValueError, match="expected an index made by model"):
        DenseSearcher(ENCODER, windows, build_index(other, CORPUS, reading="sentences"))
    assert DenseSearcher(ENCODER, windows, sentences).reading == "sentences"
