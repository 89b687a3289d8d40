"""Filters: which listings may be ranked."""

from comparison.filters import Filters, filter_choices
from comparison.request import ComparisonRequest
from search.lexical import LexicalSearcher
from tests.comparison.test_systems import make_systems
from tests.fakes import listing

CORPUS = [
    listing("a", "we need sql and java", family="Data Analyst", location="Berlin, Germany", work_mode="Remote"),
    listing("b", "dashboards in javascript", family="Data Analyst", location="Bern", work_mode="Hybrid"),
    listing("c", "training models", title="Trainer", family=None, seniority="Senior"),
]
WORDS = LexicalSearcher(CORPUS)


def passing(**wanted):
    mask = Filters(**wanted).mask(CORPUS, WORDS)
    return "".join(one.listing_id for one, allowed in zip(CORPUS, mask, strict=True) if allowed)


def test_filters_that_ask_nothing_pass_everything():
    assert passing() == "abc"
    assert not Filters()
    assert Filters(location="x")


def test_filters_join_what_is_asked_for():
    assert passing(family="Data Analyst") == "ab"
    assert passing(family="Data Analyst", work_mode="Remote") == "a"
    assert passing(seniority="Senior") == "c"
    assert passing(seniority="Junior") == ""


def test_location_is_a_part_in_any_case():
    assert passing(location="ber") == "ab"
    assert passing(location="GERMANY") == "a"


def test_excluded_words_are_whole_words_in_any_form():
    assert passing(exclude="java") == "bc"
    assert passing(exclude="dashboard, model") == "a"
    assert passing(exclude="TRAINERS") == "ab"


def test_excluded_words_that_nobody_uses_exclude_nobody():
    assert passing(exclude="cobol, the") == "abc"
    assert Filters(exclude=" java;java,  sql ").excluded_words == ("java", "sql")


def test_filter_choices_are_what_the_corpus_has():
    assert filter_choices(CORPUS) == {
        "family": ["Data Analyst"],
        "work_mode": ["Hybrid", "Remote"],
        "seniority": ["Senior"],
    }


def test_filters_apply_before_ranking_in_every_list():
    """Both corpus listings would be ranked; the one about python may not."""
    comparison = make_systems().compare(ComparisonRequest("sql python", 2, filters=Filters(exclude="python")))
    assert comparison.base.listing_ids == comparison.tuned.listing_ids == ("a",)
    assert comparison.ranked == 1
    assert make_systems().compare(ComparisonRequest("sql", 1)).ranked == 2


def test_filters_that_let_nothing_pass_give_empty_lists():
    comparison = make_systems().compare(ComparisonRequest("sql", 2, filters=Filters(location="nowhere")))
    assert comparison.base.hits == comparison.tuned.hits == ()
