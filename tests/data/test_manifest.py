"""build.json: what it holds, and files as older versions wrote them."""

import json

import pytest

from data.dataset_card import render_dataset_card
from data.manifest import BuildRecord
from search.benchmark_report import MARKS
from search.record_files import FORMAT_VERSION
from tests.conftest import small_corpus

COVERAGE = {
    "n_listings": 600,
    "n_with_requirements": 349,
    "requirement_characters": 115688,
    "share_read": 0.75,
    "share_read_whole": 0.5,
}
# As the first versions wrote it: no `version`, `reach`, and `kept`.
OLD = {
    "source": "jobs.csv",
    "revision": "ab12",
    "license": "mit",
    "generator": {"queries": "given"},
    "titles": "Data Scientist",
    "negatives": {"method": "least-similar", "per_query": 1, "encoder": "some/model"},
    "near_duplicates": {
        "method": "minhash",
        "same_posting": {"jaccard": 0.5, "containment": 0.85},
        "same_split": {"jaccard": 0.3, "containment": 0.5},
    },
    "seed": 42,
    "listings": {
        "read": 704,
        "dropped_by_title": 80,
        "dropped_empty": 0,
        "dropped_near_duplicates": 24,
        "kept": 600,
        "near_duplicate_groups": 24,
        "families": {"Data Scientist": 600},
    },
    "queries": {
        "given": 9,
        "kept": 4,
        "empty": 1,
        "too_long": 2,
        "duplicate": 1,
        "without_listing": 1,
        "votes": {"source": "votes.jsonl", "given": 3, "kept": 2, "undecided": 1},
    },
    "splits": {"train": {"listings": 4, "queries": 4, "triplets": 4}},
    "corpus_hash": "c",
    "dataset_hash": "d",
    "reach": {"before": COVERAGE, "after": COVERAGE},
}


def test_old_build_json_loads_and_is_saved_with_the_names_of_now(tmp_path):
    path = tmp_path / "build.json"
    path.write_text(json.dumps(OLD))
    record = BuildRecord.load(path)
    assert (record.listings.retained, record.queries.retained, record.queries.votes.retained) == (600, 4, 2)
    assert record.coverage.before.share_read == 0.75
    record.save(path)
    text = json.dumps(OLD).replace('"kept"', '"retained"').replace('"reach"', '"coverage"')
    saved = json.loads(path.read_text())
    assert saved == json.loads(text) | {"version": FORMAT_VERSION, "sha256": saved["sha256"]}
    assert BuildRecord.load(path) == record


def test_build_json_that_is_none_names_the_field(tmp_path):
    path = tmp_path / "build.json"
    path.write_text(json.dumps(OLD | {"splits": {"train": {"listings": -1, "queries": 1, "triplets": 1}}}))
    with pytest.raises(ValueError, match=r"build.json as its command wrote it, splits.train.listings is not so"):
        BuildRecord.load(path)


def test_build_json_holds_no_field_without_a_value(build, tmp_path):
    build(small_corpus(60))
    text = (tmp_path / "out" / "build.json").read_text()
    assert "null" not in text
    assert set(json.loads(text)["queries"]) == {
        "given",
        "retained",
        "empty",
        "too_long",
        "duplicate",
        "without_listing",
    }
    assert "refused" not in json.loads(text)["negatives"]


def test_card_of_other_queries_and_negatives_says_what_they_are():
    hard = {
        "method": "hard",
        "per_query": 2,
        "encoder": "some/model",
        "refused": {"same_job": 11, "near_positive": 12, "same_words": 13, "fallback": 14},
    }
    generator = {"queries": "llm", "model": "some/llm", "temperature": 0.5, "prompt_sha256": "f0"}
    empty = {"before": COVERAGE, "after": COVERAGE | {"n_with_requirements": 0}}
    card = render_dataset_card(
        BuildRecord.model_validate(OLD | {"negatives": hard, "generator": generator, "license": "", "reach": empty})
    )
    assert card.startswith("---\nlanguage:\n")
    assert "by the language model `some/llm` at temperature 0.5 (prompt sha256 `f0`)" in card
    assert "Refused: 11 almost like the positive, 12 within 5 % of its score, 13 that hold" in card
    assert "14 queries were left with the farthest listing" in card
    assert "which states no licence" in card
    assert "No listing has a section of requirements" in card
    assert "2 more, in the train split" in card


def test_card_says_of_the_blind_tests_marks_fit_or_not_and_one_kappa():
    numbers = {"n": 4, "same": 0.75, "kappa": 0.52, "weighted_kappa": 0.52}
    judgments = {
        "queries": 2,
        "judgments": 4,
        "hash": "h",
        "kinds": {"wish": {"development": 1, "test": 1}},
        "grades": {"0": 1, "1": 1, "2": 1, "3": 1},
        "assessors": [{"name": "ann", "kind": "people"}],
        "agreement": [{"a": "ann", "b": "bo", **numbers}, {"a": "ann", "b": MARKS, **numbers}],
    }
    card = render_dataset_card(BuildRecord.model_validate(OLD | {"judgments": judgments}))
    both = "on the 4 results that both judged"
    assert f"`ann` and `bo` {both}: the same grade for 75%, kappa 0.52, weighted kappa 0.52.\n" in card
    assert f"`ann` and `{MARKS}` {both}: fit or not: the same for 75%, kappa 0.52.\n" in card
