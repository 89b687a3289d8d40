"""Which tokens count, and what compression keeps of them."""

import re

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from search.arrays import unit_rows
from search.encoding.encoder import SentenceEncoder
from search.encoding.loading import DEFAULT_BASE, installed_base, load_encoder
from search.encoding.token_vectors import counted_spans, select_tokens
from search.index.compression import ONE, compress, fit_projection
from search.index.storage import find_indexes, is_made_by, load_index, load_or_build_indexes, save_index
from search.index.token_corpus import encode_corpus, encode_windows
from search.index.vectors import build_indexes
from search.searcher import DenseSearcher
from tests.fakes import FakeEncoder, listing

EYE = np.eye(4, dtype=np.float32)


def test_select_tokens_leaves_out_marks_punctuation_and_prompt():
    """`q: c++, go` has the tokens [mark] q : c + + , go [mark]; the prompt is the first three characters."""
    spans = [(0, 0), (0, 1), (1, 2), (3, 4), (4, 5), (5, 6), (6, 7), (8, 10), (0, 0)]
    rows = np.arange(1, 10, dtype=np.float32)[:, None] * EYE[:1]
    chosen = select_tokens(["c++, go"], [spans], [rows], EYE[:1], prompt="q: ")
    assert chosen.spans.tolist() == [[0, 1], [1, 2], [2, 3], [5, 7]]
    assert chosen.counts.tolist() == [4]
    assert chosen.vectors == pytest.approx(np.repeat(EYE[:1], 4, axis=0))


def test_select_tokens_a_text_of_punctuation_is_one_token():
    chosen = select_tokens(["?!", "a"], [[(0, 1), (1, 2)], [(0, 1)]], [EYE[:2], EYE[2:3]], EYE[2:4])
    assert chosen.spans.tolist() == [[0, 2], [0, 1]]
    assert chosen.starts.tolist() == [0, 1]
    assert np.array_equal(chosen.vectors, EYE[[2, 2]])


def test_select_tokens_refuses_other_numbers_of_vectors_and_tokens():
    with pytest.raises(ValueError, match="expected a vector for each of 2 tokens, got 1"):
        select_tokens(["ab"], [[(0, 1), (1, 2)]], [EYE[:1]], EYE[:1])


def test_compress_keeps_cosines_where_vectors_fill_few_directions():
    """Vectors of 300 numbers that only use 20 directions lose only what rounding takes: at most half of 1/127 of each of 20 numbers, in chance directions."""
    draw = np.random.default_rng(0)
    rows = unit_rows((draw.normal(size=(500, 20)) @ draw.normal(size=(20, 300))).astype(np.float32))
    projection = fit_projection(rows)
    assert projection.shape == (300, 128)
    small = compress(rows, projection).astype(np.float32) / ONE
    assert np.abs(small @ small.T - rows @ rows.T).max() < 0.02


def test_spans_are_of_the_listing_s_text_and_a_title_has_the_empty_stretch():
    one, two = listing("a", "sql and dbt", title="Data engineer"), listing("b", "kafka")
    windows, tokens = encode_windows(FakeEncoder(("sql",)), [one, two])
    assert windows.spans.tolist() == [[0, 11], [0, 5]]
    assert tokens.counts.tolist() == [5, 1]
    assert [one.text[start:end] for start, end in tokens.spans[:5]] == ["", "", "sql", "and", "dbt"]
    assert two.text[slice(*tokens.spans[5])] == "kafka"


def test_a_corpus_in_chunks_is_the_corpus_in_one(monkeypatch):
    """With the same projection; words stand for themselves, so that each is a one somewhere."""
    corpus = [listing(str(number), "sql " * (number % 3) + "kafka python") for number in range(10)]
    encoder = FakeEncoder(("sql", "kafka", "python"))
    whole = encode_corpus(encoder, corpus)
    monkeypatch.setattr("search.index.token_corpus.CHUNK_LISTINGS", 3)
    parts = encode_corpus(encoder, corpus, projection=whole.projection)
    assert whole.tokens.counts.tolist() == [2 + number % 3 for number in range(10)]
    for side in ("windows", "tokens"):
        for name in ("vectors", "counts", "spans"):
            assert np.array_equal(getattr(getattr(whole, side), name), getattr(getattr(parts, side), name))


def test_real_base_finds_the_same_word_in_another_sentence():
    encoder = load_encoder(DEFAULT_BASE)
    corpus = [
        listing("cook", "You cook soups, bake bread, and clean the kitchen."),
        listing("data", "You will query tables in SQL, and model them."),
    ]
    whole, tokens = encoder.encode_query_tokens(["sql"])
    assert whole == pytest.approx(encoder.encode_query(["sql"]), abs=1e-5)
    _, index = build_indexes(encoder, corpus, reading="tokens")
    scores = index.scores(tokens.vectors).mean(axis=0)
    assert scores[1] > scores[0] + 0.2
    best = int((index.vectors.astype(np.float32) @ (tokens.vectors @ index.projection).T).argmax(axis=0)[0])
    assert corpus[1].text[slice(*index.spans[best])] == "SQL"


def test_a_token_index_is_kept_and_told_from_another_s(tmp_path):
    corpus = [listing("a", "sql kafka"), listing("b", "python sql sql")]
    encoder = FakeEncoder(("sql", "kafka", "python"))
    _, index = build_indexes(encoder, corpus, reading="tokens")
    save_index(index, tmp_path / "i.npz")
    again = load_index(tmp_path / "i.npz", model_hash=encoder.fingerprint, listings=corpus, reading="tokens")
    assert np.array_equal(again.vectors, index.vectors)
    assert again.vectors.dtype == np.int8
    assert is_made_by(again, encoder, corpus)
    assert not is_made_by(again, FakeEncoder(("kafka", "python", "sql")), corpus)
    again.vectors[0] = -again.vectors[0]
    assert not is_made_by(again, encoder, corpus)


def test_a_blank_before_a_word_is_not_its_token_s_and_hides_no_word_behind_the_prompt():
    """As tokenizers of the SentencePiece kind cut `query: sql dbt`: each word takes the blank before it."""
    spans = [(0, 5), (5, 6), (6, 10), (10, 14)]
    assert counted_spans("sql dbt", spans, prompt="query: ") == [None, None, (0, 3), (4, 7)]


@pytest.mark.parametrize(
    ("prompts", "default"),
    [({"query": "query: ", "passage": "passage: "}, None), ({"any": "Represent: "}, "any"), ({"document": ""}, None)],
)
def test_prompts_are_those_that_the_library_uses(prompts, default):
    """Were they others, there would be other numbers of tokens and vectors, which is refused."""
    model = SentenceTransformer(str(installed_base()), prompts=prompts, default_prompt_name=default)
    encoder = SentenceEncoder(model, "prompted")
    for encode in (encoder.encode_query_tokens, encoder.encode_document_tokens):
        _, tokens = encode(["sql and dbt"])
        assert tokens.spans.tolist() == [[0, 3], [4, 7], [8, 10], [10, 11]]


def test_many_queries_at_once_are_cut_into_groups(monkeypatch):
    encoder = FakeEncoder(("sql", "kafka", "python"))
    found = DenseSearcher(
        encoder, *build_indexes(encoder, [listing("a", "sql kafka"), listing("b", "python")], reading="tokens")
    )
    queries = ["sql", "kafka python sql", "python python", "zebra"]
    whole = found.scores(queries)
    monkeypatch.setattr("search.searcher.MOST_SIMILARITIES", 1)
    assert found.scores(queries) == pytest.approx(whole, abs=1e-6)


@pytest.mark.parametrize(("name", "value"), [("KEPT_WIDTH", 64), ("COUNTED", re.compile("a"))])
def test_tokens_kept_by_other_rules_are_not_read(tmp_path, monkeypatch, name, value):
    corpus, encoder = [listing("a", "sql kafka")], FakeEncoder(("sql", "kafka"))
    load_or_build_indexes(encoder, corpus, tmp_path, reading="tokens")
    assert find_indexes(encoder, corpus, tmp_path, reading="tokens")
    monkeypatch.setattr(f"search.index.storage.{name}", value)
    assert find_indexes(encoder, corpus, tmp_path, reading="tokens") is None
