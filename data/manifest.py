"""build.json: where a dataset came from, what each step kept, and hashes of the result; and the folder with it."""

import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from data.build_config import BuildConfig
from data.corpus.coverage import requirements_reach
from data.corpus.near_duplicates import SAME_POSTING, SAME_SPLIT
from data.corpus.pipeline import Corpus
from data.dataset import BUILD_FILE, JobDataset, save_dataset
from data.dataset_card import render_dataset_card
from data.sources.source import Source, file_hash
from data.triplets.pipeline import Triplets
from search.encoding.encoder import Encoder
from search.files import save_json, whole_folder
from search.records import Listing

logger = logging.getLogger(__name__)

# Listings on which the share of requirements that the model reads is measured.
REACH_LISTINGS = 1000


def measure_reach(listings: Sequence[Listing], plain_texts: Sequence[str], encoder: Encoder) -> dict[str, Any]:
    """Measure what the encoder reads of the requirements, before boilerplate is cut and after."""
    count = len(listings)
    places = np.random.default_rng(0).permutation(count)[:REACH_LISTINGS]
    titles = [listings[place].title for place in places]
    texts = {
        "before": [plain_texts[place] for place in places],
        "after": [listings[place].text for place in places],
    }
    return {when: asdict(requirements_reach(titles, cut, encoder.characters_read)) for when, cut in texts.items()}


def count_splits(dataset: JobDataset) -> dict[str, dict[str, int]]:
    """Count listings with queries, queries and triplets of each split."""
    return {
        split: {
            "listings": len({triplet.query.listing_id for triplet in rows}),
            "queries": len(rows),
            "triplets": sum(len(triplet.negative_ids) for triplet in rows),
        }
        for split, rows in dataset.triplets.items()
    }


def build_record(
    config: BuildConfig,
    source: Source,
    corpus: Corpus,
    dataset: JobDataset,
    queries: dict[str, Any],
    triplets: Triplets,
) -> dict[str, Any]:
    """Gather what build.json says, but for the reach.

    Args:
        config: The options.
        source: Where the listings came from.
        corpus: The kept listings and the funnel's counts.
        dataset: What was made.
        queries: Counts of the queries.
        triplets: Counts of the negatives.
    """
    generator: dict[str, Any] = {"queries": config.queries}
    if config.queries_file:
        generator |= {"file": config.queries_file.name, "sha256": file_hash(config.queries_file)}
    if config.chat:
        generator |= {
            "model": config.chat.model,
            "temperature": config.chat.temperature,
            "prompt_sha256": file_hash(config.chat.prompt),
        }
    return {
        "source": source.name,
        "revision": source.revision,
        "license": config.license or source.license,
        "generator": generator,
        "titles": config.titles,
        "negatives": {
            "method": config.negatives,
            "per_query": config.negatives_per_query,
            # Published with the dataset, so it holds no folder.
            "encoder": Path(config.encoder).name if Path(config.encoder).is_dir() else config.encoder,
            **triplets.counts,
        },
        "near_duplicates": {
            "method": "minhash + exact comparison of 3-word runs",
            "same_posting": asdict(SAME_POSTING),
            "same_split": asdict(SAME_SPLIT),
        },
        "seed": config.seed,
        "listings": corpus.counts,
        "queries": queries,
        "splits": count_splits(dataset),
        "corpus_hash": dataset.corpus_hash,
        "dataset_hash": dataset.dataset_hash,
    }


def write_folder(dataset: JobDataset, build: dict[str, Any], out: Path) -> None:
    """Write the dataset folder whole: both configs, build.json, and the card made of it."""
    with whole_folder(out) as folder:
        save_dataset(dataset, folder)
        save_json(build, folder / BUILD_FILE)
        (folder / "README.md").write_text(render_dataset_card(build), encoding="utf-8")
    logger.info("splits    %s", ", ".join(f"{name} {counts['queries']}" for name, counts in build["splits"].items()))
    logger.info("written   %s", out)
