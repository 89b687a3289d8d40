"""What either list may show besides base and tuned."""

import pytest

from comparison.request import ComparisonRequest
from comparison.systems import Systems
from pages.offering import offer_systems
from search.index.vectors import build_indexes
from search.lexical import LexicalSearcher
from search.scoring import FIRST, LATE_INTERACTION, MAX_PASSAGE
from search.searcher import DenseSearcher
from tests.comparison.counting import CountingEncoder
from tests.comparison.test_systems import CORPUS, LISTINGS
from tests.fakes import FakeEncoder


def serve(scoring, *names):
    """Return models over the corpus, each with its own keyword, and their encoders."""
    encoders = {name: CountingEncoder(FakeEncoder(("sql" if name == "base" else "python",), name)) for name in names}
    models = {name: DenseSearcher(one, *build_indexes(one, CORPUS, scoring=scoring)) for name, one in encoders.items()}
    for encoder in encoders.values():
        encoder.calls.clear()
    return models, encoders


def offer(models, tmp_path):
    return offer_systems(models, CORPUS, tmp_path, hybrid_weight=0.3, words=lambda: LexicalSearcher(CORPUS))


def test_each_model_is_offered_with_its_other_scorings_beside_bm25_and_hybrid(tmp_path):
    models, _ = serve(LATE_INTERACTION, "base", "tuned", "tuned2")
    labels = {name: one.label for name, one in offer(models, tmp_path).items()}
    assert labels == {
        "tuned2": "Second fine-tuned",
        "bm25": "BM25",
        "hybrid": "Hybrid",
        "base-max_passage": "Base (best passage)",
        "base-first": "Base (first tokens)",
        "tuned-max_passage": "Fine-tuned (best passage)",
        "tuned-first": "Fine-tuned (first tokens)",
        "tuned2-max_passage": "Second fine-tuned (best passage)",
        "tuned2-first": "Second fine-tuned (first tokens)",
    }


def test_scoring_of_the_same_vectors_encodes_neither_corpus_nor_query_again(tmp_path):
    models, encoders = serve(LATE_INTERACTION, "base", "tuned")
    systems = Systems(models["base"], models["tuned"], LISTINGS, offer(models, tmp_path))
    comparison = systems.compare(ComparisonRequest("sql", 2, left="base", right="base-max_passage"))
    assert encoders["base"].calls == ["encode_query_tokens"]
    assert comparison.tuned.hits[0].score == pytest.approx(1)
    assert systems.searcher("base-max_passage").scoring == MAX_PASSAGE


def test_first_tokens_are_encoded_once_and_kept(tmp_path):
    models, encoders = serve(LATE_INTERACTION, "base", "tuned")
    for _ in range(2):
        assert offer(models, tmp_path)["base-first"].searcher.scoring == FIRST
    # Each listing is one passage.
    assert encoders["base"].calls == []


def test_what_would_take_long_to_encode_is_offered_only_where_it_is_kept(tmp_path, monkeypatch):
    models, _ = serve(MAX_PASSAGE, "base", "tuned")
    assert "base-late_interaction" not in offer(models, tmp_path)
    monkeypatch.setattr("pages.offering.MAX_ENCODED_ON_DEMAND", 1)
    assert "base-first" not in offer(models, tmp_path)
    monkeypatch.undo()
    assert offer(models, tmp_path)["base-first"].searcher
    monkeypatch.setattr("pages.offering.MAX_ENCODED_ON_DEMAND", 1)
    assert "base-first" in offer(models, tmp_path)


def test_hybrid_is_of_the_fine_tuned_model(tmp_path):
    models, _ = serve(LATE_INTERACTION, "base", "tuned")
    hybrid = offer(models, tmp_path)["hybrid"].searcher
    assert hybrid.dense is models["tuned"]
    assert hybrid.weight == 0.3
