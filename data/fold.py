"""A dataset with a part of its train listings moved into validation, to compare recipes on more queries than validation has."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from data.dataset import BUILD_FILE, JobDataset, Triplet, load_job_dataset
from data.manifest import count_splits, write_folder
from search.files import check_out_folder


@dataclass(frozen=True)
class FoldConfig:
    """The options of `python -m data fold`: which part of how many is held out."""

    dataset: Path
    out: Path
    part: int = 0
    parts: int = 4
    overwrite: bool = False

    def __post_init__(self) -> None:
        """Check what can be checked before anything is read.

        Raises:
            ValueError: the part is out of range, or `out` must not be written to.
            FileNotFoundError: the dataset is no folder of this tool.
        """
        if self.parts < 2 or not 0 <= self.part < self.parts:
            raise ValueError(
                f"expected --part from 0 to one below --parts, and two parts or more, got {self.part} of {self.parts}"
            )
        if not (self.dataset / BUILD_FILE).is_file():
            raise FileNotFoundError(
                f"expected a dataset folder with {BUILD_FILE}, {self.dataset} has none; make one with `python -m data build`"
            )
        check_out_folder(self.out, marker=BUILD_FILE, overwrite=self.overwrite)


def part_of(listing_id: str, parts: int) -> int:
    """Draw a listing's part by the hash of its id, so that it keeps it when others come or go."""
    return int(hashlib.sha256(f"cv{listing_id}".encode()).hexdigest(), 16) % parts


def hold_out(dataset: JobDataset, *, part: int, parts: int) -> JobDataset:
    """Move one part of the train listings into validation; the test split stays as it is.

    Raises:
        ValueError: nothing would be left to train on, or nothing moved.
    """
    train = dataset.split("train")
    moved = [triplet for triplet in train if part_of(triplet.query.listing_id, parts) == part]
    stays = [triplet for triplet in train if part_of(triplet.query.listing_id, parts) != part]
    if not moved or len({triplet.query.listing_id for triplet in stays}) < 2:
        raise ValueError(
            f"expected train listings in part {part} of {parts} and two outside of it, got {len(moved)} and "
            f"{len(stays)} queries; take other --parts"
        )
    validation = (*dataset.triplets["validation"], *moved)
    return JobDataset(
        dataset.name, dataset.listings, {**dataset.triplets, "train": _own_negatives(stays), "validation": validation}
    )


def _own_negatives(train: Sequence[Triplet]) -> tuple[Triplet, ...]:
    """Leave out negatives that were moved; a triplet without any takes another train listing, in turn."""
    trained = sorted({triplet.query.listing_id for triplet in train})
    mended = []
    known = set(trained)
    for number, triplet in enumerate(train):
        kept = tuple(name for name in triplet.negative_ids if name in known)
        others = [name for name in trained if name != triplet.query.listing_id]
        mended.append(replace(triplet, negative_ids=kept or (others[number % len(others)],)))
    return tuple(mended)


def fold_dataset(config: FoldConfig) -> dict[str, Any]:
    """Write the dataset folder with the part held out, and return its build.json."""
    dataset = hold_out(load_job_dataset(str(config.dataset)), part=config.part, parts=config.parts)
    build: dict[str, Any] = json.loads((config.dataset / BUILD_FILE).read_text(encoding="utf-8"))
    build |= {
        "fold": {"part": config.part, "parts": config.parts, "of": build["dataset_hash"]},
        "splits": count_splits(dataset),
        "dataset_hash": dataset.dataset_hash,
    }
    write_folder(dataset, build, config.out)
    return build
