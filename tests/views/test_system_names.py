"""Systems have one name everywhere."""

from search.benchmark_report import BenchmarkReport
from tests.views.reports import judged_part, make_report
from views.system_names import name_systems


def report_of(**systems) -> BenchmarkReport:
    row = make_report().systems["base"]
    given = {
        name.replace("_", "-"): row.model_copy(update={"fingerprint": fingerprint, "scoring": scoring})
        for name, (fingerprint, scoring) in systems.items()
    }
    return make_report().model_copy(update={"systems": given})


def test_pages_models_are_base_and_fine_tuned_and_their_other_scorings_say_which():
    report = report_of(
        base=("m", "max_passage"),
        base_tokens=("m", "late_interaction"),
        tuned=("t", "late_interaction"),
        bm25=("w", "whole"),
        hybrid=("h", "late_interaction"),
        tutorial=("x", "first"),
    )
    assert name_systems(report, {"base": "base-tokens", "tuned": "tuned"}) == {
        "base": "Base (best passage)",
        "base-tokens": "Base",
        "tuned": "Fine-tuned",
        "bm25": "BM25",
        "hybrid": "Hybrid",
        "tutorial": "tutorial",
    }


def test_two_systems_of_one_label_are_told_apart_by_their_names():
    report = report_of(base=("m", "first"), again=("m", "max_passage"), more=("m", "max_passage"))
    assert name_systems(report, {"base": "base"}) == {
        "base": "Base",
        "again": "Base (best passage)",
        "more": "Base (best passage), more",
    }


def test_systems_of_judged_queries_alone_keep_their_names():
    report = make_report(judged=judged_part())
    assert name_systems(report.model_copy(update={"systems": {}}), {}) == {"base": "base", "tuned": "tuned"}
