"""Passages of a listing's text: all of it is covered, each fits, and neighbours overlap."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.encoding.loading import DEFAULT_BASE, load_encoder
from search.encoding.passages import PASSAGE_TOKENS, passage_text, read_passages, split_evenly
from tests.fakes import FakeEncoder, listing


def spans(count):
    """Tokens of four characters with a blank between them."""
    return [(5 * place, 5 * place + 4) for place in range(count)]


def test_split_evenly_short_text_is_one_passage():
    assert split_evenly(spans(3), max_tokens=3) == [(0, 14)]
    assert split_evenly([], max_tokens=3) == [(0, 0)]


def test_split_evenly_are_of_even_length():
    """Five tokens, three a passage, one shared: tokens 0 to 2 and 2 to 4."""
    assert split_evenly(spans(5), max_tokens=3, overlap=1) == [(0, 14), (10, 24)]


@given(count=st.integers(1, 400), max_tokens=st.integers(2, 130), overlap=st.integers(0, 40))
def test_split_evenly_cover_everything_and_fit(count, max_tokens, overlap):
    tokens = spans(count)
    passages = split_evenly(tokens, max_tokens=max_tokens, overlap=overlap)
    inside = [[token for token in tokens if start <= token[0] and token[1] <= end] for start, end in passages]
    assert max(len(part) for part in inside) <= max_tokens
    assert {token for part in inside for token in part} == set(tokens)
    assert all(before[0] < after[0] for before, after in pairwise(passages))


def test_read_passages_title_goes_with_each_passage_and_takes_its_room():
    """Four tokens a passage, one of them the title's: three are left for the text of six."""
    one = listing("a", "b c d e f g", title="Cook")
    found = read_passages(FakeEncoder((), max_tokens=4), [one], "max_passage")[0]
    assert len(found) > 1
    texts = [passage_text(one, span) for span in found]
    assert all(text.startswith("Cook\n") and len(text.split()) <= 4 for text in texts)
    assert texts[-1].endswith("g")


def test_read_passages_first_is_the_beginning_only():
    one = listing("a", "x" * 300, title="Cook")
    assert read_passages(FakeEncoder((), max_tokens=4), [one], "first") == [[(0, 95)]]


@pytest.mark.parametrize("scoring", ["max_passage", "first"])
def test_read_passages_model_without_limit_reads_the_whole(scoring):
    assert read_passages(FakeEncoder(()), [listing("a", "x " * 5000)], scoring) == [[(0, 10_000)]]


def test_read_passages_title_longer_than_the_passage_leaves_half_to_the_text():
    one = listing("a", "b c d e", title="very " * 50)
    assert all(end > start for start, end in read_passages(FakeEncoder((), max_tokens=4), [one], "max_passage")[0])


@pytest.mark.slow
def test_read_passages_of_the_real_base_are_read_to_their_end():
    encoder = load_encoder(DEFAULT_BASE)
    one = listing("a", "Pandas, dbt & Kubernetes: naïve forecasting! " * 80, title="Data Scientist (m/f/d)")
    found = read_passages(encoder, [one], "max_passage")[0]
    texts = [passage_text(one, span) for span in found]
    assert max(encoder.count_tokens(texts)) <= PASSAGE_TOKENS
    assert encoder.characters_read(texts) == [len(text) for text in texts]
    assert found[-1][1] == len(one.text.rstrip())
