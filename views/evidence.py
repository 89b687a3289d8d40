"""The benchmark as a table with intervals and verdicts."""

from collections.abc import Mapping, Sequence
from typing import Any

from search.records import Listing
from views.escape import escape
from views.gained import render_changed

METRICS = {
    "ndcg@10": "nDCG@10",
    "mrr@10": "MRR@10",
    "recall@1": "Recall@1",
    "recall@10": "Recall@10",
    "family_precision@10": "Family precision@10",
    "role_precision@10": "Role precision@10",
    "triplet_accuracy": "Triplet accuracy",
}
# The JSON compares by more; what people ask first is whether it is better, and whether it minds the role they named.
COMPARED = ("ndcg@10", "role_precision@10")
GROUPS = {
    "styles": "nDCG@10 by query style",
    "families": "nDCG@10 by family",
    "robustness": "nDCG@10 of the same queries, worse typed",
}
BENCHMARK_COMMAND = (
    "python -m train.benchmark --dataset build/dataset --split test "
    "--systems base=sentence-transformers/all-MiniLM-L6-v2 base-tokens=tokens:sentence-transformers/all-MiniLM-L6-v2 "
    "tuned=build/model bm25 hybrid --json build/benchmark.json"
)
READ = {"tokens": "in windows and by token", "first": "its first tokens only", "windows": "in windows"}
FICTIONAL = (
    "The corpus is fictional: its listings and queries were written by a language model for this project. "
    "The numbers compare methods on that text; they do not say how well either does on a real job board."
)


def render_evidence(
    report: Mapping[str, Any] | None, *, problem: str = "", listings: Mapping[str, Listing] | None = None
) -> str:
    """Return the tab: tables, or how to make the report where there is none; `listings` give the titles."""
    if report is None:
        return (
            f'<div class="sl-hint"><p>{escape(problem or "No benchmark has been run for these models yet.")} '
            f"Make one, then start the app again:</p><pre>{escape(BENCHMARK_COMMAND)}</pre></div>"
        )
    note = f'<p class="sl-notice">{escape(FICTIONAL)}</p>' if report.get("fictional") else ""
    lead = (
        f"{report['n_queries']} queries of the {escape(report['split'])} split, each ranking all {report['n_listings']} listings. "
        "Training saw neither these queries nor what they ask for as an answer; a listing and its reposts are in one split only. "
        "Each query was written for one listing (known item), so another that fits it counts as a miss."
    )
    method = (
        "In brackets: 95 % bootstrap intervals. p: paired randomisation test with 10,000 draws, so 0.0001 is the least it can show; "
        "not corrected for the number of comparisons. Both keep the queries of one listing together. WIN: the interval of the "
        "difference is above 0. Family precision: share of the ten results whose title names the wanted occupation; role precision: the same, of queries that name one. "
        "Triplet accuracy: "
        "how often the right listing scores above one easy wrong one; it is near 1 for any model. base: the model as it comes; "
        "base-tokens: the same, read as tuned is, so that the difference is the fine-tuning; tuned: fine-tuned; bm25: word matching; hybrid: tuned with words and phrases, weighed on validation. A query worse typed counts only where "
        "that changes it."
    )
    return (
        f'<div class="sl-evidence"><p>{lead}</p>{note}'
        f"{_systems_table(report['systems'])}{_comparisons_table(report['comparisons'])}{_groups_tables(report)}"
        f"{render_changed(report, listings or {})}"
        f'<p class="sl-legend">{method}</p></div>'
    )


def _systems_table(systems: Mapping[str, Mapping[str, Any]]) -> str:
    names = list(systems)
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    # An older report has fewer metrics.
    known = {metric: label for metric, label in METRICS.items() if all(metric in row for row in systems.values())}
    rows = "".join(_metric_row(metric, label, systems) for metric, label in known.items())
    speed = "".join(f"<td><b>{systems[name]['query_ms']['mean']:.1f} ms</b></td>" for name in names)
    # An older report does not tell.
    readings = [str(row.get("reading", "not told")) for row in systems.values()]
    read = "".join(f"<td>{escape(READ.get(reading, reading))}</td>" for reading in readings)
    return (
        '<div class="sl-scroll" tabindex="0" role="region" aria-label="Each system"><table><caption>Each system</caption>'
        f'<thead><tr><th scope="col">Metric</th>{head}</tr></thead>'
        f'<tbody><tr><th scope="row">Reads a listing</th>{read}</tr>{rows}<tr><th scope="row">Time a query</th>{speed}</tr></tbody></table></div>'
    )


def _metric_row(metric: str, label: str, systems: Mapping[str, Mapping[str, Any]]) -> str:
    means = [row[metric]["mean"] for row in systems.values() if row[metric]]
    cells = "".join(_metric_cell(row[metric], max(means, default=0.0)) for row in systems.values())
    return f'<tr><th scope="row">{escape(label)}</th>{cells}</tr>'


def _metric_cell(value: Mapping[str, float] | None, best: float) -> str:
    if value is None:
        return "<td>not measured</td>"
    top = ' class="sl-best"' if value["mean"] == best else ""
    low, width = value["low"] * 100, max(0.5, (value["high"] - value["low"]) * 100)
    return (
        f"<td{top}><b>{value['mean']:.3f}</b> <small>[{value['low']:.3f}, {value['high']:.3f}]</small>"
        f'<span class="sl-interval" aria-hidden="true"><i style="left:{low:.1f}%;width:{width:.1f}%"></i></span></td>'
    )


def _comparisons_table(comparisons: Sequence[Mapping[str, Any]]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(row["a"])} against {escape(row["b"])}</th>'
        f"<td>{escape(METRICS.get(row['metric'], row['metric']))}</td>"
        f"<td><b>{row['difference']:+.3f}</b> <small>[{row['low']:+.3f}, {row['high']:+.3f}]</small></td>"
        f"<td>{row['p_value']:.4f}</td><td>{row['wins']} / {row['ties']} / {row['losses']}</td>"
        f'<td><span class="sl-verdict sl-verdict-{escape(row["verdict"].split()[0].lower())}">{escape(row["verdict"])}</span></td></tr>'
        for row in comparisons
        if row["metric"] in COMPARED
    )
    return (
        '<div class="sl-scroll" tabindex="0" role="region" aria-label="Against each other">'
        "<table><caption>Against each other</caption><thead><tr>"
        '<th scope="col">Systems</th><th scope="col">Metric</th><th scope="col">Difference</th>'
        '<th scope="col">p</th><th scope="col">Won / tied / lost</th><th scope="col">Verdict</th>'
        f"</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _groups_tables(report: Mapping[str, Any]) -> str:
    """Return a table for each way of grouping the queries that the report has."""
    names = list(report["systems"])
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    tables = []
    for key, caption in GROUPS.items():
        rows = "".join(
            f'<tr><th scope="row">{escape(group)} <small>{row["n"]} queries</small></th>'
            + "".join(_metric_cell(row["systems"][name]["ndcg@10"], 2.0) for name in names)
            + "</tr>"
            for group, row in report.get(key, {}).items()
        )
        if rows:
            tables.append(
                f'<div class="sl-scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
                f'<caption>{escape(caption)}</caption><thead><tr><th scope="col">Queries</th>{head}</tr></thead>'
                f"<tbody>{rows}</tbody></table></div>"
            )
    return "".join(tables)
