"""Cross-validation: a part of the train listings held out."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from data.build_config import FoldConfig
from data.dataset import JobDataset, Triplet, load_job_dataset
from data.dataset_folder import save_folder
from data.judgments.dataset import load_judgments
from data.manifest import BuildRecord, Fold, count_splits
from data.queries.splitting import BY_QUERY
from data.splits import TRAIN, VALIDATION, Groups
from search.artifacts import BUILD_FILE


def part_of(listing_id: str, parts: int) -> int:
    """Draw a listing's part by its id alone."""
    return int(hashlib.sha256(f"cv{listing_id}".encode()).hexdigest(), 16) % parts


def hold_out(dataset: JobDataset, *, part: int, parts: int) -> JobDataset:
    """Move one part of the train listings into validation, with the queries that they answer.

    Raises:
        ValueError: nothing would be left to train on, or nothing moved.
    """
    train = dataset.split(TRAIN)
    in_part = [part_of(key, parts) == part for key in _keys(dataset)]
    moved = [triplet for triplet, moves in zip(train, in_part, strict=True) if moves]
    stays = [triplet for triplet, moves in zip(train, in_part, strict=True) if not moves]
    if not moved or len({name for triplet in stays for name in triplet.query.answers}) < 2:
        raise ValueError(
            f"expected train listings in part {part} of {parts} and two outside of it, got {len(moved)} and "
            f"{len(stays)} queries; take other --parts"
        )
    validation = (*dataset.triplets[VALIDATION], *moved)
    return replace(dataset, triplets={**dataset.triplets, TRAIN: _own_negatives(stays), VALIDATION: validation})


def _keys(dataset: JobDataset) -> list[str]:
    """Return what each train query is drawn by: the first listing of those it hangs together with, or its id."""
    queries = dataset.queries(TRAIN)
    if dataset.split_by == BY_QUERY:
        return [query.query_id for query in queries]
    groups = Groups({}, {})
    for query in queries:
        for answer in query.answers:
            groups.join(query.listing_id, answer)
    units = groups.units(query.listing_id for query in queries)
    return [units[groups.find(query.listing_id)].key for query in queries]


def _own_negatives(train: Sequence[Triplet]) -> tuple[Triplet, ...]:
    """Replace negatives that were moved by train listings that do not answer the query."""
    known = {name for triplet in train for name in triplet.query.answers}
    listing_ids = sorted(known)
    mended = []
    for number, triplet in enumerate(train):
        negatives = tuple(name for name in triplet.negative_ids if name in known)
        grades = triplet.query.grades
        others = [name for name in listing_ids if name not in grades]
        fallback = (others[number % len(others)],) if others else triplet.negative_ids
        mended.append(replace(triplet, negative_ids=negatives or fallback))
    return tuple(mended)


def fold_dataset(config: FoldConfig) -> BuildRecord:
    """Write the dataset folder with the part held out."""
    dataset = hold_out(load_job_dataset(str(config.dataset)), part=config.part, parts=config.parts)
    whole = BuildRecord.load(config.dataset / BUILD_FILE)
    changes = {
        "fold": Fold(part=config.part, parts=config.parts, of=whole.dataset_hash),
        "splits": count_splits(dataset),
        "dataset_hash": dataset.dataset_hash,
    }
    record = whole.model_copy(update=changes)
    save_folder(dataset, record, config.out, load_judgments(str(config.dataset)))
    return record
