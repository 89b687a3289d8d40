"""The pipeline from source listings to a dataset folder, and what each step kept and dropped."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from data.card import render_dataset_card
from data.cleaning import clean_line, clean_text
from data.folder import BUILD_FILE, JobDataset, Triplet, save_dataset
from data.groups import THRESHOLD, group_near_duplicates
from data.negatives import least_similar_negatives
from data.queries import SAMPLE_STYLES, GivenQuery, queries_of_listings, read_queries_file, select_queries
from data.sources import SAMPLE_NAME, SourceListing, file_hash, read_listings, resolve_source
from data.splits import SPLITS, assign_splits
from data.titles import FAMILIES, find_family, parse_titles
from search.encoder import DEFAULT_BASE, Encoder, load_encoder
from search.files import check_out_folder, save_json, whole_folder
from search.index import load_or_build_index
from search.records import Listing, Query

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class BuildConfig:
    """What `python -m data build` was asked for."""

    source: str
    out: Path
    queries: str = "given"
    queries_file: Path | None = None
    negatives: str = "least-similar"
    titles: str = ",".join(FAMILIES)
    encoder: str = DEFAULT_BASE
    cache: Path = Path("build/index")
    seed: int = 42
    overwrite: bool = False

    def __post_init__(self) -> None:
        """Check what can be checked before anything is read."""
        resolve_source(self.source)
        parse_titles(self.titles)
        check_out_folder(self.out, marker=BUILD_FILE, overwrite=self.overwrite)


@dataclass(frozen=True, slots=True)
class Corpus:
    """The kept listings, and which of them stands for each listing that passed the title filter."""

    listings: tuple[Listing, ...]
    representative: dict[str, str]
    counts: dict[str, Any]


def build_corpus(sources: Sequence[SourceListing], *, titles: str, source_name: str) -> Corpus:
    """Filter by title, clean, and keep one listing of each near-duplicate group.

    Raises:
        ValueError: no listing is left.
    """
    families, keep_others = parse_titles(titles)
    named = [(listing, find_family(clean_line(listing.title), families)) for listing in sources]
    wanted = [(listing, family) for listing, family in named if family or keep_others]
    cleaned = [_cleaned(listing, family, source_name) for listing, family in wanted]
    readable = [listing for listing in cleaned if listing.text]
    if wanted and not readable:
        raise ValueError(
            f"expected listings with a description, all {len(wanted)} with a fitting title have none; check the field `description`"
        )
    if not readable:
        raise ValueError(
            f"expected listings with a title of {', '.join(families)}, none of {len(sources)} is left; "
            "name others with --titles, or keep all with --titles all"
        )
    roots = group_near_duplicates([listing.text for listing in readable])
    listings = tuple(listing for place, listing in enumerate(readable) if roots[place] == place)
    representative = {
        listing.listing_id: readable[root].listing_id for listing, root in zip(readable, roots, strict=True)
    }
    counts = {
        "read": len(sources),
        "dropped_by_title": len(sources) - len(wanted),
        "dropped_empty": len(wanted) - len(readable),
        "dropped_near_duplicates": len(readable) - len(listings),
        "kept": len(listings),
        "near_duplicate_groups": sum(size > 1 for size in Counter(roots).values()),
        "families": dict(Counter(listing.family or "other" for listing in listings)),
    }
    return Corpus(listings, representative, counts)


def _cleaned(listing: SourceListing, family: str | None, source_name: str) -> Listing:
    return Listing(
        listing_id=listing.listing_id,
        title=clean_line(listing.title),
        company=clean_line(listing.company),
        location=clean_line(listing.location),
        work_mode=clean_line(listing.work_mode),
        seniority=clean_line(listing.seniority),
        family=family,
        text=clean_text(listing.description),
        raw_text=listing.description,
        source=source_name,
    )


def build_triplets(
    corpus: Corpus, queries: dict[str, list[GivenQuery]], encoder: Encoder, *, seed: int, cache: Path
) -> dict[str, tuple[Triplet, ...]]:
    """Split the listings that have queries, and give each its negative inside its split.

    Raises:
        ValueError: a split is empty or too small for negatives.
    """
    fixed = {name: {query.split for query in given if query.split} for name, given in queries.items()}
    split_of = assign_splits(fixed, seed=seed)
    index = load_or_build_index(encoder, corpus.listings, cache, show_progress=True)
    positions = {listing_id: place for place, listing_id in enumerate(index.listing_ids)}
    first_vectors = index.vectors[index.starts]
    shuffled = sorted(split_of)
    np.random.default_rng(seed).shuffle(shuffled)
    triplets = {}
    for split in SPLITS:
        members = [listing_id for listing_id in shuffled if split_of[listing_id] == split]
        negatives = least_similar_negatives(first_vectors[[positions[name] for name in members]])
        triplets[split] = tuple(
            Triplet(Query(f"{name}-q{number}", query.text, name, query.style), members[negative])
            for name, negative in zip(members, negatives, strict=True)
            for number, query in enumerate(queries[name], start=1)
        )
    return triplets


def build_dataset(config: BuildConfig) -> dict[str, Any]:
    """Run the whole pipeline and write the dataset folder.

    Returns:
        What build.json holds.

    Raises:
        FileNotFoundError: the source, the queries file or the encoder is not there.
        ValueError: the input can't become a dataset; the message says why.
    """
    path = resolve_source(config.source)
    sources = read_listings(path)
    # Grouping keeps the first of a group, so listings with queries of their own go first.
    styles = SAMPLE_STYLES if config.source == SAMPLE_NAME else ()
    given = (
        read_queries_file(config.queries_file) if config.queries_file else queries_of_listings(sources, styles=styles)
    )
    sources.sort(key=lambda listing: listing.listing_id not in given)
    logger.info("read      %d listings from %s", len(sources), path.name)
    corpus = build_corpus(sources, titles=config.titles, source_name=_public_name(config.source, path))
    for step, count in corpus.counts.items():
        if step != "families":
            logger.info("listings  %-24s %s", step.replace("_", " "), count)
    logger.info("families  %s", ", ".join(f"{name} {n}" for name, n in corpus.counts["families"].items()))
    queries, query_counts = select_queries(given, corpus.representative)
    if not queries:
        raise ValueError(
            f"expected queries for the listings, none of {query_counts.given} is usable "
            f"({query_counts.without_listing} name no kept listing); put them into the field `queries` of the "
            "listings, or name a --queries-file whose listing_id values are those of the source"
        )
    logger.info("queries   %d kept of %d, for %d listings", query_counts.kept, query_counts.given, len(queries))
    triplets = build_triplets(corpus, queries, load_encoder(config.encoder), seed=config.seed, cache=config.cache)
    dataset = JobDataset(str(config.out), corpus.listings, triplets)
    build = _build_record(config, path, corpus, asdict(query_counts) | {"kept": query_counts.kept}, dataset)
    with whole_folder(config.out) as folder:
        save_dataset(dataset, folder)
        save_json(build, folder / BUILD_FILE)
        (folder / "README.md").write_text(render_dataset_card(build), encoding="utf-8")
    logger.info("splits    %s", ", ".join(f"{name} {counts['triplets']}" for name, counts in build["splits"].items()))
    logger.info("written   %s", config.out)
    return build


def _public_name(source: str, path: Path) -> str:
    """Name the source without the folders it lies in: the name is published with the dataset."""
    return source if source == SAMPLE_NAME else path.name


def _build_record(
    config: BuildConfig, path: Path, corpus: Corpus, queries: dict[str, int], dataset: JobDataset
) -> dict[str, Any]:
    splits = {
        split: {
            "listings": len({triplet.query.listing_id for triplet in triplets}),
            "triplets": len(triplets),
        }
        for split, triplets in dataset.triplets.items()
    }
    files = {"source": file_hash(path)}
    if config.queries_file:
        files["queries"] = file_hash(config.queries_file)
    return {
        "source": _public_name(config.source, path),
        "sha256": files,
        "generator": {"queries": config.queries, "file": config.queries_file and config.queries_file.name},
        "titles": config.titles,
        "negatives": {"method": config.negatives, "encoder": config.encoder},
        "near_duplicates": {"method": "minhash + exact Jaccard of 3-word runs", "threshold": THRESHOLD},
        "seed": config.seed,
        "listings": corpus.counts,
        "queries": queries,
        "splits": splits,
        "corpus_hash": dataset.corpus_hash,
        "dataset_hash": dataset.dataset_hash,
    }
