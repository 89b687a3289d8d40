"""What makes a training step quick leaves what it computes."""

import pytest
import torch

from search.encoding.loading import DEFAULT_BASE, load_encoder
from train.trainer import precision
from train.trainer.loss import ListingRankingLoss, embed_in_chunks
from train.trainer.precision import FUSED, PLAIN, quick_attention
from train.trainer.word_lookup import shared_word_lookup

QUERIES = ["sql sql sql and dbt", "remote nurse"]
LISTINGS = ["A data analyst who writes sql.", "A nurse for nights, on site in Leeds, with a driving licence."]


@pytest.fixture
def model():
    loaded = load_encoder(DEFAULT_BASE).model
    # Without dropout, which would be drawn anew each time.
    return loaded.eval()


def gradients(model, compute):
    model.zero_grad()
    loss = compute()
    loss.backward()
    return loss.item(), {name: one.grad.clone() for name, one in model.named_parameters() if one.grad is not None}


def batches(model):
    return [model.preprocess(texts) for texts in (QUERIES, LISTINGS)]


def test_words_looked_up_once_give_the_same_loss_and_gradients(model):
    loss, owners = ListingRankingLoss(model, tokens=0.5), torch.arange(2)

    def plain():
        return loss.compute_loss([embed_in_chunks(model, one, chunk_tokens=1) for one in batches(model)], owners)

    expected, found = gradients(model, plain), gradients(model, lambda: loss(batches(model), {"query": owners}))
    assert found[0] == pytest.approx(expected[0], abs=1e-6)
    assert found[1].keys() == expected[1].keys()
    for name, gradient in expected[1].items():
        assert torch.allclose(found[1][name], gradient, atol=1e-5), name
    words = found[1]["0.model.embeddings.word_embeddings.weight"]
    assert words[model.tokenizer.convert_tokens_to_ids("nurse")].abs().sum() > 0


def test_words_are_looked_up_by_the_model_itself_afterwards(model):
    features = model.preprocess(["kubernetes"])
    expected = model(dict(features))["sentence_embedding"]
    with shared_word_lookup(model, model.preprocess(["sql"])["input_ids"]):
        pass
    assert torch.equal(model(dict(features))["sentence_embedding"], expected)


@pytest.mark.parametrize(("bf16", "inside"), [(True, PLAIN), (False, FUSED)])
def test_attention_is_multiplied_out_in_bfloat16_and_fused_again_afterwards(model, monkeypatch, bf16, inside):
    monkeypatch.setattr(precision, "knows_bf16", lambda: bf16)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    config = model.transformers_model.config
    with pytest.raises(RuntimeError, match="a step that fails"), quick_attention(model):
        assert config._attn_implementation == inside
        raise RuntimeError("a step that fails")
    assert config._attn_implementation == FUSED


def test_attention_multiplied_out_gives_the_same_gradients(model, monkeypatch):
    monkeypatch.setattr(precision, "knows_bf16", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    loss, labels = ListingRankingLoss(model, tokens=0.5), {"query": torch.arange(2)}

    def quick():
        with quick_attention(model):
            return loss(batches(model), labels)

    expected, found = gradients(model, lambda: loss(batches(model), labels)), gradients(model, quick)
    assert found[0] == pytest.approx(expected[0], abs=1e-6)
    assert all(torch.allclose(found[1][name], gradient, atol=1e-5) for name, gradient in expected[1].items())
