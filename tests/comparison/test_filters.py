"""Filters: which listings may be ranked."""

from comparison.filters import Filters, filter_choices
from comparison.request import ComparisonRequest
from search.phrases import PhraseFinder
from tests.comparison.test_systems import make_systems
from tests.fakes import listing

CORPUS = [
    listing("a", "we need sql and java", family="Data Analyst", location="Berlin, Germany", work_mode="Remote"),
    listing("b", "dashboards in javascript", family="Data Analyst", location="Bern", work_mode="Hybrid"),
    listing("c", "training models", title="Trainer", family=None, seniority="Senior"),
]
PHRASES = PhraseFinder(CORPUS)


def passing(**wanted):
    mask, _ = Filters(**wanted).mask(CORPUS, PHRASES)
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


def test_location_is_a_place_by_any_usual_name_or_the_beginning_of_its_words():
    assert passing(location="ber") == "ab"
    assert passing(location="GERMANY") == "a"
    assert passing(location="EU") == "a"
    assert passing(location="be") == ""


def test_excluded_phrases_are_whole_words_and_inflections_only_where_asked():
    assert passing(exclude="java") == "bc"
    assert passing(exclude="dashboard, model") == "abc"
    assert passing(exclude="dashboard*, model*") == "a"
    assert passing(exclude="TRAINER") == "ab"
    assert passing(exclude="sql java") == "abc"


def test_excluded_phrases_that_nobody_uses_exclude_nobody():
    assert passing(exclude="cobol, sql and") == "bc"
    assert passing(exclude="cobol, *, +") == "abc"
    assert Filters(exclude=" big  data;java, java ,sql").excluded_phrases == ("big data", "java", "sql")


def test_mask_counts_what_each_phrase_removed_of_what_passes_otherwise():
    """java is in a, and s* begins a word of a (sql) only; c, with `Trainer`, is no Data Analyst."""
    mask, removed = Filters(family="Data Analyst", exclude="java, s*, trainer").mask(CORPUS, PHRASES)
    assert mask.tolist() == [False, True, False]
    assert removed == {"java": 1, "s*": 1, "trainer": 0}


def test_filter_choices_are_what_the_corpus_has():
    assert filter_choices(CORPUS) == {
        "family": ["Data Analyst"],
        "work_mode": ["Hybrid", "Remote"],
        "seniority": ["Senior"],
    }


def test_spellings_of_one_value_are_one_choice_the_most_frequent_and_all_pass():
    levels = ("Mid-Senior level", "mid-senior level", "Mid-Senior level", "Entry level")
    corpus = [listing(str(number), "", seniority=level) for number, level in enumerate(levels)]
    assert filter_choices(corpus)["seniority"] == ["Entry level", "Mid-Senior level"]
    mask, _ = Filters(seniority="Mid-Senior level").mask(corpus, PhraseFinder(corpus))
    assert mask.tolist() == [True, True, True, False]


def test_filters_apply_before_ranking_in_every_list():
    """Both corpus listings would be ranked; the one about python may not."""
    comparison = make_systems().compare(ComparisonRequest("sql python", 2, filters=Filters(exclude="python")))
    assert comparison.base.listing_ids == comparison.tuned.listing_ids == ("a",)
    assert comparison.ranked == 1
    assert make_systems().compare(ComparisonRequest("sql", 1)).ranked == 2


def test_filters_that_let_nothing_pass_give_empty_lists():
    comparison = make_systems().compare(ComparisonRequest("sql", 2, filters=Filters(location="nowhere")))
    assert comparison.base.hits == comparison.tuned.hits == ()
