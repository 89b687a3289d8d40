"""The dense searcher with tokens, by vectors that can be derived by eye."""

import numpy as np
import pytest

from search.candidates import load_or_build_searcher
from search.index.vectors import build_indexes, index_kinds
from search.scoring import PASSAGE_SHARE, SCORINGS
from search.searcher import (
    CACHED_QUERIES,
    DenseSearcher,
    RescoringSearcher,
    build_first_index,
)
from tests.comparison.counting import CountingEncoder
from tests.fakes import FakeEncoder, listing

ENCODER = FakeEncoder(("sql", "python", "kafka"))
BOTH = listing("both", "You write sql all day . You write python all night .")
ONE = listing("one", "You write sql all day . You write sql all night .", title="Kafka")
CORPUS = [BOTH, ONE]


def by_token(corpus=CORPUS):
    return DenseSearcher(ENCODER, *build_indexes(ENCODER, corpus, scoring="late_interaction"))


def test_score_is_the_best_passage_and_mean_maxsim():
    """Passages: [1, 1, 0]/√2 against [1, 1, 0]/√2 is 1, against kafka + 2 sql, [2, 0, 1]/√5, it is 2/√10. Tokens: the first has
    sql and python (1), the second sql only (1 and 0)."""
    expected = PASSAGE_SHARE * np.array([[1.0, 2 / np.sqrt(10)]]) + (1 - PASSAGE_SHARE) * np.array([[1.0, 0.5]])
    assert by_token().scores(["sql python"]) == pytest.approx(expected, abs=1e-6)


def test_a_token_of_the_title_answers_too():
    """Passages: kafka against [2, 0, 1]/√5 is 1/√5; the title's token is 1."""
    expected = [[0.0, PASSAGE_SHARE / np.sqrt(5) + (1 - PASSAGE_SHARE)]]
    assert by_token().scores(["kafka"]) == pytest.approx(np.array(expected), abs=1e-6)


def test_queries_are_scored_together_as_alone():
    queries = ["sql", "kafka python sql", "python kafka"]
    searcher = by_token()
    alone = np.concatenate([searcher.scores([query]) for query in queries])
    assert searcher.scores(queries) == pytest.approx(alone, abs=1e-6)


@pytest.mark.parametrize("query", ["", " ", "...", "💥"])
def test_a_query_without_a_word_is_scored(query):
    assert np.isfinite(by_token().scores([query])).all()


def test_search_ranks_by_the_same_scores_and_shows_a_passage():
    searcher = by_token()
    hits = searcher.search("python sql", k=2).hits
    assert [hit.listing_id for hit in hits] == ["both", "one"]
    assert [hit.score for hit in hits] == searcher.scores(["python sql"])[0].tolist()
    assert hits[0].passage == (0, len(BOTH.text))


@pytest.mark.parametrize(("name", "value"), [("products.MAX_PRODUCTS", 1), ("vectors.BLOCK_VALUES", 1)])
def test_scores_are_the_same_in_blocks_of_any_size(monkeypatch, name, value):
    searcher = by_token()
    whole = searcher.scores(["sql", "python kafka", "kafka"])
    monkeypatch.setattr(f"search.index.{name}", value)
    assert searcher.scores(["sql", "python kafka", "kafka"]) == pytest.approx(whole, abs=1e-6)


@pytest.mark.parametrize("scoring", SCORINGS)
def test_load_or_build_searcher_reads_as_asked_and_keeps_what_it_made(tmp_path, scoring):
    made = load_or_build_searcher(ENCODER, CORPUS, tmp_path, scoring=scoring)
    assert made.scoring == scoring
    assert len(list(tmp_path.glob("*.npz"))) == len(index_kinds(scoring))
    again = load_or_build_searcher(ENCODER, CORPUS, tmp_path, scoring=scoring)
    assert np.array_equal(made.scores(["sql python"]), again.scores(["sql python"]))


def test_tokens_of_another_corpus_model_or_scoring_are_refused():
    windows, tokens = build_indexes(ENCODER, CORPUS, scoring="late_interaction")
    with pytest.raises(ValueError, match="expected the tokens of corpus"):
        DenseSearcher(ENCODER, windows, build_indexes(ENCODER, CORPUS[:1], scoring="late_interaction")[1])
    with pytest.raises(ValueError, match="expected the tokens of corpus"):
        DenseSearcher(ENCODER, windows, windows)
    other = FakeEncoder(ENCODER.keywords, "other")
    with pytest.raises(ValueError, match="expected an index made by model"):
        DenseSearcher(ENCODER, windows, build_indexes(other, CORPUS, scoring="late_interaction")[1])
    assert DenseSearcher(ENCODER, windows, tokens).scoring == "late_interaction"


def test_the_last_single_queries_are_not_encoded_again():
    class Counting(FakeEncoder):
        calls = 0

        def encode_query(self, texts):
            Counting.calls += 1
            return super().encode_query(texts)

    encoder = Counting(("sql",))
    searcher = DenseSearcher(encoder, *build_indexes(encoder, CORPUS))
    Counting.calls = 0
    first = searcher.search("sql", k=2)
    assert searcher.search("sql", k=2).hits == first.hits
    assert Counting.calls == 1
    for number in range(CACHED_QUERIES):
        searcher.search(f"sql {number}", k=2)
    searcher.search("sql", k=2)
    assert Counting.calls == 1 + CACHED_QUERIES + 1


def test_index_of_first_tokens_is_the_one_built_anew_and_encodes_only_what_no_passage_holds():
    """Of the model's 9 tokens the passages have at most so many, too: the long listing has two, the others one."""
    encoder = CountingEncoder(FakeEncoder(("sql", "python", "kafka"), max_tokens=9))
    corpus = [*CORPUS, listing("short", "kafka and sql ")]
    served = DenseSearcher(encoder, *build_indexes(encoder, corpus, scoring="late_interaction"))
    assert np.diff([*served.index.offsets, len(served.index.vectors)]).tolist() == [2, 2, 1]
    encoder.calls.clear()
    made = build_first_index(served, corpus)
    assert encoder.calls == ["encode_document"]
    (anew,) = build_indexes(encoder, corpus, scoring="first")
    assert made.vectors == pytest.approx(anew.vectors)
    assert (made.kind, made.spans.tolist(), made.offsets.tolist()) == ("first", anew.spans.tolist(), [0, 1, 2])


def test_another_scoring_of_a_model_encodes_queries_once():
    encoder = CountingEncoder(ENCODER)
    served = DenseSearcher(encoder, *build_indexes(encoder, CORPUS, scoring="late_interaction"))
    passages = RescoringSearcher(served, served.index)
    encoder.calls.clear()
    served.search("sql", k=1)
    assert passages.search("sql", k=2).listing_ids == ("one", "both")
    assert (passages.scoring, encoder.calls) == ("max_passage", ["encode_query_tokens"])
