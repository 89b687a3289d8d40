"""The model card: what was trained on what, and what was measured, with intervals and a verdict in words."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from data.dataset_card import SAMPLE_NOTE
from search.hub_names import is_hub_id
from train.evaluation.markdown import render_groups, render_results, render_verdicts

OWN_NOTE = "Trained on `{dataset}`; what its licence allows for that data holds for models made from it as well."
METRICS = ("ndcg@10", "mrr@10", "recall@1", "recall@10")
RECIPE_NOTES = {
    "triplet": (
        "The tutorial's recipe: MultipleNegativesRankingLoss over triplets of a query, its listing and one negative, "
        "the other listings of the batch being negatives too"
    ),
    "listing": (
        "Each listing is encoded once a step for all its queries, by {passages} of its windows of up to {window} tokens; its score is their maximum; "
        "the other listings of the batch are the negatives. {noise:.0%} of the queries get a slip, short "
        "forms or fewer words, {roles:.0%} their listing's family"
    ),
}


OLD_READING = "Listings were read in a way that this version no longer has: measure it anew"
READING_NOTES = {
    "tokens": (
        "The results were measured on windows of about 256 tokens (each with the title), with a vector of each window and of each token in it: "
        "a fifth of a score is the cosine of the whole query and the best window, four fifths the mean over the query's tokens of the cosine of "
        "each and the listing's nearest token. With one vector a text, as below, expect less"
    ),
    "windows": "Read long listings in windows of about 256 tokens, title included, and take the maximum: the results were measured so",
    "first": "Of a long listing the first tokens are read only: the results were measured so",
}


def render_model_card(run: Mapping[str, Any], report: Mapping[str, Any] | None = None, *, system: str = "") -> str:
    """Return README.md of a model folder.

    Args:
        run: What run.json holds.
        report: What `python -m train.benchmark` measured; None before that.
        system: The model's name in the report.
    """
    name = f"{Path(run['base']['model']).name}, tuned for job search"
    note = SAMPLE_NOTE if run["fictional"] else OWN_NOTE.format(dataset=run["config"]["dataset"])
    measured = render_test_results(report, system) if report else ""
    return f"""---
{_front_matter(run, name, report, system)}
---

# {name}

{note}

{render_recipe(run)}
{measured}
{render_validation(run)}

## Limits

- English job listings. What the training data has none of, other occupations above all, the model was not taught.
- Each query was written for one listing; another that fits it counts as a miss, in training and in these numbers.
- Scores order one list; they can't be compared between models. Negations ("no on-call") are hardly understood.
- {READING_NOTES.get(run["config"]["recipe"]["reading"], OLD_READING)}.

## Use

```python
from sentence_transformers import SentenceTransformer

model = SentenceTransformer("path/or/name")
scores = model.similarity(model.encode_query("sql, dbt, airflow"), model.encode_document(["Data Engineer\\n..."]))
```

A listing is read as its title, a line break and its cleaned description.
"""


def _front_matter(run: Mapping[str, Any], name: str, report: Mapping[str, Any] | None, system: str) -> str:
    base = run["base"]["model"]
    data = ModelCardData(
        library_name="sentence-transformers",
        pipeline_tag="sentence-similarity",
        base_model=base if is_hub_id(base) else None,
        language=["en"],
        tags=["sentence-transformers", "job-search"],
        model_name=name if report else None,
        eval_results=_eval_results(report, system) if report else None,
    )
    return str(data.to_yaml())


def _eval_results(report: Mapping[str, Any], system: str) -> list[EvalResult]:
    kind = "the bundled fictional job listings" if report["fictional"] else "job listings"
    return [
        EvalResult(
            task_type="information-retrieval",
            task_name="Job search",
            dataset_type="shortlist",
            dataset_name=f"{kind} ({report['n_listings']} listings)",
            dataset_split=report["split"],
            metric_type=metric,
            metric_name=metric,
            metric_value=round(report["systems"][system][metric]["mean"], 4),
        )
        for metric in METRICS
    ]


def render_recipe(run: Mapping[str, Any]) -> str:
    """Return what was trained, how, and how long, in a paragraph and a line to repeat it."""
    config, recipe = run["config"], run["config"]["recipe"]
    frozen = f", the first {recipe['frozen_layers']} layers frozen" if recipe["frozen_layers"] else ""
    return f"""## Recipe `{recipe["name"]}`

Fine-tuned on {run["train"]["listings"]} listings with {run["train"]["queries"]} queries. {RECIPE_NOTES[recipe["rows"]].format(**recipe)}.
Up to {recipe["epochs"]} epochs, batch {recipe["batch"]}, learning rate {recipe["learning_rate"]}, scale {recipe["scale"]}, dropout
{recipe["dropout"]}{frozen}, seed {config["seed"]}; {run["seconds"]["train"]:.0f} s of training. The epoch with the best validation ndcg@10
is kept. `run.json` holds what is needed to repeat it (data `{run["dataset_hash"]}`, base `{run["base_hash"]}`)."""


def render_validation(run: Mapping[str, Any]) -> str:
    """Return the validation's table: it chose the epoch, so it leans towards the tuned model."""
    validation = run["validation"]
    rows = "\n".join(
        f"| {name} | {validation['base'][name]:.3f} | {validation['tuned'][name]:.3f} |" for name in METRICS
    )
    change = validation["tuned"]["ndcg@10"] - validation["base"]["ndcg@10"]
    better = "higher" if change > 0 else "not higher"
    return f"""## Results on validation

Validation chose the epoch, so these numbers lean towards the tuned model: its ndcg@10 is {better} than the base's
(difference {change:+.3f}). {validation["queries"]} queries, each ranking {validation["listings_ranked"]} listings:

| metric | base | tuned |
|---|---|---|
{rows}
"""


def render_test_results(report: Mapping[str, Any], system: str) -> str:
    """Return the benchmark: verdicts in words, tables with intervals."""
    return f"""
## Results on the {report["split"]} split

{render_verdicts(report, system)}

{report["n_queries"]} queries, each ranking all {report["n_listings"]} listings; in brackets 95 % bootstrap intervals over listings.

{render_results(report)}

{render_groups(report)}
"""
