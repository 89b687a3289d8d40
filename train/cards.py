"""The model card: what was trained on what, and what validation measured."""

from collections.abc import Mapping
from typing import Any

from data.card import SAMPLE_NOTE

OWN_NOTE = "Trained on `{dataset}`; what its licence allows for that data holds for models made from it as well."
METRICS = ("ndcg@10", "mrr@10", "recall@1", "recall@10")


def render_model_card(run: Mapping[str, Any]) -> str:
    """Return README.md of a model folder.

    Args:
        run: What run.json holds.
    """
    validation, config = run["validation"], run["config"]
    rows = "\n".join(
        f"| {name} | {validation['base'][name]:.3f} | {validation['tuned'][name]:.3f} |" for name in METRICS
    )
    change = validation["tuned"]["ndcg@10"] - validation["base"]["ndcg@10"]
    better = "higher" if change > 0 else "not higher"
    note = SAMPLE_NOTE if run["fictional"] else OWN_NOTE.format(dataset=config["dataset"])
    return f"""---
library_name: sentence-transformers
pipeline_tag: sentence-similarity
base_model: {run["base"]["model"]}
language:
- en
tags:
- sentence-transformers
- job-search
---

# {run["base"]["model"].split("/")[-1]}, tuned for job search

{note}

Fine-tuned on {run["train"]["listings"]} listings with {run["train"]["queries"]} queries: each listing is encoded once
a step for all its queries, the other listings of the batch are the negatives
({config["epochs"]} epochs, {config["batch_listings"]} listings a step, learning rate {config["learning_rate"]}, scale {config["scale"]},
seed {config["seed"]}). The epoch with the best validation ndcg@10 is kept.

## Results on validation

Validation chose the epoch, so these numbers lean towards the tuned model: its ndcg@10 is {better} than the base's
(difference {change:+.3f}). The test split is measured by `python -m train.benchmark`, with intervals.
{validation["queries"]} queries, each ranking {validation["listings_ranked"]} listings:

| metric | base | tuned |
|---|---|---|
{rows}

## Use

```python
from sentence_transformers import SentenceTransformer

model = SentenceTransformer("path/or/name")
scores = model.similarity(model.encode_query("sql, dbt, airflow"), model.encode_document(["Data Engineer\\n..."]))
```

A listing is read as its title, a line break and its cleaned description; what lies beyond the model's limit
of tokens is not read.
"""
