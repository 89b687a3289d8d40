"""Files of a command as tests need them: whole, with what a test changes."""

from typing import Any


def run_json(*, scoring: str = "late_interaction", **changes: Any) -> dict[str, Any]:
    """A run.json of `python -m train`."""
    recipe = {"name": "shortlist", "rows": "listing", "epochs": 3, "batch": 32, "learning_rate": 1e-4}
    recipe |= {"scale": 20.0, "dropout": 0.0, "scoring": scoring, "window": 128, "noise": 0.3, "families": 0.4}
    scores = {"ndcg@10": 0.5, "mrr@10": 0.5, "recall@1": 0.5, "recall@10": 0.5}
    run = {
        "config": {"dataset": "build/dataset", "seed": 42, "recipe": recipe},
        "base": {"model": "sentence-transformers/all-MiniLM-L6-v2", "revision": None},
        "base_hash": "base",
        "tuned_hash": "tuned",
        "corpus_hash": "corpus",
        "dataset_hash": "dataset",
        "fictional": True,
        "train": {"listings": 489, "queries": 1467},
        "validation": {"queries": 156, "listings_ranked": 250, "base": scores, "tuned": scores, "history": []},
        "seconds": {"prepare": 1.0, "train": 2.0, "total": 3.0},
    }
    return run | changes
