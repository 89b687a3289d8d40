"""The sentence of a listing that is nearest to a query."""

import time

import numpy as np
import pytest

from comparison.query_facets import split_query
from comparison.sentences import (
    Sentence,
    SentenceFinder,
    WordFinder,
    best_by_scores,
    best_by_sentence,
    sentence_of,
    split_sentences,
    word_shares,
)
from search.index.vectors import build_indexes
from search.scoring import SCORINGS
from search.searcher import DenseSearcher
from tests.comparison.counting import CountingEncoder
from tests.fakes import FakeEncoder, listing

TEXT = "We are a friendly team. You write sql every day!\n- python and numpy daily\nApply soon."


ENCODER = FakeEncoder(("sql", "python"))


def sentences(text):
    return [text[start:end] for start, end in split_sentences(text)]


def test_sentences_end_at_marks_and_lines():
    assert sentences(TEXT) == [
        "We are a friendly team.",
        "You write sql every day!",
        "- python and numpy daily",
    ]


def test_mark_inside_a_word_ends_no_sentence():
    assert sentences("We use node.js 2.0 and asp.net here. Come and join us.") == [
        "We use node.js 2.0 and asp.net here.",
        "Come and join us.",
    ]


def test_text_of_crumbs_is_one_sentence():
    assert split_sentences("a. b. c.") == [(0, 8)]
    assert split_sentences("") == [(0, 0)]


def finder(listing_, *, scoring="max_passage", encoder=ENCODER, **options):
    return SentenceFinder(DenseSearcher(encoder, *build_indexes(encoder, [listing_], scoring=scoring)), **options)


@pytest.mark.parametrize("scoring", SCORINGS)
def test_best_sentence_is_the_nearest_to_the_query(scoring):
    one = listing("a", TEXT, title="SQL analyst")
    found, facets = finder(one, scoring=scoring).best("python sql", [(7, 10), (0, 6)], one)
    # The title answers one facet; it is never the sentence that is marked in the text.
    assert [one.span for one in facets] == [(0, 0), (49, 73)]
    assert facets[1].score == pytest.approx(1.0)
    best, _ = finder(one, scoring=scoring).best("sql", [], one)
    assert TEXT[slice(*best.span)] == "You write sql every day!"
    assert found.span != (0, 0)


@pytest.mark.parametrize(
    ("scores", "shares", "found"),
    [
        # Enough by itself; then the best that holds half of the words; then neither.
        ((0.1, 0.5, 0.2), (1.0, 0.0, 0.5), ((1, 1), 0.5, True)),
        ((0.1, 0.4, 0.2), (1.0, 0.0, 0.5), ((2, 2), 0.2, True)),
        ((0.1, 0.4, 0.2), (0.4, 0.0, 0.3), ((1, 1), 0.4, False)),
    ],
)
def test_words_that_stand_in_a_sentence_are_found_however_little_it_scores(scores, shares, found):
    best = best_by_scores(np.array(scores), [(0, 0), (1, 1), (2, 2)], 0.46, shares=np.array(shares))
    assert best == Sentence(*found)


def test_shares_of_words_count_stems_of_title_and_sentences():
    one = listing("a", "We love spark and kafkas here.\nWe write sql every day.", title="Kafka engineer")
    spans = [(0, 0), (0, 30), (31, 54)]
    assert word_shares(["kafka spark", "cobol"], one, spans).tolist() == [[0.5, 1.0, 0.0], [0.0, 0.0, 0.0]]


def test_late_interaction_scores_a_sentence_by_mean_maxsim():
    """python is in the third sentence, sql in the second: each has one of the two, so half; kafka is nowhere."""
    one = listing("a", TEXT)
    best, facets = finder(one, scoring="late_interaction").best("sql python", [(0, 3), (4, 10)], one)
    assert best == Sentence((24, 48), pytest.approx(0.5))
    assert facets == [Sentence((24, 48), pytest.approx(1.0)), Sentence((49, 73), pytest.approx(1.0))]


@pytest.mark.parametrize("query", ["_, sql", "?", "💥 sql"])
def test_late_interaction_answers_a_facet_without_a_word_too(query):
    one = listing("a", TEXT)
    best, facets = finder(one, scoring="late_interaction").best(query, split_query(query), one)
    assert all(np.isfinite(found.score) for found in (best, *facets))


def test_sentence_of_title_text_and_what_lies_between():
    """The title and sentences at 0 to 4 and 8 to 12: tokens of the title, of both, between, and across an end."""
    tokens = np.array([[0, 0], [0, 2], [8, 12], [5, 7], [3, 6]])
    assert sentence_of(tokens, [(0, 0), (0, 4), (8, 12)]).tolist() == [0, 1, 2, -1, -1]
    assert sentence_of(tokens, [(0, 4), (8, 12)]).tolist() == [-1, 0, 1, -1, -1]
    assert sentence_of(tokens[3:4], [(8, 12)]).tolist() == [-1]


def test_best_cosines_of_sentences_are_those_of_a_plain_loop():
    """Sentences in any order, some without a token, tokens of none; at most all of them of none."""
    draw = np.random.default_rng(0)
    for n_tokens in range(40):
        cosines = draw.uniform(-1, 1, (3, n_tokens)).astype(np.float32)
        sentences = draw.integers(-1, n_tokens // 3 or 1, n_tokens)
        expected = [
            [max(row[sentences == number], default=-1.0) for number in range(n_tokens // 3 + 1)] for row in cosines
        ]
        found = best_by_sentence(cosines, sentences, n_tokens // 3 + 1)
        assert found.dtype == np.float32
        assert found.tolist() == expected


def test_listing_of_a_megabyte_is_searched_in_seconds():
    """By a mask for each sentence this took a minute, in which the dialog stood still."""
    text = "".join(f"We write number {number} of many lines.\n" for number in range(30_000)) + "You write sql daily."
    assert len(text) > 1_000_000
    one = listing("a", text, title="Analyst")
    searching = finder(one, scoring="late_interaction")
    started = time.perf_counter()
    best, [facet] = searching.best("sql", [(0, 3)], one)
    assert time.perf_counter() - started < 20
    assert text[slice(*best.span)] == "You write sql daily."
    assert facet == best


def test_embeddings_of_a_query_and_of_a_listing_are_made_once_and_few_are_cached():
    corpus = [listing(listing_id, TEXT) for listing_id in "abc"]
    encoder = CountingEncoder(ENCODER)
    found = SentenceFinder(DenseSearcher(encoder, *build_indexes(encoder, corpus)), max_listings=2)
    encoder.calls.clear()
    for position in (0, 0, 1, 0, 2, 0, 1):
        found.best("sql", [], corpus[position])
    # a, b and c are made; c pushes out b, which is made again.
    assert encoder.calls == ["encode_query", *["encode_document"] * 4]


def test_words_find_the_sentence_that_shares_most_of_them():
    one = listing("a", "You write sql for reports. You write python models daily.", title="Python analyst")
    query = "python models, kafka, analyst"
    best, of_facets = WordFinder().best(query, [(0, 13), (15, 20), (22, 29)], one)
    assert one.text[slice(*best.span)] == "You write python models daily."
    assert [(one.text[slice(*found.span)], found.score, found.is_found) for found in of_facets[::2]] == [
        ("You write python models daily.", 1.0, True),
        # The title.
        ("", 1.0, True),
    ]
    assert not of_facets[1].is_found
