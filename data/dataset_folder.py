"""Writing a dataset folder: both configs, build.json, the card."""

import logging
from collections.abc import Mapping
from pathlib import Path

from datasets import Dataset

from data.dataset import LISTING_COLUMNS, JobDataset, without_progress_bars
from data.dataset_card import render_dataset_card
from data.manifest import BuildRecord
from data.splits import SPLITS
from search.artifacts import BUILD_FILE
from search.files import whole_folder
from search.records import Query

logger = logging.getLogger(__name__)


def save_folder(dataset: JobDataset, record: BuildRecord, out: Path) -> None:
    """Write a dataset folder, where its card says, aside first."""
    documents = {listing.listing_id: listing.document for listing in dataset.listings}
    with whole_folder(out) as folder, without_progress_bars():
        (folder / "listings").mkdir()
        (folder / "triplets").mkdir()
        rows = [{name: getattr(listing, name) for name in LISTING_COLUMNS} for listing in dataset.listings]
        Dataset.from_list(rows).to_parquet(folder / "listings" / "corpus.parquet")
        for split in SPLITS:
            rows = [
                _triplet_row(triplet.query, negative_id, documents)
                for triplet in dataset.split(split)
                for negative_id in triplet.negative_ids
            ]
            Dataset.from_list(rows).to_parquet(folder / "triplets" / f"{split}.parquet")
        record.save(folder / BUILD_FILE)
        (folder / "README.md").write_text(render_dataset_card(record), encoding="utf-8")
    logger.info("splits    %s", ", ".join(f"{name} {counts.queries}" for name, counts in record.splits.items()))
    logger.info("written   %s", out)


def _triplet_row(query: Query, negative_id: str, documents: Mapping[str, str]) -> dict[str, str]:
    return {
        "query": query.text,
        "job_description_pos": documents[query.listing_id],
        "job_description_neg": documents[negative_id],
        "query_id": query.query_id,
        "listing_id_pos": query.listing_id,
        "listing_id_neg": negative_id,
        "style": query.style,
    }
