"""Writing a dataset folder: its configs, build.json, the card."""

import logging
from pathlib import Path

from datasets import Dataset

from data.dataset import LISTING_COLUMNS, JobDataset, without_progress_bars
from data.dataset_card import render_dataset_card
from data.judgments.dataset import write_judgments
from data.judgments.records import Judgments
from data.manifest import BuildRecord
from data.queries.splitting import BY_GROUP
from data.splits import SPLITS
from data.triplet_rows import SPLIT_BY, triplet_rows
from search.artifacts import BUILD_FILE
from search.files import whole_folder

logger = logging.getLogger(__name__)


def save_folder(dataset: JobDataset, record: BuildRecord, out: Path, judgments: Judgments | None = None) -> None:
    """Write a dataset folder, where its card says, aside first."""
    with whole_folder(out) as folder, without_progress_bars():
        _write_listings(dataset, folder / "listings")
        _write_triplets(dataset, folder / "triplets")
        if judgments:
            write_judgments(judgments, folder)
        record.save(folder / BUILD_FILE)
        (folder / "README.md").write_text(render_dataset_card(record), encoding="utf-8")
    logger.info("splits    %s", ", ".join(f"{name} {counts.queries}" for name, counts in record.splits.items()))
    if judgments:
        logger.info("judged    %d queries, %d judgments", len(judgments.queries), len(judgments.grades))
    logger.info("written   %s", out)


def _write_listings(dataset: JobDataset, folder: Path) -> None:
    folder.mkdir()
    rows = [{name: getattr(listing, name) for name in LISTING_COLUMNS} for listing in dataset.listings]
    Dataset.from_list(rows).to_parquet(folder / "corpus.parquet")


def _write_triplets(dataset: JobDataset, folder: Path) -> None:
    folder.mkdir()
    documents = {listing.listing_id: listing.document for listing in dataset.listings}
    shared = {SPLIT_BY: dataset.split_by} if dataset.split_by != BY_GROUP else {}
    for split in SPLITS:
        found = ((triplet.query, triplet.negative_ids) for triplet in dataset.split(split))
        rows = [row | shared for row in triplet_rows(found, documents, has_grades=dataset.has_grades)]
        Dataset.from_list(rows).to_parquet(folder / f"{split}.parquet")
