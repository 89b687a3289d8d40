"""The same queries, worse typed: how much of its quality a system keeps."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from data.dataset import JobDataset, Triplet
from search.metrics import evaluate_run
from search.ranking import build_run
from train.evaluation.significance import bootstrap_mean, compare_paired
from train.evaluation.systems import System
from train.trainer.augmentation import add_slip, shorten

# What surrounds a query in a pasted CV; fictional.
CV = (
    "Curriculum vitae. Born in a town by the sea, two children, driving licence. School leaving certificate with honours, "
    "then university, thesis on a topic of my own choice, graded very good. After some travelling I took up my first post and "
    "stayed in touch with my teachers. {query}. References on request. Languages: English fluent, two others basic. In my free "
    "time I sing in a choir, ride my bicycle and repair old radios. Available at three months' notice."
)
SLIPS = 2


def one_skill(text: str) -> str:
    """Return the first of a list's items; the text itself where it is no list."""
    return text.split(",", maxsplit=1)[0].strip() or text


def two_slips(text: str, rng: random.Random) -> str:
    """Return the text with two slips of the fingers."""
    for _ in range(SLIPS):
        text = add_slip(text, rng)
    return text


VARIANTS: Mapping[str, Callable[[str, random.Random], str]] = {
    "as typed": lambda text, _: text,
    "two typos": two_slips,
    "abbreviations": lambda text, _: shorten(text),
    "upper case": lambda text, _: text.upper(),
    "one skill only": lambda text, _: one_skill(text),
    "in a pasted CV": lambda text, _: CV.format(query=text),
}


def vary(triplets: Sequence[Triplet], variant: str) -> list[Triplet]:
    """Return the triplets whose query the variant changes, with the changed query; all for `as typed`."""
    change = VARIANTS[variant]
    varied = []
    for triplet in triplets:
        rng = random.Random(f"{variant}-{triplet.query.query_id}")  # noqa: S311 (a draw, no secret)
        text = change(triplet.query.text, rng)
        if text != triplet.query.text or variant == "as typed":
            varied.append(replace(triplet, query=replace(triplet.query, text=text)))
    return varied


def robustness_rows(systems: Mapping[str, System], dataset: JobDataset, split: str) -> dict[str, Any]:
    """Return variant -> number of queries it changes, and each system's ndcg@10 on them, with the loss against
    the same queries as typed.
    """
    triplets = dataset.split(split)
    typed = {name: _ndcg(system, triplets) for name, system in systems.items()}
    rows: dict[str, Any] = {}
    for variant in VARIANTS:
        varied = vary(triplets, variant)
        if not varied:
            continue
        groups = [triplet.query.listing_id for triplet in varied]
        row: dict[str, Any] = {"n": len(varied), "systems": {}}
        for name, system in systems.items():
            values = _ndcg(system, varied)
            before = [typed[name][triplet.query.query_id] for triplet in varied]
            found = list(values.values())
            mean = bootstrap_mean(found, groups)
            change = compare_paired(found, before, groups).interval
            row["systems"][name] = {
                "ndcg@10": {"mean": mean.mean, "low": mean.low, "high": mean.high},
                "change": {"mean": change.mean, "low": change.low, "high": change.high},
            }
        rows[variant] = row
    return rows


def _ndcg(system: System, triplets: Sequence[Triplet]) -> dict[str, float]:
    scores = system.searcher.scores([triplet.query.text for triplet in triplets])
    qrels = {triplet.query.query_id: {triplet.query.listing_id: 1} for triplet in triplets}
    rows = evaluate_run(qrels, build_run(scores, list(qrels), system.searcher.listing_ids))
    return {query_id: row["ndcg@10"] for query_id, row in rows.items()}
