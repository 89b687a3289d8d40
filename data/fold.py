"""Cross-validation: a part of the train listings held out."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from data.build_config import FoldConfig
from data.dataset import JobDataset, Triplet, load_job_dataset
from data.dataset_folder import save_folder
from data.judgments.dataset import load_judgments
from data.manifest import BuildRecord, Fold, count_splits
from data.splits import TRAIN, VALIDATION
from search.artifacts import BUILD_FILE


def part_of(listing_id: str, parts: int) -> int:
    """Draw a listing's part by its id alone."""
    return int(hashlib.sha256(f"cv{listing_id}".encode()).hexdigest(), 16) % parts


def hold_out(dataset: JobDataset, *, part: int, parts: int) -> JobDataset:
    """Move one part of the train listings into validation.

    Raises:
        ValueError: nothing would be left to train on, or nothing moved.
    """
    train = dataset.split(TRAIN)
    moved = [triplet for triplet in train if part_of(triplet.query.listing_id, parts) == part]
    stays = [triplet for triplet in train if part_of(triplet.query.listing_id, parts) != part]
    if not moved or len({triplet.query.listing_id for triplet in stays}) < 2:
        raise ValueError(
            f"expected train listings in part {part} of {parts} and two outside of it, got {len(moved)} and "
            f"{len(stays)} queries; take other --parts"
        )
    validation = (*dataset.triplets[VALIDATION], *moved)
    return replace(dataset, triplets={**dataset.triplets, TRAIN: _own_negatives(stays), VALIDATION: validation})


def _own_negatives(train: Sequence[Triplet]) -> tuple[Triplet, ...]:
    """Replace negatives that were moved by train listings."""
    listing_ids = sorted({triplet.query.listing_id for triplet in train})
    known = set(listing_ids)
    mended = []
    for number, triplet in enumerate(train):
        negatives = tuple(name for name in triplet.negative_ids if name in known)
        others = [name for name in listing_ids if name != triplet.query.listing_id]
        mended.append(replace(triplet, negative_ids=negatives or (others[number % len(others)],)))
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
