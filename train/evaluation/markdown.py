"""A benchmark report in words and Markdown tables, for cards and README."""

from collections.abc import Mapping
from typing import Any

METRICS = ("ndcg@10", "mrr@10", "recall@1", "recall@10", "family_precision@10", "role_precision@10", "triplet_accuracy")
WORDS = {"WIN": "better than", "LOSS": "worse than", "NO DIFFERENCE": "not measurably different from"}
GROUPS = {"styles": "query style", "families": "family", "robustness": "queries, as typed and worse"}


def render_verdicts(report: Mapping[str, Any], system: str) -> str:
    """Say in words how a system did against each other one, by ndcg@10."""
    lines = []
    for row in report["comparisons"]:
        if row["metric"] == "ndcg@10" and system in (row["a"], row["b"]):
            turned = row["b"] == system
            other, sign = (row["a"], -1) if turned else (row["b"], 1)
            verdict = {"WIN": "LOSS", "LOSS": "WIN"}.get(row["verdict"], row["verdict"]) if turned else row["verdict"]
            low, high = sorted((sign * row["low"], sign * row["high"]))
            lines.append(
                f"- **{verdict}**: {system} is {WORDS[verdict]} {other} "
                f"({sign * row['difference']:+.3f} [{low:+.3f}, {high:+.3f}], p = {row['p_value']:.4f})."
            )
    return "\n".join(lines)


def render_results(report: Mapping[str, Any]) -> str:
    """Return a Markdown table: a row a metric, a column a system."""
    systems = report["systems"]
    rows = [
        f"| {metric.replace('_', ' ')} | " + " | ".join(_cell(row[metric]) for row in systems.values()) + " |"
        for metric in METRICS
        if any(row[metric] for row in systems.values())
    ]
    return "\n".join([_head("metric", list(systems)), *rows])


def render_groups(report: Mapping[str, Any]) -> str:
    """Return Markdown tables of ndcg@10 by style, family and worse typed queries, and of everyday sentences."""
    names = list(report["systems"])
    tables = []
    for key, title in GROUPS.items():
        if report.get(key):
            rows = [
                f"| {group} ({row['n']}) | " + " | ".join(_cell(row["systems"][one]["ndcg@10"]) for one in names) + " |"
                for group, row in report[key].items()
            ]
            tables.append("\n".join([_head(f"ndcg@10 by {title}", names), *rows]))
    if report.get("similarity"):
        kept = report["similarity"]
        tables.append(
            "What tuning forgot: everyday sentences, written by a language model for this project, whose nearness the "
            "model should rank (same meaning, same topic, neither).\n\n"
            + "\n".join(
                [
                    _head("everyday sentences", list(kept)),
                    "| in the right order | " + " | ".join(_cell(row["in_order"]) for row in kept.values()) + " |",
                    "| Spearman | " + " | ".join(f"{row['spearman']:.3f}" for row in kept.values()) + " |",
                ]
            )
        )
    return "\n\n".join(tables)


def _head(first: str, names: list[str]) -> str:
    return f"| {first} | " + " | ".join(names) + " |\n|" + "---|" * (len(names) + 1)


def _cell(value: Mapping[str, float] | None) -> str:
    return f"{value['mean']:.3f} [{value['low']:.3f}, {value['high']:.3f}]" if value else "-"
