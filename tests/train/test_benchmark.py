"""The benchmark over keyword encoders: numbers that can be worked by eye, and the JSON's shape."""

import json

import pytest

from data.dataset import JobDataset, Triplet
from search.records import Query
from tests.fakes import FakeEncoder, listing
from train import benchmark as module
from train.benchmark import BenchmarkConfig, benchmark, main
from train.evaluation import systems as measure
from train.evaluation.report import ordered_pairs, render_table
from train.evaluation.systems import SystemSpec, parse_systems


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
    chosen_on = (Triplet(Query("v1", "jobs", "a"), ("c",)), Triplet(Query("v2", "kitchen", "c"), ("a",)))
    dataset = JobDataset("made", listings, {"validation": chosen_on, "test": triplets})
    keywords = {"one": ("sql",), "two": ("sql", "python")}
    monkeypatch.setattr(module, "load_job_dataset", lambda name: dataset)
    monkeypatch.setattr(measure, "load_encoder", lambda name: FakeEncoder(keywords[name]))


@pytest.fixture
def report(two_systems, tmp_path):
    config = BenchmarkConfig("made", ("base=one", "tuned=two", "bm25"), json=tmp_path / "out.json", cache=tmp_path)
    return benchmark(config)


def test_report_ranks_the_whole_corpus_with_ties_by_id(report):
    """base has no keyword of q2 and q3: c, d and z tie at 1. tuned finds z; c and d tie for q3."""
    ranks = [row["ranks"] for row in report["per_query"]]
    assert [row["base"] for row in ranks] == [1, 3, 2]
    assert [row["tuned"] for row in ranks] == [1, 1, 2]
    assert (report["n_queries"], report["n_listings"]) == (3, 4)


def test_report_means_follow_from_the_ranks(report):
    """ndcg of ranks 1, 3, 2: 1, 1/2, 1/log2(3) = 0.631; tuned has 1, 1, 0.631."""
    assert report["systems"]["base"]["ndcg@10"]["mean"] == pytest.approx((1 + 0.5 + 0.63093) / 3, abs=1e-4)
    assert report["comparisons"][0]["difference"] == pytest.approx(0.5 / 3)
    assert (report["comparisons"][0]["wins"], report["comparisons"][0]["ties"]) == (1, 2)


def test_report_family_precision_leaves_out_listings_without_a_family(report):
    """Of ten places one holds the Data Engineer for q1, two hold Data Analysts for q2: 0.1 and 0.2."""
    assert report["systems"]["base"]["family_precision@10"]["mean"] == pytest.approx(0.15)
    assert report["systems"]["base"]["family_precision@10"]["n"] == 2
    compared = next(row for row in report["comparisons"] if row["metric"] == "family_precision@10")
    assert compared["wins"] + compared["ties"] + compared["losses"] == 2


def test_report_triplet_accuracy_needs_the_positive_above_the_negative(report):
    """q3's positive and negative tie for the dense systems: a miss."""
    assert report["systems"]["base"]["triplet_accuracy"]["mean"] == pytest.approx(2 / 3)


def test_report_is_written_as_the_contract_says(report, tmp_path):
    written = json.loads((tmp_path / "out.json").read_text())
    assert written == json.loads(json.dumps(report))
    assert {"dataset", "split", "n_queries", "n_listings", "systems", "comparisons", "per_query"} <= set(written)
    assert set(written["systems"]["base"]) == {
        "ndcg@10",
        "mrr@10",
        "recall@1",
        "recall@10",
        "family_precision@10",
        "role_precision@10",
        "triplet_accuracy",
        "query_ms",
        "fingerprint",
        "reading",
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


def test_report_role_precision_is_of_queries_that_name_a_role(report):
    """No query of these names one."""
    assert report["systems"]["base"]["role_precision@10"] is None


def test_report_groups_need_five_queries(report):
    assert report["styles"] == {}
    assert report["families"] == {}


def test_report_hybrid_weight_is_chosen_on_validation(two_systems, tmp_path):
    """For v1 the model prefers z, which has no keyword either; words find a and c, so they get all the weight."""
    report = benchmark(BenchmarkConfig("made", ("base=one", "bm25", "hybrid"), cache=tmp_path, brief=True))
    assert report["systems"]["hybrid"]["weight"] == 0
    assert report["systems"]["hybrid"]["fingerprint"].startswith("hybrid-pairs-squared-")
    ranks = [row["ranks"] for row in report["per_query"]]
    assert [row["hybrid"] for row in ranks] == [row["bm25"] for row in ranks]


def test_parse_systems():
    assert parse_systems(["base=a/b", "bm25", "tokens=tokens:c", "first=first:a/b", "hybrid"]) == {
        "base": SystemSpec("base", "a/b"),
        "bm25": SystemSpec("bm25"),
        "tokens": SystemSpec("tokens", "c", "tokens"),
        "first": SystemSpec("first", "a/b", "first"),
        "hybrid": SystemSpec("hybrid", dense="first"),
    }


def test_parse_systems_hybrid_without_a_model_is_refused():
    with pytest.raises(ValueError, match="expected a NAME=MODEL before hybrid"):
        parse_systems(["bm25", "hybrid", "a=b"])


@pytest.mark.parametrize("value", ["base", "=x", "base=", "base=first:", "base=tokens:"])
def test_parse_systems_malformed_is_refused(value):
    with pytest.raises(ValueError, match="expected systems as NAME=MODEL"):
        parse_systems([value])


def test_parse_systems_repeated_name_is_refused():
    with pytest.raises(ValueError, match="got 'a' again"):
        parse_systems(["a=x", "a=y"])


def test_command_unknown_split_is_one_line_and_status_2(two_systems, capsys):
    assert main(["--dataset", "made", "--split", "dev", "--systems", "bm25"]) == 2
    assert "got 'dev'; name one of them" in capsys.readouterr().err
