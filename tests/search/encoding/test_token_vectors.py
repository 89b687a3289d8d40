"""Which tokens are scored, where they lie, and what compression retains of them."""

import re

import numpy as np
import pytest
from sentence_transformers import MultiVectorEncoder, SentenceTransformer

from search.arrays import unit_rows
from search.encoding.loading import DEFAULT_BASE, load_encoder
from search.encoding.multi_vector import as_multi_vector, opens_as_both
from search.encoding.offline_base import installed_base
from search.encoding.sentence_encoder import SentenceEncoder
from search.encoding.token_vectors import IS_BLANK, skiplist_words, spans_behind
from search.index.compression import BYTE_MAX, fit_codec, fit_projection
from search.index.storage import find_indexes, is_made_by, load_index, load_or_build_indexes, save_index
from search.index.token_corpus import encode_corpus, encode_passages
from search.index.vectors import build_indexes
from search.searcher import DenseSearcher, mean_maxsim
from tests.fakes import FakeEncoder, listing


class SmallTokenizer:
    """A vocabulary of seven entries, pieces inside a word among them."""

    all_special_tokens = ("[CLS]", "[UNK]")
    words = ("[CLS]", "[UNK]", "sql", ",", "##,", "##+", "c")

    def get_vocab(self):
        return {word: number for number, word in enumerate(self.words)}

    def batch_decode(self, rows):
        return [self.words[number] for (number,) in rows]


def test_skiplist_holds_special_tokens_and_punctuation_but_no_plus():
    assert skiplist_words(SmallTokenizer()) == ["##,", ",", "[CLS]", "[UNK]"]


@pytest.fixture(scope="module")
def base():
    return load_encoder(DEFAULT_BASE)


def scored_words(tokens, texts):
    return [[text[start:end] for start, end in own.spans] for text, own in zip(texts, tokens.split(), strict=True)]


def test_the_table_of_blanks_holds_them_all():
    assert {code for code in range(0x110000) if chr(code).isspace()} == set(np.flatnonzero(IS_BLANK))


@pytest.mark.parametrize(
    ("prompt", "text", "span", "expected"),
    [
        ("", "sql", (0, 3), (0, 3)),
        ("query: ", "sql", (7, 10), (0, 3)),
        ("query: ", "sql", (0, 5), (0, 0)),
        # A token that begins with the blank before its word, be it the prompt's or a wide one, or is nothing else.
        ("query:", " sql", (6, 10), (1, 4)),
        ("query: ", "sql", (6, 10), (0, 3)),
        ("", "a\u3000b", (1, 3), (2, 3)),
        ("", "a  b", (1, 3), (3, 3)),
        ("", "\U0001f600 b", (1, 3), (2, 3)),
        ("", "\ud800 b", (1, 3), (2, 3)),
        ("", "", (0, 0), (0, 0)),
    ],
)
def test_spans_behind_a_prompt(prompt, text, span, expected):
    assert spans_behind(prompt, text, [span]).tolist() == [list(expected)]


def test_scored_tokens_leave_out_punctuation_and_marks(base):
    texts = ["C++, and SQL!", "node.js / dbt"]
    _, tokens = base.encode_query_tokens(texts)
    assert scored_words(tokens, texts) == [["C", "+", "+", "and", "SQL"], ["node", "j", "s", "db", "t"]]
    assert tokens.vectors == pytest.approx(unit_rows(tokens.vectors), abs=1e-5)


@pytest.mark.parametrize("text", ["", "?!", "💥"])
def test_a_text_without_a_scored_token_is_one_of_its_own(base, text):
    sentences, tokens = base.encode_query_tokens([text, "sql"])
    assert tokens.lengths.tolist() == [1, 1]
    assert tokens.spans.tolist() == [[0, len(text)], [0, 3]]
    assert float(tokens.vectors[0] @ sentences[0]) > 0.85


def test_compress_keeps_cosines_where_vectors_fill_few_directions():
    """Vectors of 300 numbers that only use 20 directions lose only what rounding takes:
    at most half of 1/127 of each direction's largest number, up and down by chance."""
    draw = np.random.default_rng(0)
    rows = unit_rows((draw.normal(size=(500, 20)) @ draw.normal(size=(20, 300))).astype(np.float32))
    codec = fit_codec(rows)
    assert codec.projection.shape == (300, 128)
    small = codec.compress(rows)
    assert np.abs(small).max() == BYTE_MAX
    assert np.abs(codec.project_queries(rows) @ small.T - rows @ rows.T).max() < 0.01


def test_spans_are_of_the_listing_s_text_and_a_title_has_the_empty_stretch():
    one, two = listing("a", "sql and dbt", title="Data engineer"), listing("b", "kafka")
    passages, tokens = encode_passages(FakeEncoder(("sql",)), [one, two])
    assert passages.spans.tolist() == [[0, 11], [0, 5]]
    assert tokens.lengths.tolist() == [5, 1]
    assert [one.text[start:end] for start, end in tokens.spans[:5]] == ["", "", "sql", "and", "dbt"]
    assert two.text[slice(*tokens.spans[5])] == "kafka"


def test_a_corpus_in_chunks_is_the_corpus_in_one(monkeypatch):
    """With the same projection; words stand for themselves, so that each is a one somewhere."""
    corpus = [listing(str(number), "sql " * (number % 3) + "kafka python") for number in range(10)]
    encoder = FakeEncoder(("sql", "kafka", "python"))
    whole = encode_corpus(encoder, corpus)
    monkeypatch.setattr("search.index.token_corpus.CHUNK_LISTINGS", 3)
    parts = encode_corpus(encoder, corpus, codec=whole.codec)
    assert whole.tokens.lengths.tolist() == [2 + number % 3 for number in range(10)]
    for side in ("passages", "tokens"):
        for name in ("vectors", "lengths", "spans"):
            assert np.array_equal(getattr(getattr(whole, side), name), getattr(getattr(parts, side), name))


def test_real_base_finds_the_same_word_in_another_sentence(base):
    corpus = [
        listing("cook", "You cook soups, bake bread, and clean the kitchen."),
        listing("data", "You will query tables in SQL, and model them."),
    ]
    sentences, tokens = base.encode_query_tokens(["sql"])
    assert sentences == pytest.approx(base.encode_query(["sql"]), abs=1e-5)
    _, index = build_indexes(base, corpus, scoring="late_interaction")
    scores = mean_maxsim(index, tokens)[0]
    assert scores[1] > scores[0] + 0.2
    cosines, spans = index.listing_cosines(tokens.vectors, 1)
    assert corpus[1].text[slice(*spans[cosines[0].argmax()])] == "SQL"


def test_a_folder_opens_as_both_classes_of_the_library(base, tmp_path):
    """One saves it, and both give the vectors that search uses; the prompts and poolings that one would lose are refused."""
    assert opens_as_both(base.model)
    texts = ["We write SQL all day, and dbt.", "Pastry chef wanted: bread, cakes!"]
    _, found = base.encode_document_tokens(texts)
    as_multi_vector(base.model, fit_projection(found.vectors)).save_pretrained(str(tmp_path), create_model_card=False)
    again = load_encoder(str(tmp_path))
    sentences, tokens = again.encode_document_tokens(texts)
    late = MultiVectorEncoder(str(tmp_path))
    assert late.similarity_fn_name == "meanmaxsim"
    assert np.concatenate(late.encode_document(texts, convert_to_numpy=True)) == pytest.approx(tokens.vectors, abs=1e-5)
    plain = SentenceTransformer(str(tmp_path)).encode_document(texts, normalize_embeddings=True)
    assert plain == pytest.approx(sentences, abs=1e-5)
    assert sentences == pytest.approx(base.encode_document(texts), abs=1e-5)
    prompted = SentenceTransformer(str(installed_base()), prompts={"query": "query: "})
    assert not opens_as_both(SentenceEncoder(prompted, "prompted").model)


def test_a_token_index_is_kept_and_told_from_another_s(tmp_path):
    corpus = [listing("a", "sql kafka"), listing("b", "python sql sql")]
    encoder = FakeEncoder(("sql", "kafka", "python"))
    _, index = build_indexes(encoder, corpus, scoring="late_interaction")
    save_index(index, tmp_path / "i.npz")
    again = load_index(tmp_path / "i.npz", model_hash=encoder.fingerprint, listings=corpus, kind="tokens")
    assert np.array_equal(again.vectors, index.vectors)
    assert again.vectors.dtype == np.int8
    assert is_made_by(again, encoder, corpus)
    assert not is_made_by(again, FakeEncoder(("kafka", "python", "sql")), corpus)
    again.vectors[0] = -again.vectors[0]
    assert not is_made_by(again, encoder, corpus)


@pytest.mark.parametrize(
    ("prompts", "default"),
    [({"query": "query: ", "passage": "passage: "}, None), ({"any": "Represent: "}, "any"), ({"document": ""}, None)],
)
def test_prompts_are_those_that_the_library_uses(prompts, default):
    """Were they others, tokens would cover other characters. Those of the prompt are scored, as in the library, and
    cover nothing of the text."""
    model = SentenceTransformer(str(installed_base()), prompts=prompts, default_prompt_name=default)
    encoder = SentenceEncoder(model, "prompted")
    for encode in (encoder.encode_query_tokens, encoder.encode_document_tokens):
        _, tokens = encode(["sql and dbt"])
        inside = [span for span in tokens.spans.tolist() if span[1]]
        assert inside == [[0, 3], [4, 7], [8, 10], [10, 11]]


def test_many_queries_at_once_are_cut_into_groups(monkeypatch):
    encoder = FakeEncoder(("sql", "kafka", "python"))
    found = DenseSearcher(
        encoder,
        *build_indexes(encoder, [listing("a", "sql kafka"), listing("b", "python")], scoring="late_interaction"),
    )
    queries = ["sql", "kafka python sql", "python python", "zebra"]
    whole = found.scores(queries)
    monkeypatch.setattr("search.searcher.MAX_SCORES", 1)
    assert found.scores(queries) == pytest.approx(whole, abs=1e-6)


@pytest.mark.parametrize(("name", "value"), [("WIDTH", 64), ("SCORED", re.compile("a"))])
def test_tokens_made_by_other_rules_are_not_read(tmp_path, monkeypatch, name, value):
    corpus, encoder = [listing("a", "sql kafka")], FakeEncoder(("sql", "kafka"))
    load_or_build_indexes(encoder, corpus, tmp_path, scoring="late_interaction")
    assert find_indexes(encoder, corpus, tmp_path, scoring="late_interaction")
    monkeypatch.setattr(f"search.index.storage.{name}", value)
    assert find_indexes(encoder, corpus, tmp_path, scoring="late_interaction") is None
