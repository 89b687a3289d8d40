"""Whether a query found anything close, and whether it is English."""

import pytest

from comparison.closeness import LEAST_MEAN, is_close, is_foreign
from data.judgments.files import read_judgments
from data.sources.source import SAMPLE_PATH
from search.scoring import SCORINGS


@pytest.mark.parametrize("scoring", SCORINGS)
def test_mean_score_decides_by_its_scoring(scoring):
    least = LEAST_MEAN[scoring]
    assert is_close([(scoring, least)])
    assert not is_close([(scoring, least - 0.01)])


def test_one_model_that_finds_nothing_is_enough_and_none_says_nothing():
    assert not is_close([("max_passage", 0.0), ("late_interaction", 1.0)])
    assert is_close([])


@pytest.mark.parametrize(
    "query",
    [
        "Ich suche eine Stelle als Datenanalyst in Berlin",
        "je cherche un poste de data scientist à Paris en télétravail",
        "数据科学家 北京",
        "ищу работу аналитиком данных",
    ],
)
def test_other_languages_are_told(query):
    assert is_foreign(query)


def test_language_of_the_listings_is_not_foreign():
    query = "Ich suche eine Stelle als Datenanalyst in Berlin"
    assert not is_foreign(query, ("de", "en"))
    assert is_foreign(query, ("en", "fr"))
    assert is_foreign("I am looking for a job as a data analyst in the north of England", ("de",))


@pytest.mark.parametrize(
    "query", ["", "123", "flink kafka iceberg java", "asdfgh", "senior data scientist, remote, Canada"]
)
def test_names_of_tools_are_no_language(query):
    assert not is_foreign(query)


def test_no_judged_query_is_called_foreign():
    queries = [query.text for query in read_judgments(SAMPLE_PATH.parent / "judged").queries]
    assert len(queries) == 96
    assert not [query for query in queries if is_foreign(query)]
