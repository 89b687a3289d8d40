"""Queries from a language model: the real client against a real server on loopback."""

import dataclasses
import json
import sys
import time

import pytest

from data.build_config import QueryChatConfig
from data.chat.batch import MAX_FAILURES_IN_A_ROW
from data.chat.client import Chat, ServerUselessError
from data.manifest import BuildRecord
from data.queries.llm import QueryWriter
from tests.chat_server import ChatServer, Fault, completion, good_answer, kill_and_resume
from tests.conftest import small_corpus
from tests.fakes import listing

LISTINGS = [
    listing(
        f"job-{n}",
        f"We need skill{n} and tool{n} for our shop number {n}.",
        title="Data Analyst",
        company=f"Acme{n} Inc.",
    )
    for n in range(6)
]


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.delenv("LLM_API_KEY", raising=False)
    # The suite keeps the Hub's clients offline; here they talk to a server on loopback.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    return QueryChatConfig(
        "test", "http://127.0.0.1:9/v1", backoff_seconds=0.01, timeout_seconds=5, journal=tmp_path / "journal.jsonl"
    )


def write(config, server, listings=LISTINGS, **changes):
    changed = dataclasses.replace(config, base_url=server.base_url, **changes)
    return QueryWriter(changed, per_listing=3).write(listings)


def test_write_asks_each_listing_once_and_counts_tokens(config):
    with ChatServer() as server:
        queries, counts = write(config, server)
    assert set(queries) == {one.listing_id for one in LISTINGS}
    assert all([query.style for query in made] == ["skills", "profile", "wish"] for made in queries.values())
    assert len(server.asked) == counts.answers == counts.answered == 6
    assert (counts.prompt_tokens, counts.completion_tokens, counts.dropped) == (600, 120, 0)


def test_write_sends_model_temperature_and_the_posting(config):
    with ChatServer() as server:
        write(config, server, LISTINGS[:1], temperature=0.25, model="some/model", max_tokens=77)
    body = server.asked[0].body
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("some/model", 0.25, 77)
    assert LISTINGS[0].text in server.asked[0].prompt
    assert "{" + "posting}" not in server.asked[0].prompt


def test_write_takes_the_prompt_from_its_file(config, tmp_path):
    prompt = tmp_path / "mine.txt"
    prompt.write_text("Mine: {posting}")
    with ChatServer() as server:
        write(config, server, LISTINGS[:1], prompt=prompt)
    assert server.asked[0].prompt == f"Mine: {LISTINGS[0].document}"


def test_hub_token_never_goes_to_a_server_of_ones_own(config, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_planted")
    with ChatServer() as server:
        write(config, server, LISTINGS[:1])
        monkeypatch.setenv("LLM_API_KEY", "own-key")
        write(config, server, LISTINGS[1:2])
    assert [asked.authorization for asked in server.asked] == ["Bearer none", "Bearer own-key"]


def test_write_waits_as_long_as_retry_after_says(config):
    faults = [Fault(429, {"Retry-After": "1"}), None]
    with ChatServer(faults=faults) as server:
        queries, _ = write(config, server, LISTINGS[:1])
    assert queries["job-0"]
    assert 1.0 <= server.asked[1].at - server.asked[0].at < 3.0


@pytest.mark.parametrize(
    "fault",
    [
        Fault(500),
        Fault(503, {"Retry-After": "not a date"}),
        Fault(429, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}),
        Fault(wait_seconds=1.5),
        Fault(body="<html>busy</html>"),
        Fault(body='{"choices": ['),
        Fault(body="[]"),
        Fault(body='{"choices": [{"message": {"content": [{"type": "text"}]}}]}'),
        Fault(429, {"Retry-After": "Wed, 99 Oct 99999 07:28:00 GMT"}),
    ],
    ids=["500", "503", "date", "timeout", "html", "broken-body", "list", "parts", "no-date"],
)
def test_write_tries_again_after_what_passes(config, fault):
    with ChatServer(faults=[fault]) as server:
        queries, counts = write(config, server, LISTINGS[:1], timeout_seconds=0.5)
    assert len(queries["job-0"]) == 3
    assert len(server.asked) == 2
    assert counts.unanswered == 0


def test_write_does_not_wait_for_hours(config):
    asks_for_a_day = [Fault(429, {"Retry-After": "86400"})]
    with ChatServer(faults=asks_for_a_day) as server, pytest.raises(ServerUselessError, match="wait for 1440 minutes"):
        write(config, server, LISTINGS[:1])


def test_server_key_never_goes_to_the_hub(config, monkeypatch):
    monkeypatch.setenv("LLM_API_KEY", "sk-own-server")
    monkeypatch.setenv("HF_TOKEN", "hf_planted")
    assert "own-server" not in str(Chat(dataclasses.replace(config, base_url=None))._client.token)


@pytest.mark.parametrize(
    "body",
    [
        completion("", choices=0),
        completion(None),
        completion("no json here"),
        '{"choices": [{"message": null}]}',
        completion('{"skills": ['),
    ],
)
def test_write_asks_once_more_after_an_answer_without_queries(config, body):
    with ChatServer(faults=[Fault(body=body)]) as server:
        queries, counts = write(config, server, LISTINGS[:1])
    assert len(queries["job-0"]) == 3
    assert counts.refused_at_first == {"no_json": 1}
    assert counts.listings_asked_again == 1
    assert "refused" in server.asked[1].prompt


def test_write_counts_a_listing_that_stays_unanswered_and_goes_on(config):
    faults = [Fault(500)] * 3
    with ChatServer(faults=faults) as server:
        queries, counts = write(config, server, concurrency=1, retries=2)
    assert (counts.answered, counts.unanswered) == (5, 1)
    assert "job-0" not in queries
    with ChatServer() as server:
        queries, counts = write(config, server)
    assert len(queries) == 6
    assert len(server.asked) == 1


def test_write_rejected_prompt_is_counted_not_repeated(config):
    with ChatServer(faults=[Fault(400)]) as server:
        _, counts = write(config, server, concurrency=1)
    assert counts.unanswered == 1
    assert len(server.asked) == 6


@pytest.mark.parametrize("status", [401, 403, 404])
def test_write_stops_at_once_when_the_server_refuses_the_model_or_token(config, status, monkeypatch):
    monkeypatch.setenv("LLM_API_KEY", "sk-planted-secret")
    with (
        ChatServer(faults=[Fault(status)] * 50) as server,
        pytest.raises(ServerUselessError, match=f"{status}.*check --model") as caught,
    ):
        write(config, server, concurrency=1)
    assert len(server.asked) < 6
    assert "planted" not in str(caught.value)


def test_write_stops_when_nothing_is_answered_any_more(config):
    many = [listing(f"x{n}", f"Posting number {n}") for n in range(40)]
    with (
        ChatServer(faults=[Fault(500)] * 100) as server,
        pytest.raises(ServerUselessError, match=r"in a row got no answer.*run again"),
    ):
        write(config, server, many, retries=0)
    assert MAX_FAILURES_IN_A_ROW <= len(server.asked) < 40


def test_write_server_that_is_not_there_is_one_clear_line(config):
    with pytest.raises(ServerUselessError, match="in a row got no answer"):
        QueryWriter(dataclasses.replace(config, retries=0), per_listing=3).write(
            [listing(f"x{n}", f"Posting number {n}") for n in range(12)]
        )


def test_write_refused_query_is_asked_for_once_more_then_dropped(config):
    """job-0's profile names the company twice, so it is dropped; its other two queries stay."""

    def answer(prompt):
        value = json.loads(good_answer(prompt))
        if "shop number 0" in prompt:
            value["profile"] = ["analyst who wants to work at acme0"]
        return json.dumps(value)

    with ChatServer(answer) as server:
        queries, counts = write(config, server)
    assert [query.style for query in queries["job-0"]] == ["skills", "wish"]
    assert counts.refused_at_first == {"company_name": 1}
    assert counts.refused_again == {"company_name": 1}
    assert counts.dropped == 1
    assert len(server.asked) == 7


def test_write_duplicate_of_another_listing_is_refused(config):
    with ChatServer(lambda prompt: json.dumps({"skills": ["sql and python"]})) as server:
        queries, counts = write(config, server, LISTINGS[:2])
    assert list(queries) == ["job-0"]
    assert counts.refused_at_first == {"duplicate": 1}


def test_write_again_asks_nothing_and_gives_the_same(config):
    with ChatServer(lambda prompt: f"Sure! Here it is:\n```json\n{good_answer(prompt)}\n```") as server:
        first, first_counts = write(config, server)
        again, counts = write(config, server, concurrency=1)
        assert len(server.asked) == 6
        write(config, server, temperature=0.1)
    assert first == again
    assert counts == first_counts
    assert len(server.asked) == 12


def test_estimate_counts_what_is_not_in_the_journal(config):
    with ChatServer() as server:
        write(config, server, LISTINGS[:2])
    estimate = QueryWriter(config, per_listing=3).estimate(LISTINGS)
    assert (estimate.n_requests, estimate.n_in_journal) == (4, 2)
    assert estimate.completion_tokens == 4 * 3 * 35
    assert estimate.cost((1.0, 2.0)) == (estimate.prompt_tokens + 2 * estimate.completion_tokens) / 1e6


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"base_url": "localhost:80"}, "begin with http"),
        ({"temperature": 3.0}, "--temperature between 0 and 2"),
        ({"concurrency": 0}, "--concurrency above 0"),
        ({"timeout_seconds": 0.0}, "--timeout above 0"),
        ({"provider": "auto"}, "--base-url or --provider, got both"),
        ({"retries": -1}, "--retries of at least 0"),
    ],
)
def test_chat_config_refuses_what_cannot_work(config, changes, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(config, **changes)


def test_chat_without_a_token_says_where_to_get_one(config, monkeypatch, tmp_path):
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr("data.chat.client.get_token", lambda: None)
    with pytest.raises(ValueError, match=r"expected a Hub token.*--base-url"):
        Chat(dataclasses.replace(config, base_url=None))


@pytest.mark.slow
def test_killed_build_resumes_without_asking_twice(tmp_path, write_lines):
    """Killed in the middle; only what was in flight then, one request a thread at most, is asked again."""
    rows = [{**row, "queries": []} for row in small_corpus(60)]
    source = write_lines(*rows)
    out = tmp_path / "out"
    with ChatServer(lambda prompt: time.sleep(0.1) or good_answer(prompt)) as server:
        command = [sys.executable, "-m", "data", "build", "--source", str(source), "--queries", "llm", "--model", "m",
                   "--base-url", server.base_url, "--journal", str(tmp_path / "j.jsonl"),
                   "--cache", str(tmp_path / "cache"),
                   "--concurrency", "2", "--out", str(out)]  # fmt: skip
        done = kill_and_resume(command, server, journal=tmp_path / "j.jsonl", out=out)
    assert BuildRecord.load(out / "build.json").queries.llm.answered == 60
    assert "60 listings answered, 0 not, 0 queries dropped" in done.stderr
