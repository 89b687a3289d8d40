"""What quality a system loses by typing errors in queries."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from data.dataset import Triplet
from search.benchmark_report import GroupRow, GroupScore
from search.metrics import score_ndcg
from search.systems import System
from train.evaluation.measure import SystemResult
from train.evaluation.significance import bootstrap_mean
from train.trainer.augmentation import add_typing_error, shorten

# A fictional CV that a query is pasted into.
CV = (Path(__file__).parent / "cv.txt").read_text(encoding="utf-8").replace("\n", " ").strip()
AS_TYPED = "as typed"


def one_skill(text: str) -> str:
    """Return a list's first item, or the text itself."""
    return text.split(",", maxsplit=1)[0].strip() or text


VARIANTS: Mapping[str, Callable[[str, random.Random], str]] = {
    AS_TYPED: lambda text, _: text,
    "two typos": lambda text, rng: add_typing_error(add_typing_error(text, rng), rng),
    "abbreviations": lambda text, _: shorten(text),
    "upper case": lambda text, _: text.upper(),
    "one skill only": lambda text, _: one_skill(text),
    "in a pasted CV": lambda text, _: CV.format(query=text),
}


def vary(triplets: Sequence[Triplet], variant: str) -> list[Triplet]:
    """Vary the queries; all but `as typed` drop unchanged ones."""
    varied = []
    for triplet in triplets:
        rng = random.Random(f"{variant}-{triplet.query.query_id}")  # noqa: S311 (a draw, no secret)
        text = VARIANTS[variant](triplet.query.text, rng)
        if text != triplet.query.text or variant == AS_TYPED:
            varied.append(replace(triplet, query=replace(triplet.query, text=text)))
    return varied


def robustness_rows(
    systems: Mapping[str, System], triplets: Sequence[Triplet], results: Mapping[str, SystemResult]
) -> dict[str, GroupRow]:
    """Measure each system on the queries that each variant changes.

    Queries as typed are not ranked again: `results` has them.

    Returns:
        Variant -> each system's ndcg@10, and its change against the same queries as typed.
    """
    ids = [triplet.query.query_id for triplet in triplets]
    typed = {name: dict(zip(ids, result.ndcg, strict=True)) for name, result in results.items()}
    rows = {}
    for variant in VARIANTS:
        if not (varied := vary(triplets, variant)):
            continue
        texts = [triplet.query.text for triplet in varied]
        groups = [triplet.query.listing_id for triplet in varied]
        scores = {}
        for name, system in systems.items():
            before = [typed[name][triplet.query.query_id] for triplet in varied]
            after = before
            if variant != AS_TYPED:
                after = score_ndcg(
                    system.searcher.scores(texts), [one.query for one in varied], system.searcher.listing_ids
                )
            change = [new - old for new, old in zip(after, before, strict=True)]
            scores[name] = GroupScore(ndcg=bootstrap_mean(after, groups), change=bootstrap_mean(change, groups))
        rows[variant] = GroupRow(n=len(varied), systems=scores)
    return rows
