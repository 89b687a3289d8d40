"""The real commands with real weights: page and benchmark give the same through an engine."""

import json
from dataclasses import replace

import pytest

from comparison.request import ComparisonRequest
from data.__main__ import main as data
from data.dataset import load_job_dataset
from pages.config import AppConfig
from pages.loading import load_systems
from search.encoding.loading import DEFAULT_BASE, load_encoder
from search.encoding.pooled import PooledEncoder
from search.scoring import LATE_INTERACTION
from train.benchmark import main as benchmark

pytestmark = pytest.mark.slow
ROUNDING = 2e-4
NO_TIMES = {"encode_seconds": 0.0, "search_seconds": 0.0}


def test_page_and_benchmark_give_the_same_through_a_local_engine(loop, tmp_path, caplog):
    engine = f"local:{tmp_path}"
    load = ["load", "--dataset", str(loop.dataset), "--engine", engine, "--models", DEFAULT_BASE, str(loop.model)]
    caplog.set_level("INFO")
    assert data([*load, "--cache", str(loop.cache)]) == 0
    assert data([*load, "--cache", str(tmp_path / "none")]) == 0
    n_listings = len(load_job_dataset(str(loop.dataset)).listings)
    assert [f"{n_listings} added" in line for line in caplog.messages if line.startswith("loaded")] == [
        True,
        True,
        False,
        False,
    ]
    check_benchmark(loop, engine, tmp_path / "report.json")
    check_page(loop, engine)


def check_benchmark(loop, engine, path):
    systems = [f"base=late_interaction:{DEFAULT_BASE}", f"tuned={loop.model}"]
    options = ["--dataset", str(loop.dataset), "--systems", *systems, "--brief", "--cache", str(loop.cache)]
    assert benchmark([*options, "--engine", engine, "--json", str(path)]) == 0
    through_engine = json.loads(path.read_text())
    assert benchmark([*options, "--json", str(path)]) == 0
    here = json.loads(path.read_text())
    assert [row["ranks"] for row in through_engine["per_query"]] == [row["ranks"] for row in here["per_query"]]
    assert through_engine["judged"]["per_query"] == here["judged"]["per_query"]


def check_page(loop, engine):
    dataset = load_job_dataset(str(loop.dataset))
    config = AppConfig(models=(str(loop.model),), dataset=str(loop.dataset), cache=loop.cache, scoring=LATE_INTERACTION)
    here, there = (load_systems(replace(config, engine=one), dataset, None) for one in ("", engine))
    for query in ("senior python developer, remote", "analyst in Berlin, no on-call"):
        request = ComparisonRequest(query)
        expected, found = here.compare(request), there.compare(request)
        for side in ("base", "tuned"):
            ours, theirs = expected.rankings[side], found.rankings[side]
            assert theirs.listing_ids == ours.listing_ids
            assert [hit.passage for hit in theirs.hits] == [hit.passage for hit in ours.hits]
            scores = [hit.score for hit in theirs.hits]
            assert scores == pytest.approx([hit.score for hit in ours.hits], abs=ROUNDING)
            assert theirs.mean_score == pytest.approx(ours.mean_score, abs=ROUNDING)
        assert found.ranks_in_all == expected.ranks_in_all
        assert found.checks == expected.checks
    assert set(there.others) >= {"bm25", "hybrid", "tuned-max_passage"}


def test_processes_encode_as_one_does():
    encoder = load_encoder(DEFAULT_BASE)
    texts = [f"a data engineer, number {number}, with spark and kafka" for number in range(6)]
    sentences, tokens = encoder.encode_document_tokens(texts)
    with PooledEncoder(encoder, 2) as pooled:
        pooled_sentences, pooled_tokens = pooled.encode_document_tokens(texts)
        assert pooled.encode_document(texts) == pytest.approx(sentences, abs=1e-5)
        processes = pooled.pool["processes"]
        assert [process.is_alive() for process in processes] == [True, True]
    assert pooled_sentences == pytest.approx(sentences, abs=1e-5)
    assert pooled_tokens.vectors == pytest.approx(tokens.vectors, abs=1e-5)
    assert pooled_tokens.spans.tolist() == tokens.spans.tolist()
