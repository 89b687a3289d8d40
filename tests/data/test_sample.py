"""The corpus that ships: schema, ids, the counts its README gives, and splits without leaks."""

import json
from collections import Counter
from itertools import pairwise

import pytest

from data.corpus.near_duplicates import sketch_text
from data.corpus.pipeline import build_corpus, filter_listings
from data.corpus.titles import FAMILIES, find_family
from data.judging.agreement import compare_assessors
from data.judgments.files import read_judgments
from data.judgments.resolving import check_unseen, resolve_judgments
from data.queries.given import own_queries, select_queries
from data.queries.splitting import split_queries
from data.sources.source import SAMPLE_PATH, open_source, read_listings
from data.splits import assign_splits

pytestmark = pytest.mark.slow

FIELDS = {
    "listing_id": str,
    "title": str,
    "company": str,
    "location": str,
    "work_mode": str,
    "seniority": str,
    "industry": str,
    "description": str,
    "skills": list,
    "queries": list,
}


@pytest.fixture(scope="module")
def rows():
    return [json.loads(line) for line in SAMPLE_PATH.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def corpus():
    listings = read_listings(open_source("sample"))
    return build_corpus(filter_listings(listings, titles=",".join(FAMILIES), source_name="sample"))


def test_sample_schema(rows):
    for row in rows:
        assert set(row) == {*FIELDS, "family"}, row["listing_id"]
        for name, kind in FIELDS.items():
            assert isinstance(row[name], kind), (row["listing_id"], name)
        assert row["title"] and row["description"]
    assert len({row["listing_id"] for row in rows}) == len(rows) == 704


def test_sample_counts_are_those_of_its_readme(rows):
    with_queries = [row for row in rows if row["queries"]]
    others = [row for row in rows if row["family"] is None]
    reposts = [row for row in rows if row["listing_id"].startswith("repost-")]
    assert (len(with_queries), len(others), len(reposts)) == (600, 80, 24)
    assert Counter(len(row["queries"]) for row in with_queries) == {3: 111, 6: 489}
    named_in_text = [row for row in others if any(name.lower() in row["description"].lower() for name in FAMILIES)]
    assert len(named_in_text) == 7
    assert [sum(row["family"] == name for row in with_queries) for name in FAMILIES] == [100] * 6


def sample_queries():
    """The queries of the bundled listings that have some, by id."""
    listings = read_listings(open_source("sample"))
    return {one.listing_id: own_queries(one, is_sample=True) for one in listings if one.queries}


def test_sample_title_filter_agrees_with_the_planned_family(rows):
    assert [row["listing_id"] for row in rows if find_family(row["title"]) != row["family"]] == []


def test_sample_grouping_finds_every_repost(corpus):
    assert len(corpus.listings) == 600
    assert corpus.counts.dropped_near_duplicates == 24
    assert not [one.listing_id for one in corpus.listings if one.listing_id.startswith("repost-")]


def test_sample_listings_are_clean(corpus):
    assert not [one.listing_id for one in corpus.listings if "</" in one.text or "&amp;" in one.text]


def test_sample_splits_share_no_query_and_no_near_duplicate(corpus):
    given = sample_queries()
    queries, counts = select_queries(given, corpus.representative)
    assert counts.retained == 111 * 3 + 489 * 6
    found = split_queries(queries, leader=corpus.split_leader, seed=42)
    assert (found.by, found.queries) == ("group", tuple(queries))
    assert len({query.text.casefold() for query in queries}) == len(queries)
    split_of: dict[str, str] = {}
    for query, split in zip(queries, found.splits, strict=True):
        [answer] = query.answers
        assert split_of.setdefault(answer, split) == split
    assert split_of == assign_splits(split_of, {}, seed=42, leader=corpus.split_leader)
    runs = {one.listing_id: set(sketch_text(one.text).runs.tolist()) for one in corpus.listings}
    train = [name for name, split in split_of.items() if split == "train"]
    held_out = [name for name, split in split_of.items() if split != "train"]
    assert len(train) > 400
    assert len(held_out) > 80
    assert max(len(runs[a] & runs[b]) / len(runs[a] | runs[b]) for a in held_out for b in train) < 0.3


def test_sample_queries_are_in_the_stated_order_of_styles(rows):
    given = sample_queries()
    three = ("skills", "profile", "wish")
    styles = Counter(tuple(query.style for query in queries) for queries in given.values())
    assert styles == {three: 111, (*three, "plain", "changer", "cv"): 489}
    assert all(a != b for row in rows for a, b in pairwise(row["queries"]))


@pytest.fixture(scope="module")
def judgments():
    return read_judgments(SAMPLE_PATH.parent / "judged")


def test_sample_judgments_are_of_listings_of_the_corpus(judgments, corpus, caplog):
    """None is of a repost, and each query has a listing that fits it somehow; seven state a place where none is."""
    assert resolve_judgments(judgments, corpus.representative, corpus.listings) == judgments
    (warning,) = [record.getMessage() for record in caplog.records]
    assert warning.count("place of 'jq-") == 5
    assert " and 2 more;" in warning


def test_sample_judged_queries_are_none_of_the_bundled_queries(judgments):
    check_unseen(judgments, [query.text for queries in sample_queries().values() for query in queries])
    assert len({query.text.casefold() for query in judgments.queries}) == 96


def test_sample_judged_queries_are_half_of_each_kind_in_each_split(judgments):
    kinds = ("skills", "profile", "wish", "changer", "level", "place", "negation", "cv")
    counts = Counter((query.kind, query.split) for query in judgments.queries)
    assert counts == {(kind, split): 6 for kind in kinds for split in ("development", "test")}


def test_sample_judgments_counts_are_those_of_its_readme(judgments):
    grades = Counter(grade for graded in judgments.qrels.values() for grade in graded.values())
    assert grades == {0: 1958, 1: 1117, 2: 577, 3: 163}
    assert sum(grades.values()) == 3815
    first, second, third = (set(graded) for graded in judgments.by_assessor().values())
    assert (len(first), len(second), len(first & second), len(judgments.grades)) == (3243, 360, 360, 4175)
    assert (len(third), len(third & (first | second))) == (572, 0)
    facts = [query.stated for query in judgments.queries]
    stated = [sum(bool(getattr(one, name)) for one in facts) for name in ("family", "level", "work_mode", "place")]
    assert [*stated, sum(bool(one.excluded) for one in facts)] == [63, 42, 14, 24, 14]


def test_sample_agreement_of_assessors_follows_from_their_grades(judgments):
    """But for the order of systems, which needs their results."""
    (found,) = compare_assessors(judgments.by_assessor(), {})
    (told,) = judgments.record.agreement
    assert found == told.model_copy(update={"tau": None, "systems": []})
    assert (round(told.same, 2), round(told.kappa, 2), round(told.weighted_kappa, 2)) == (0.85, 0.76, 0.9)


def test_sample_judged_files_are_as_they_are_read(judgments):
    """No text changes by cleaning, so what ships is what is measured."""
    rows = (SAMPLE_PATH.parent / "judged" / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    texts = {row["query_id"]: (row["query"], row["want"]) for row in map(json.loads, rows)}
    assert {query.query_id: (query.text, query.want) for query in judgments.queries} == texts
