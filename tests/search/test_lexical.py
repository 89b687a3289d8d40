"""BM25 behind the searcher's interface."""

import numpy as np
import pytest

from search.lexical import LexicalSearcher, stem_pairs, stem_words
from tests.fakes import listing

CORPUS = [
    listing("a", "We forecast demand with models"),
    listing("b", "Credit risk models for banks, credit scoring"),
    listing("c", "Kitchen work"),
]


def test_search_matches_stems_and_leaves_out_listings_without_a_word():
    ranking = LexicalSearcher(CORPUS).search("modelling credit risks", k=10)
    assert ranking.listing_ids == ("b", "a")


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("R, C++ and C#", ["r", "c++", "c#"]),
        ("r c++ c# .net", ["r", "c++", "c#", ".net"]),
        ("ASP.NET, node.js, Go", ["asp", "net", "node", "js", "go"]),
        ("R&D, e.g. it's a plan", ["plan"]),
        ("machine learning_models 3D", ["machin", "learning_model", "3d"]),
    ],
)
def test_letters_and_signs_of_languages_are_terms(text, terms):
    assert stem_words([text]) == [terms]


def test_language_of_one_letter_is_found_and_no_other():
    corpus = [
        listing("a", "R and SQL"),
        listing("b", "C++ and SQL"),
        listing("c", "C and SQL, R&D"),
        listing("d", "SQL"),
    ]
    found = {query: LexicalSearcher(corpus).search(query, k=4).listing_ids for query in ("r", "R", "c++", "C")}
    assert found == {"r": ("a",), "R": ("a",), "c++": ("b",), "C": ("c",)}


def test_search_of_unknown_words_is_empty():
    assert LexicalSearcher(CORPUS).search("zzz qqq", k=10).hits == ()


def test_scores_are_a_row_a_query_and_minus_infinity_without_a_common_word():
    scores = LexicalSearcher(CORPUS).scores(["credit", "zzz"])
    assert scores.shape == (2, 3)
    assert scores[0].argmax() == 1
    assert np.isneginf(scores[1]).all()


def test_bounds_are_the_sum_of_the_terms_idf():
    """Of three listings one has "kitchen", two have "model", none has "zzz"; "the" is no term."""
    bounds = LexicalSearcher(CORPUS).bounds(["kitchen", "models kitchen kitchen", "zzz", "the", ""])
    one, two, none = np.log(1 + 2.5 / 1.5), np.log(1 + 1.5 / 2.5), np.log(1 + 3.5 / 0.5)
    assert bounds == pytest.approx([one, two + 2 * one, none, 0, 0])


def test_scores_come_near_to_their_bound_and_not_over_it():
    words = LexicalSearcher([listing("often", "credit " * 1000), *CORPUS])
    assert 0.9 < words.scores(["credit"])[0, 0] / words.bounds(["credit"])[0] < 1


def test_score_of_a_word_said_once_in_a_listing_of_average_length_is_two_fifths_of_its_bound():
    words = LexicalSearcher(CORPUS[:1])
    assert words.scores(["demand"])[0, 0] / words.bounds(["demand"])[0] == pytest.approx(0.4)


def test_stem_pairs_are_neighbours_without_stop_words():
    assert stem_pairs(["Modelling the risks of credit", "credit", ""]) == [["model risk", "risk credit"], [], []]


def test_pairs_find_the_phrase():
    pairs = LexicalSearcher([*CORPUS, listing("d", "risk of credit for models")], terms=stem_pairs)
    assert pairs.search("credit risk models", k=10).listing_ids == ("b",)
    assert pairs.search("credit", k=10).hits == ()


def test_corpus_without_any_pair_is_searched_in_vain():
    assert LexicalSearcher([listing("a", "kitchen")], terms=stem_pairs).search("kitchen work", k=10).hits == ()


def test_search_honours_the_filter():
    allowed = np.array([True, False, True])
    assert LexicalSearcher(CORPUS).search("models", k=5, allowed=allowed).listing_ids == ("a",)


def test_empty_corpus_is_refused():
    with pytest.raises(ValueError, match="at least one listing"):
        LexicalSearcher([])
