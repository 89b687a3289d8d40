"""The benchmark over keyword encoders: numbers that can be worked by eye, and the JSON's shape."""

import json
from collections import Counter
from typing import ClassVar

import pytest

from data.dataset import JobDataset, Triplet
from data.judgments.records import JudgedQuery, JudgingRecord, Judgment, Judgments
from search import systems as measure
from search.benchmark_report import Assessor, BenchmarkReport
from search.record_files import checksum
from search.records import Query
from search.systems import SystemSpec, parse_systems
from tests.fakes import FakeEncoder, listing
from tests.train.publishing.test_model_card import make_run
from train import benchmark as module
from train.benchmark import BenchmarkConfig, benchmark, main, update_card
from train.evaluation.rendering import render_table
from train.evaluation.report import ordered_pairs

KEYWORDS = {"one": ("sql",), "two": ("sql", "python")}


class CountingEncoder(FakeEncoder):
    """Counts how often each model encodes each query."""

    counts: ClassVar[Counter[tuple[str, str]]] = Counter()

    def encode_query(self, texts):
        self.counts.update((self.name, text) for text in texts)
        return super().encode_query(texts)

    def encode_document(self, texts, *, show_progress=False):
        return super().encode_query(texts)

    def encode_query_tokens(self, texts):
        self.counts.update((self.name, text) for text in texts)
        return FakeEncoder(self.keywords, self.name).encode_query_tokens(texts)

    def encode_document_tokens(self, texts, *, show_progress=False):
        return FakeEncoder(self.keywords, self.name).encode_query_tokens(texts)


@pytest.fixture
def two_systems(monkeypatch):
    """base knows sql only, tuned knows both words; a is wanted for sql, z for python, d has no family."""
    listings = (
        listing("a", "sql jobs", title="Data Engineer", family="Data Engineer"),
        listing("c", "kitchen", title="Data Analyst", family="Data Analyst"),
        listing("d", "kitchen", title="Cook"),
        listing("z", "python jobs", title="Data Analyst", family="Data Analyst"),
    )
    triplets = (
        Triplet(Query("q1", "sql", "a", "skills"), ("z",)),
        Triplet(Query("q2", "python", "z", "wish"), ("a",)),
        Triplet(Query("q3", "kitchen", "d", "wish"), ("c",)),
    )
    chosen_on = (Triplet(Query("v1", "jobs", "a"), ("c",)), Triplet(Query("v2", "kitchens", "c"), ("a",)))
    dataset = JobDataset("made", listings, {"validation": chosen_on, "test": triplets})
    texts = {"j1": "a python job", "j2": "an sql job", "j3": "any job", "j4": "some job"}
    queries = tuple(
        JudgedQuery(query_id, text, "test" if query_id < "j3" else "development") for query_id, text in texts.items()
    )
    judged = (("j1", "z", 3), ("j1", "c", 0), ("j2", "a", 1), ("j3", "a", 1), ("j4", "z", 2))
    grades = tuple(Judgment(query_id, listing_id, grade, "one") for query_id, listing_id, grade in judged)
    judgments = Judgments("made", queries, grades, JudgingRecord(assessors=[Assessor(name="one", kind="people")]))
    monkeypatch.setattr(module, "load_job_dataset", lambda name: dataset)
    monkeypatch.setattr(module, "load_judgments", lambda name: judgments if name == "made" else None)
    monkeypatch.setattr(measure, "load_encoder", lambda name, **options: FakeEncoder(KEYWORDS[name]))


@pytest.fixture
def report(two_systems, tmp_path):
    config = BenchmarkConfig("made", ("base=one", "tuned=two", "bm25"), json=tmp_path / "out.json", cache=tmp_path)
    return benchmark(config)


def test_report_ranks_the_whole_corpus_with_ties_by_id(report):
    """base has no keyword of q2 and q3: c, d and z tie at 1. tuned finds z; c and d tie for q3."""
    ranks = [row.ranks for row in report.per_query]
    assert [row["base"] for row in ranks] == [1, 3, 2]
    assert [row["tuned"] for row in ranks] == [1, 1, 2]
    assert (report.n_queries, report.n_listings) == (3, 4)


def test_report_judged_queries_are_of_the_test_split_beside_test(report):
    """tuned finds z (3) first for j1; base, which has no keyword of it, finds c, d and z alike: 1 / log2(3 + 1).
    Both find a (1) first for j2."""
    assert (report.judged.split, report.judged.n_queries, report.judged.n_judgments) == ("test", 2, 3)
    assert [one.name for one in report.judged.assessors] == ["one"]
    ndcg = {name: row.metrics["ndcg@10"].mean for name, row in report.judged.systems.items()}
    assert ndcg == pytest.approx({"base": (0.5 + 1) / 2, "tuned": 1, "bm25": 1})


@pytest.mark.parametrize(
    ("options", "split", "queries"),
    [
        ({"split": "validation"}, "development", ["j3", "j4"]),
        ({"judged_split": "all"}, "all", ["j1", "j2", "j3", "j4"]),
    ],
)
def test_benchmark_judged_split_follows_the_known_items_unless_named(two_systems, tmp_path, options, split, queries):
    report = benchmark(BenchmarkConfig("made", ("bm25",), cache=tmp_path, brief=True, **options))
    assert report.judged.split == split
    assert [row.query_id for row in report.judged.per_query] == queries


def test_benchmark_without_judged_queries_has_no_judged_part(two_systems, tmp_path):
    options = {"systems": ("bm25",), "cache": tmp_path, "brief": True}
    assert benchmark(BenchmarkConfig("other", **options)).judged is None
    with pytest.raises(ValueError, match="expected judged queries in other for --judged-split test, it has none"):
        benchmark(BenchmarkConfig("other", judged_split="test", **options))


def test_benchmark_judged_query_without_a_right_answer_is_refused_before_models_load(
    two_systems, monkeypatch, tmp_path
):
    useless = Judgments(
        "made",
        (JudgedQuery("j1", "sql", "test"),),
        (Judgment("j1", "a", 0, "one"),),
        JudgingRecord(assessors=[Assessor(name="one", kind="people")]),
    )
    monkeypatch.setattr(module, "load_judgments", lambda name: useless)
    monkeypatch.setattr(module, "load_systems", lambda *given, **options: pytest.fail("models were loaded"))
    with pytest.raises(ValueError, match=r"expected a grade of 1 or more .* grades of 0 only"):
        benchmark(BenchmarkConfig("made", ("bm25",), cache=tmp_path, brief=True))


def test_report_means_follow_from_the_ranks(report):
    """ndcg of ranks 1, 3, 2: 1, 1/2, 1/log2(3) = 0.631; tuned has 1, 1, 0.631."""
    assert report.systems["base"].metrics["ndcg@10"].mean == pytest.approx((1 + 0.5 + 0.63093) / 3, abs=1e-4)
    assert report.comparisons[0].difference == pytest.approx(0.5 / 3)
    assert (report.comparisons[0].wins, report.comparisons[0].ties) == (1, 2)


def test_report_family_precision_leaves_out_listings_without_a_family(report):
    """Of ten places one holds the Data Engineer for q1, two hold Data Analysts for q2: 0.1 and 0.2."""
    estimate = report.systems["base"].metrics["family_precision@10"]
    assert estimate.mean == pytest.approx(0.15)
    assert estimate.n == 2
    compared = next(row for row in report.comparisons if row.metric == "family_precision@10")
    assert compared.wins + compared.ties + compared.losses == 2


def test_report_triplet_accuracy_needs_the_positive_above_the_negative(report):
    """q3's positive and negative tie for the dense systems: a miss."""
    assert report.systems["base"].metrics["triplet_accuracy"].mean == pytest.approx(2 / 3)


def test_report_is_written_as_the_contract_says(report, tmp_path):
    written = json.loads((tmp_path / "out.json").read_text())
    assert written.pop("sha256") == checksum(written)
    assert written == report.as_json()
    assert BenchmarkReport.load(tmp_path / "out.json") == report
    assert {"dataset", "split", "n_queries", "n_listings", "systems", "comparisons", "per_query"} <= set(written)
    assert set(written["systems"]["base"]) == {
        "ndcg@10",
        "mrr@10",
        "recall@1",
        "recall@10",
        "family_precision@10",
        "stated_family_precision@10",
        "triplet_accuracy",
        "query_ms",
        "fingerprint",
        "scoring",
    }
    first = written["comparisons"][0]
    assert (first["a"], first["b"], first["metric"]) == ("tuned", "base", "ndcg@10")
    assert set(first) == {
        "a",
        "b",
        "metric",
        "difference",
        "low",
        "high",
        "p_value",
        "wins",
        "ties",
        "losses",
        "verdict",
    }
    assert first["verdict"] == "NO DIFFERENCE"


def test_table_names_systems_and_verdicts(report, capsys):
    table = render_table(report)
    assert "3 queries, each ranking 4 listings" in table
    assert "tuned - base" in table
    assert "NO DIFFERENCE" in table


def test_ordered_pairs_put_the_later_system_first_and_bm25_last():
    assert ordered_pairs(["base", "tuned", "bm25"]) == [("tuned", "base"), ("tuned", "bm25"), ("base", "bm25")]


def test_report_stated_family_precision_is_of_queries_that_state_a_family(report):
    """No query of these states one."""
    assert report.systems["base"].metrics["stated_family_precision@10"] is None


def test_report_groups_need_five_queries(report):
    assert report.styles == {}
    assert report.families == {}


def test_report_hybrid_weight_is_chosen_on_validation(two_systems, tmp_path):
    """For v1 the model prefers z, which has no keyword either; words find a and c, so they get all the weight."""
    report = benchmark(BenchmarkConfig("made", ("base=one", "bm25", "hybrid"), cache=tmp_path, brief=True))
    assert report.systems["hybrid"].weight == 0
    assert report.systems["hybrid"].fingerprint.startswith("hybrid-pairs-squared-")
    ranks = [row.ranks for row in report.per_query]
    assert [row["hybrid"] for row in ranks] == [row["bm25"] for row in ranks]


@pytest.fixture
def counts(two_systems, monkeypatch):
    monkeypatch.setattr(measure, "load_encoder", lambda name, **options: CountingEncoder(KEYWORDS[name], name))
    CountingEncoder.counts.clear()
    return CountingEncoder.counts


@pytest.mark.parametrize("split", ["test", "validation"])
def test_benchmark_encodes_each_query_once_a_model(counts, monkeypatch, tmp_path, split):
    """For table, robustness, hybrid and both scorings of a model; only the timing, left out here, encodes them again."""
    monkeypatch.setattr("train.evaluation.measure.time_queries", lambda searcher, texts: [1.0])
    systems = ("base=one", "base-tokens=late_interaction:one", "tuned=two", "bm25", "hybrid")
    report = benchmark(BenchmarkConfig("made", systems, split=split, cache=tmp_path))
    asked = {row.query for row in report.per_query}
    assert {(model, text) for model in KEYWORDS for text in asked} <= set(counts)
    assert set(counts.values()) == {1}


def test_timing_encodes_each_query_anew(counts, tmp_path):
    benchmark(BenchmarkConfig("made", ("tuned=two", "hybrid"), brief=True, cache=tmp_path))
    # Once for the table, and for each of the two systems a warm-up and a timed one.
    assert {counts["two", text] for text in ("sql", "python", "kitchen")} == {5}


def test_card_of_another_model_is_refused(report, tmp_path):
    make_run().save(tmp_path / "run.json")
    with pytest.raises(ValueError, match="it is another; train it anew"):
        update_card(tmp_path, report, "tuned")
    make_run(tuned_hash=report.systems["tuned"].fingerprint).save(tmp_path / "run.json")
    update_card(tmp_path, report, "tuned")
    assert BenchmarkReport.load(tmp_path / "benchmark.json") == report
    assert "Results on the test split" in (tmp_path / "README.md").read_text()


def test_card_of_a_folder_without_a_run_record_is_refused(report, tmp_path):
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(ValueError, match=r"expected .*run\.json as its command wrote it"):
        update_card(tmp_path, report, "tuned")


def test_parse_systems():
    assert parse_systems(["base=a/b", "bm25", "tokens=late_interaction:c", "first=first:a/b", "hybrid"]) == {
        "base": SystemSpec("base", "a/b"),
        "bm25": SystemSpec("bm25"),
        "tokens": SystemSpec("tokens", "c", "late_interaction"),
        "first": SystemSpec("first", "a/b", "first"),
        "hybrid": SystemSpec("hybrid", dense="first"),
    }


def test_parse_systems_hybrid_without_a_model_is_refused():
    with pytest.raises(ValueError, match="expected a NAME=MODEL before hybrid"):
        parse_systems(["bm25", "hybrid", "a=b"])


@pytest.mark.parametrize(
    ("asked", "scoring"), [("windows", "max_passage"), ("tokens", "late_interaction"), ("first", "first")]
)
def test_parse_systems_takes_former_names_of_scorings(asked, scoring):
    assert parse_systems([f"a={asked}:b/c"]) == {"a": SystemSpec("a", "b/c", scoring)}


def test_parse_systems_a_colon_or_a_scoring_alone_is_a_models_name():
    assert parse_systems(["a=C:/models/one", "b=first"]) == {
        "a": SystemSpec("a", "C:/models/one"),
        "b": SystemSpec("b", "first"),
    }


@pytest.mark.parametrize("value", ["base", "=x", "base=", "base=first:", "base=late_interaction:"])
def test_parse_systems_malformed_is_refused(value):
    with pytest.raises(ValueError, match="expected systems as NAME=MODEL"):
        parse_systems([value])


def test_parse_systems_repeated_name_is_refused():
    with pytest.raises(ValueError, match="got 'a' again"):
        parse_systems(["a=x", "a=y"])


def test_command_unknown_split_is_one_line_and_status_2(two_systems, capsys):
    assert main(["--dataset", "made", "--split", "dev", "--systems", "bm25"]) == 2
    assert "got 'dev'; name one of them" in capsys.readouterr().err
