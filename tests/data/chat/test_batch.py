"""Many questions: the journal's keys, the order of answers, what was spent."""

import pytest

from data.chat.batch import Batch
from data.chat.client import ChatConfig
from tests.chat_server import ChatServer, Fault


@pytest.fixture
def config(tmp_path, monkeypatch):
    # The suite keeps the Hub's clients offline; here they talk to a server on loopback.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    prompt = tmp_path / "prompt.txt"
    prompt.write_text("any")

    def make(base_url="http://127.0.0.1:9/v1", **changes):
        values = {"prompt": prompt, "journal": tmp_path / "journal.jsonl", "backoff_seconds": 0.01} | changes
        return ChatConfig("m", base_url, **values)

    return make


def test_journal_key_is_that_of_earlier_versions(config):
    """sha256 of `["m", 0.7, 1024, "what is it?"]`, its first 24 digits: who has paid for answers keeps them."""
    assert Batch(config())._key("what is it?") == "c0e297227c0ea62b2f8da889"


def test_ask_answers_in_the_order_of_prompts_and_each_once(config):
    with ChatServer(lambda prompt: prompt.upper()) as server:
        batch = Batch(config(server.base_url))
        answers = batch.ask(["b", "a", "b"], "bar")
        assert [answer.content for answer in answers] == ["B", "A", "B"]
        assert len(server.asked) == 2
    assert batch.spent == {"requests": 2, "prompt_tokens": 200, "completion_tokens": 40}
    assert batch.used == {"answers": 3, "prompt_tokens": 300, "completion_tokens": 60}


def test_ask_unanswered_prompt_is_none_and_asked_again_by_the_next_run(config):
    with ChatServer(lambda prompt: prompt, faults=[Fault(400)]) as server:
        answers = Batch(config(server.base_url, concurrency=1)).ask(["a", "b"], "bar")
        assert [answer.content if answer else None for answer in answers] == [None, "b"]
        resumed = Batch(config(server.base_url))
        assert [answer.content for answer in resumed.ask(["a", "b"], "bar")] == ["a", "b"]
        assert len(server.asked) == 3
    assert resumed.spent["requests"] == 1


def test_estimate_counts_four_characters_a_token_and_tells_the_cost(config):
    """Two prompts of 8 and 5 characters: 2 + 2 tokens in, 2 x 7 out; at $1 and $2 a million that is $32e-6."""
    estimate = Batch(config()).estimate(["12345678", "12345"], answer_tokens=7)
    assert (estimate.n_requests, estimate.prompt_tokens, estimate.completion_tokens) == (2, 4, 14)
    assert estimate.cost((1.0, 2.0)) == pytest.approx(32e-6)
    assert estimate.describe((1.0, 2.0)).endswith("about 4 tokens in and 14 out, $0.00; nothing was sent")
    assert "add --price IN,OUT" in estimate.describe(None)
