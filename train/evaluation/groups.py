"""Scores on groups of queries: by style, by family, by kind."""

from collections.abc import Mapping, Sequence

from search.benchmark_report import GroupRow, GroupScore
from train.evaluation.significance import bootstrap_mean

# Below so many queries an interval says nothing.
MIN_GROUP = 5


def group_rows(names: Sequence[str], units: Sequence[str], ndcg: Mapping[str, Sequence[float]]) -> dict[str, GroupRow]:
    """Return each system's ndcg@10 on groups of MIN_GROUP queries, in the order that they appear.

    Args:
        names: Each query's group; "" for none.
        units: What is resampled, see `bootstrap_mean`.
        ndcg: System -> ndcg@10 of each query.
    """
    members: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        if name:
            members.setdefault(name, []).append(number)
    rows = {}
    for name, numbers in members.items():
        if len(numbers) >= MIN_GROUP:
            own = [units[number] for number in numbers]
            scores = {
                system: GroupScore(ndcg=bootstrap_mean([values[number] for number in numbers], own))
                for system, values in ndcg.items()
            }
            rows[name] = GroupRow(n=len(numbers), systems=scores)
    return rows
