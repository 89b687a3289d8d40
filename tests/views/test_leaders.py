"""Which systems are marked as the best, or tied for it."""

from search.benchmark_report import ComparisonRow, Estimate
from tests.views.reports import compared
from views.leaders import find_leaders


def estimates(**means):
    return {name: None if mean is None else Estimate(mean=mean, low=0, high=1) for name, mean in means.items()}


def rows(*pairs, metric="ndcg@10"):
    return [ComparisonRow.model_validate(compared(metric, a=a, b=b, verdict=verdict)) for a, b, verdict in pairs]


def test_best_alone_is_the_best():
    verdicts = rows(("one", "two", "WIN"))
    assert find_leaders("ndcg@10", estimates(one=0.8, two=0.7), verdicts) == {"one": "best"}


def test_all_that_can_not_be_told_from_the_best_are_tied_with_it():
    """Two is not told from one, nor three from two, but three from one is."""
    verdicts = rows(("one", "two", "NO DIFFERENCE"), ("three", "two", "NO DIFFERENCE"), ("one", "three", "WIN"))
    found = find_leaders("ndcg@10", estimates(one=0.786, two=0.784, three=0.7), verdicts)
    assert found == {"one": "tied for best", "two": "tied for best"}


def test_less_is_better_where_it_is():
    verdicts = rows(("one", "two", "LOSS"), metric="wrong@10")
    assert find_leaders("wrong@10", estimates(one=0.4, two=0.2), verdicts) == {"two": "best"}


def test_without_comparisons_by_the_metric_nobody_leads():
    verdicts = rows(("one", "two", "WIN"))
    assert find_leaders("mrr@10", estimates(one=0.8, two=0.7), verdicts) == {}
    assert find_leaders("ndcg@10", estimates(one=None), verdicts) == {}
