"""What the app loads: the report of these models, the hybrid's weight, vectors from the tuned model's files."""

import dataclasses
import io
import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from pages.loading import (
    FoundReport,
    describe_tuned,
    fetch_index,
    fetch_store,
    find_report,
    hybrid_weight,
    match_report,
)
from search.benchmark_report import BenchmarkReport
from search.files import checksum_of_arrays, checksum_of_file, load_arrays, save_arrays
from search.hybrid import DEFAULT_WEIGHT, hybrid_fingerprint
from search.index.listing_parts import META, PASSAGES, TOKENS
from search.index.listing_store import ListingStore
from search.index.storage import save_index
from tests.artifacts import run_json
from tests.fakes import WordEncoder, make_corpus

ESTIMATE = {"mean": 0.5, "low": 0.4, "high": 0.6}


def system_row(fingerprint, scoring="max_passage", **fields):
    return {"ndcg@10": ESTIMATE, "query_ms": ESTIMATE, "fingerprint": fingerprint, "scoring": scoring, **fields}


def query_row(**ranks):
    return {"query_id": "q", "query": "sql", "listing_id": "a", "ranks": ranks, "ndcg@10": {}}


@pytest.fixture
def report_of(systems, tmp_path):
    """Write a report of the systems, with changes, and return what the app shows of it."""
    path = tmp_path / "benchmark.json"
    config = SimpleNamespace(benchmark=path, tuned=str(tmp_path))
    rows = {side: system_row(one.encoder.fingerprint) for side, one in systems.sides.items()}
    whole = {
        "dataset": "sample",
        "dataset_hash": "same",
        "fictional": True,
        "split": "test",
        "n_queries": 1,
        "n_listings": 2,
        "systems": rows,
        "comparisons": [],
        "per_query": [query_row(base=3, tuned=1)],
    }

    def show(**changes):
        path.write_text(json.dumps(whole | changes))
        return match_report(find_report(config), systems, "same")

    return show


def test_report_of_these_models_and_this_dataset_is_shown(report_of):
    found = report_of()
    assert (found.report, found.problem) == (BenchmarkReport.load(found.path), "")


def test_report_that_is_not_there_is_no_problem(systems, tmp_path):
    path = tmp_path / "benchmark.json"
    found = find_report(SimpleNamespace(benchmark=path, tuned=str(tmp_path / "none")))
    assert match_report(found, systems, "same") == FoundReport(path, None, "")


def test_report_among_the_tuned_models_files_is_found(report_of, tmp_path):
    path = report_of().path
    found = find_report(SimpleNamespace(benchmark=tmp_path / "none.json", tuned=str(tmp_path)))
    assert found.path == path
    assert found.report.dataset_hash == "same"


def test_sides_are_the_two_models_whatever_the_report_calls_them(systems, report_of):
    base, tuned = systems.fingerprints
    rows = {
        "base": system_row(base, "other"),
        "windows": system_row(base),
        "tutorial": system_row("x", "y"),
        "mine": system_row(tuned),
    }
    found = report_of(systems=rows)
    assert found.sides == {"base": "windows", "tuned": "mine"}
    assert found.report == BenchmarkReport.load(found.path)


def test_base_that_was_scored_in_another_way_is_no_side_and_the_report_is_shown(systems, report_of):
    base, tuned = systems.fingerprints
    found = report_of(systems={"base": system_row(base, "late_interaction"), "tuned": system_row(tuned)})
    assert (found.sides, found.problem) == ({"tuned": "tuned"}, "")
    assert found.report == BenchmarkReport.load(found.path)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"systems": {"base": system_row("another")}}, "about other models"),
        ({"dataset_hash": "another"}, "about another dataset"),
        ({"systems": []}, "no benchmark report"),
    ],
)
def test_report_that_does_not_belong_here_is_not_shown(report_of, changes, problem):
    found = report_of(**changes)
    assert found.report is None
    assert problem in found.problem


def test_report_that_is_no_json_is_not_shown(tmp_path):
    path = tmp_path / "benchmark.json"
    path.write_text("{broken")
    assert "no benchmark report" in find_report(SimpleNamespace(benchmark=path, tuned="")).problem


def test_hybrid_weight_comes_from_a_report_of_this_model_and_fusion(systems, report_of):
    rows = {side: system_row(one.encoder.fingerprint) for side, one in systems.sides.items()}
    report = report_of(systems=rows | {"hybrid": system_row(hybrid_fingerprint("abc"), weight=0.2)}).report
    assert hybrid_weight(report, "abc") == 0.2
    assert hybrid_weight(report, "other") == DEFAULT_WEIGHT
    assert hybrid_weight(None, "abc") == DEFAULT_WEIGHT
    report = report_of(systems=rows | {"hybrid": system_row("hybrid-abc", weight=0.2)}).report
    assert hybrid_weight(report, "abc") == DEFAULT_WEIGHT


def test_vectors_of_the_tuned_models_files_are_cached_only_if_they_are_this_models(
    systems, tmp_path, monkeypatch, caplog
):
    searcher = systems.tuned
    listings = list(systems.listings.values())
    config = SimpleNamespace(cache=tmp_path / "cache", tuned="alice/model")
    false = dataclasses.replace(searcher.index, vectors=searcher.index.vectors[::-1].copy())
    for index, cached in ((false, False), (searcher.index, True)):
        save_index(index, tmp_path / "found.npz")
        monkeypatch.setattr("pages.loading.find_model_file", lambda model, name: tmp_path / "found.npz")
        fetch_index(searcher.encoder, listings, searcher.index.kind, config)
        assert len(list(config.cache.glob("*.npz"))) == cached
        assert ("encoding anew" in caplog.text) != cached
        caplog.clear()
    (tmp_path / "found.npz").write_bytes(b"none")
    next(config.cache.glob("*.npz")).unlink()
    fetch_index(searcher.encoder, listings, searcher.index.kind, config)
    assert "encoding anew" in caplog.text


def test_a_large_corpus_vectors_are_cached_only_if_they_are_this_models(tmp_path, caplog):
    encoder, corpus = WordEncoder(("words",)), make_corpus(60)
    store = ListingStore(tmp_path / "made", encoder.fingerprint)
    store.add(encoder, corpus)
    store.export(corpus, tmp_path / "model" / "index")
    config = SimpleNamespace(cache=tmp_path / "cache", tuned=str(tmp_path / "model"))
    fetch_store(encoder, corpus, config)
    assert ListingStore(config.cache, encoder.fingerprint).holds(corpus)
    other = dataclasses.replace(encoder, seed=1)
    folder = ListingStore(config.cache, encoder.fingerprint).folder
    shutil.rmtree(folder)
    fetch_store(other, corpus, config)
    assert not folder.exists()
    assert "encoding anew" in caplog.text


def lie(name: str, value: object):
    """Return what changes an array of a part and sets its checksum right."""

    def change(part):
        arrays = load_arrays(part / META)
        meta = json.loads(str(arrays.pop("meta")))
        arrays[name] = np.array(value(arrays[name]))
        meta["checks"][META] = checksum_of_arrays(arrays)
        save_arrays(part / META, meta=np.array(json.dumps(meta)), **arrays)

    return change


def reseal(part, name: str, content: bytes) -> None:
    """Change a file of a part and set its checksum right."""
    (part / name).write_bytes(content)
    arrays = load_arrays(part / META)
    meta = json.loads(str(arrays.pop("meta")))
    meta["checks"][name] = checksum_of_file(part / name)
    save_arrays(part / META, meta=np.array(json.dumps(meta)), **arrays)


def tell_meta(part, text: str) -> None:
    """Write something else in place of what a part says of itself."""
    save_arrays(part / META, **load_arrays(part / META) | {"meta": np.array(text)})


def lie_of_shape(part):
    found = np.load(part / PASSAGES)
    lying = io.BytesIO()
    header = {"descr": "|i1", "fortran_order": False, "shape": (1 << 40, found.shape[1])}
    np.lib.format.write_array_header_1_0(lying, header)
    reseal(part, PASSAGES, lying.getvalue() + found.tobytes())


def write_floats(part):
    np.save(part / PASSAGES, np.load(part / PASSAGES).astype(np.float64))
    reseal(part, PASSAGES, (part / PASSAGES).read_bytes())


@pytest.mark.parametrize(
    "change",
    [
        lie("token_lengths", lambda lengths: lengths + (1 << 62)),
        lie("token_lengths", lambda lengths: lengths * 1.0),
        lie("token_lengths", lambda lengths: lengths[1:]),
        lie("token_lengths", lambda lengths: lengths + 1),
        lie("token_lengths", lambda lengths: -lengths),
        lie("passage_lengths", lambda lengths: lengths * 0),
        lie("scales", lambda scales: scales * np.nan),
        lie("spans", lambda spans: spans.ravel()),
        lie("keys", lambda keys: np.arange(len(keys))),
        lambda part: reseal(part, TOKENS, b""),
        lambda part: reseal(part, PASSAGES, b"\x93NUMPY"),
        lambda part: reseal(part, PASSAGES, b""),
        lambda part: reseal(part, PASSAGES, b"PK\x03\x04" + bytes(30)),
        lambda part: reseal(part, PASSAGES, b"\x93NUMPY\x01\x00\x04\x00((((" + bytes(60)),
        lambda part: tell_meta(part, "[" * 100_000),
        lambda part: tell_meta(part, "[]"),
        lie_of_shape,
        write_floats,
        lambda part: (part / TOKENS).unlink(),
    ],
)
def test_a_strangers_vectors_that_do_not_fit_together_are_made_anew(tmp_path, caplog, change):
    encoder, corpus = WordEncoder(("words",)), make_corpus(60)
    store = ListingStore(tmp_path / "made", encoder.fingerprint)
    store.add(encoder, corpus)
    sent = store.export(corpus, tmp_path / "model" / "index")
    change(sent.parts[0].folder)
    fetch_store(encoder, corpus, SimpleNamespace(cache=tmp_path / "cache", tuned=str(tmp_path / "model")))
    assert "encoding anew" in caplog.text
    assert not ListingStore(tmp_path / "cache", encoder.fingerprint).folder.exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"train": {"listings": 1489, "queries": 9}}, "base, fine-tuned on 1,489 listings"),
        ({"train": {"triplets": 9}}, ""),
        ({"train": "none"}, ""),
    ],
)
def test_tuned_model_is_called_by_what_it_was_trained_on(tmp_path, change, said):
    run = run_json() | {"base": {"model": "some/base", "revision": None}} | change
    (tmp_path / "run.json").write_text(json.dumps(run))
    assert describe_tuned(str(tmp_path)) == said


def test_tuned_model_without_a_record_has_no_label(tmp_path):
    assert describe_tuned(str(tmp_path)) == ""
