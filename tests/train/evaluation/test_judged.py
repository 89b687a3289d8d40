"""Judged queries in the benchmark: values by hand, facts, groups, verdicts."""

from dataclasses import replace
from statistics import fmean

import bm25s
import pytest
import Stemmer

from data.corpus.pipeline import build_corpus, filter_listings
from data.corpus.titles import FAMILIES
from data.judgments.files import read_judgments
from data.judgments.records import JudgedQuery, JudgingRecord, Judgment, Judgments, StatedFacts
from data.sources.source import SAMPLE_NAME, SAMPLE_PATH, open_source, read_listings
from search.benchmark_report import JUDGED_METRICS, Assessor
from search.lexical import STOP_WORDS, LexicalSearcher
from tests.fakes import listing
from train.evaluation.judged import build_judged_report, evaluate_judged

# BM25 finds listings by the words they share with the query, more words first; ties by id.
LISTINGS = (
    listing("a", "sql dbt airflow", title="Data Engineer", seniority="junior", location="Berlin, Germany"),
    listing("b", "sql dbt", title="Data Engineer", seniority="senior", location="Paris, France"),
    listing("c", "sql", title="Data Analyst", seniority="junior", location="Berlin, Germany"),
    listing("d", "poetry", title="Poet", seniority="junior", location="Rome, Italy"),
)


def judgments(grades, *queries, agreement=()):
    record = JudgingRecord(assessors=[Assessor(name="x", kind="people")], agreement=list(agreement))
    rows = tuple(Judgment(query_id, name, grade, "x") for (query_id, name), grade in grades.items())
    return Judgments("test", queries, rows, record)


def test_evaluate_judged_grades_the_ranking():
    """BM25 ranks a, b, c. wrong: b (0) and seven unfilled ranks of ten; precision: a (3) of five ranks;
    judged: a and b of three."""
    query = JudgedQuery("q", "sql dbt airflow", "test")
    result = evaluate_judged(LexicalSearcher(LISTINGS), judgments({("q", "a"): 3, ("q", "b"): 0}, query), LISTINGS)
    values = {name: result.values[name][0] for name in JUDGED_METRICS}
    assert values == pytest.approx(
        {"ndcg@10": 1, "condensed_ndcg@10": 1, "precision@5": 0.2, "wrong@10": 0.9, "judged@10": 2 / 3}
    )


def test_evaluate_judged_condensed_ndcg_looks_beyond_the_ten():
    """The one judged listing is at rank 11 of twelve, whose ten before it nobody judged."""
    listings = [listing(f"l{number:02d}", "sql") for number in range(12)]
    part = judgments({("q", "l10"): 2}, JudgedQuery("q", "sql", "test"))
    values = evaluate_judged(LexicalSearcher(listings), part, listings).values
    assert (values["ndcg@10"], values["condensed_ndcg@10"], values["judged@10"]) == ([0], [1], [0])


def test_facts_are_shares_of_the_ten_beside_chance_and_the_best():
    """Of a, b, c two are junior, so 0.2 of ten ranks; of four listings three are, so chance 0.75, best 3 / 10.
    In Berlin: a and c, so 0.2; chance 2 / 4; best 2 / 10. Without airflow: b and c; d too in the corpus."""
    stated = StatedFacts(level=("Junior",), place=("berlin",), excluded=("Airflow",))
    query = JudgedQuery("q", "sql dbt airflow", "test", stated=stated)
    part = judgments({("q", "a"): 3}, query)
    result = evaluate_judged(LexicalSearcher(LISTINGS), part, LISTINGS)
    assert result.facts == [pytest.approx({"level": 0.2, "place": 0.2, "exclusion": 0.2})]
    facts = build_judged_report("test", part, LISTINGS, {"bm25": result}).facts
    assert {name: (row.n, row.chance, row.best) for name, row in facts.items()} == {
        "level": (1, 0.75, pytest.approx(0.3)),
        "place": (1, 0.5, pytest.approx(0.2)),
        "exclusion": (1, 0.75, pytest.approx(0.3)),
    }
    assert facts["level"].systems["bm25"].mean == pytest.approx(0.2)


def test_facts_family_and_work_mode_go_by_the_listings_fields():
    stated = StatedFacts(family=("data analyst",), work_mode=("remote", "hybrid"))
    fits = listing("x", "sql", family="Data Analyst", work_mode="hybrid")
    other = listing("y", "sql", family=None, work_mode="")
    assert stated.meets(fits) == {"family": True, "work mode": True}
    assert stated.meets(other) == {"family": False, "work mode": False}


class Turned(LexicalSearcher):
    """Finds what BM25 finds last first."""

    def scores(self, queries):
        return -super().scores(queries)


@pytest.fixture
def report():
    """Twelve listings of which BM25 finds those with more words first, and eight queries, half of them answered.

    The judged ones are l00 (3), l01 (1) and l11 (0); turned has neither l00 nor l01 among its ten.
    """
    listings = [listing(f"l{number:02d}", "sql " * (12 - number) + "x " * 5 * number) for number in range(12)]
    queries = [JudgedQuery(f"q{n}", "sql", "test", kind="skills" if n < 6 else "rare") for n in range(8)]
    grades = {
        (query.query_id, name): grade if number % 2 else 1 - (name == "l11")
        for number, query in enumerate(queries)
        for name, grade in (("l00", 3), ("l01", 1), ("l11", 0))
    }
    part = judgments(grades, *queries)
    searchers = {"turned": Turned(listings), "bm25": LexicalSearcher(listings)}
    return build_judged_report(
        "test", part, listings, {name: evaluate_judged(one, part, listings) for name, one in searchers.items()}
    )


def test_build_judged_report_shows_kinds_of_five_queries_and_more(report):
    assert {kind: row.n for kind, row in report.kinds.items()} == {"skills": 6}
    assert report.kinds["skills"].systems["bm25"].ndcg.mean == 1


def test_build_judged_report_verdicts_say_who_is_better_also_where_less_is(report):
    """turned: all ten wrong; bm25: eight, as l00 and l01 are none."""
    rows = {row.metric: row for row in report.comparisons}
    assert {(row.a, row.b) for row in rows.values()} == {("turned", "bm25")}
    assert (rows["ndcg@10"].verdict, rows["ndcg@10"].wins, rows["ndcg@10"].losses) == ("LOSS", 0, 8)
    assert rows["wrong@10"].difference == pytest.approx(0.2)
    assert (rows["wrong@10"].verdict, rows["wrong@10"].wins, rows["wrong@10"].losses) == ("LOSS", 0, 8)


def test_build_judged_report_intervals_are_over_queries(report):
    """bm25's precision is 1 / 5 for four queries and 0 for four: resampling queries gives an interval around 0.1."""
    estimate = report.systems["bm25"].metrics["precision@5"]
    assert estimate.mean == pytest.approx(0.1)
    assert 0 < estimate.low < 0.08
    assert 0.12 < estimate.high < 0.2
    row = next(row for row in report.comparisons if row.metric == "precision@5")
    assert row.difference == pytest.approx(-0.1)
    assert -0.2 < row.low < row.difference < row.high < 0


def test_build_judged_report_marks_a_lower_bound_below_nine_in_ten_judged(report):
    assert report.systems["bm25"].metrics["judged@10"].mean == pytest.approx(0.2)
    assert report.systems["bm25"].is_bound
    everything = {("q", one.listing_id): 1 for one in LISTINGS}
    part = judgments(everything, JudgedQuery("q", "sql dbt airflow", "test"))
    result = evaluate_judged(LexicalSearcher(LISTINGS), part, LISTINGS)
    whole = build_judged_report("test", part, LISTINGS, {"bm25": result})
    assert not whole.systems["bm25"].is_bound
    assert (whole.n_queries, whole.n_judgments) == (1, 4)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("split", "expected"),
    [("development", (0.310, 0.221, 0.588)), ("test", (0.336, 0.263, 0.544))],
)
def test_bm25_has_the_numbers_that_the_judgments_came_with(split, expected):
    """ndcg@10, precision@5 and wrong@10 of whoever made the judgments, by code of their own, over titles and texts."""
    rows = read_listings(open_source("sample"), {})
    corpus = build_corpus(filter_listings(rows, titles=",".join(FAMILIES), source_name=SAMPLE_NAME), preferred=())
    listings = [replace(one, facts="") for one in corpus.listings]
    whole = read_judgments(SAMPLE_PATH.parent / "judged").of_split(split)
    part = replace(whole, grades=tuple(one for one in whole.grades if one.assessor == "assessor-1"))
    values = evaluate_judged(LexicalSearcher(listings, terms=plain_terms), part, listings).values
    means = [fmean(values[name]) for name in ("ndcg@10", "precision@5", "wrong@10")]
    assert means == pytest.approx(expected, abs=0.0006)
    assert fmean(values["judged@10"]) == 1


def plain_terms(texts):
    """Words of two letters or more, as bm25s finds them; ours has R and C++, too."""
    stemmer = Stemmer.Stemmer("english")
    found = bm25s.tokenize(list(texts), stopwords=STOP_WORDS, stemmer=stemmer, return_ids=False, show_progress=False)
    return [list(terms) for terms in found]
