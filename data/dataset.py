"""The dataset folder: written for plain `datasets.load_dataset`, read from a folder or the Hub."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from datasets import Dataset, DatasetDict, disable_progress_bars, enable_progress_bars, load_dataset
from datasets.exceptions import DatasetsError

from data.sources.source import SAMPLE_NAME
from data.splits import SPLITS
from search.hub_errors import NETWORK_ERRORS, first_line
from search.hub_names import is_hub_id, split_revision
from search.records import Listing, Query, corpus_hash, text_id

BUILD_FILE = "build.json"
SEED_COLUMNS = ("query", "job_description_pos", "job_description_neg")
ID_COLUMNS = ("query_id", "listing_id_pos", "listing_id_neg", "style")
LISTING_COLUMNS = (
    "listing_id",
    "title",
    "company",
    "location",
    "work_mode",
    "seniority",
    "family",
    "text",
    "raw_text",
    "source",
)


@dataclass(frozen=True, slots=True)
class Triplet:
    """A query, which names the listing it was written for, and listings that it was not written for.

    On disk it is a row for each negative.
    """

    query: Query
    negative_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JobDataset:
    """A corpus and its triplets by split."""

    name: str
    listings: tuple[Listing, ...]
    triplets: Mapping[str, tuple[Triplet, ...]]

    @property
    def corpus_hash(self) -> str:
        """16 hex digits: the identity of the corpus."""
        return corpus_hash(self.listings)

    @property
    def dataset_hash(self) -> str:
        """16 hex digits: the identity of corpus, queries, splits and negatives together."""
        rows = [
            (split, triplet.query.query_id, triplet.query.text, triplet.query.listing_id, triplet.negative_ids)
            for split, triplets in sorted(self.triplets.items())
            for triplet in triplets
        ]
        return hashlib.sha256(json.dumps([self.corpus_hash, rows]).encode()).hexdigest()[:16]

    @property
    def is_fictional(self) -> bool:
        """Whether all listings are those of the bundled sample."""
        return all(listing.source == SAMPLE_NAME for listing in self.listings)

    def queries(self, split: str) -> tuple[Query, ...]:
        """The queries of a split, in order."""
        return tuple(triplet.query for triplet in self.split(split))

    def split(self, split: str) -> tuple[Triplet, ...]:
        """The triplets of a split.

        Raises:
            ValueError: there is no such split, or it is empty.
        """
        if not self.triplets.get(split):
            has = ", ".join(name for name, rows in self.triplets.items() if rows)
            raise ValueError(f"expected a split of {self.name} that has rows ({has}), got {split!r}; name one of them")
        return self.triplets[split]


def save_dataset(dataset: JobDataset, folder: Path) -> None:
    """Write both configs as Parquet, in the layout that the dataset card declares."""
    documents = {listing.listing_id: listing.document for listing in dataset.listings}
    (folder / "listings").mkdir(parents=True)
    (folder / "triplets").mkdir()
    with _without_progress_bars():
        listings = Dataset.from_list([_listing_row(listing) for listing in dataset.listings])
        listings.to_parquet(folder / "listings" / "corpus.parquet")
        for split in SPLITS:
            rows = [
                _triplet_row(triplet.query, negative_id, documents)
                for triplet in dataset.split(split)
                for negative_id in triplet.negative_ids
            ]
            Dataset.from_list(rows).to_parquet(folder / "triplets" / f"{split}.parquet")


@contextmanager
def _without_progress_bars() -> Iterator[None]:
    """Local Parquet files take no time worth a bar; downloads keep theirs."""
    disable_progress_bars()
    try:
        yield
    finally:
        enable_progress_bars()


def _listing_row(listing: Listing) -> dict[str, Any]:
    return {name: getattr(listing, name) for name in LISTING_COLUMNS}


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


def load_job_dataset(source: str) -> JobDataset:
    """Load a dataset folder, or `USER/NAME[@REVISION]` from the Hub, also one with the seed's three columns only.

    Raises:
        FileNotFoundError: no such folder or Hub dataset.
        ValueError: it is no such dataset: columns are missing, the corpus is empty, an id does not
            resolve, or a query stands in two splits.
    """
    triplets = _load_config(source, None)
    columns = set(next(iter(triplets.values())).column_names)
    missing = [name for name in SEED_COLUMNS if name not in columns]
    if missing:
        raise ValueError(
            f"expected a dataset with the columns {', '.join(SEED_COLUMNS)}, {source} lacks {missing[0]!r} "
            f"and has {', '.join(sorted(columns)) or 'none'}; make one with `python -m data build`"
        )
    if columns.issuperset(ID_COLUMNS):
        corpus = _load_config(source, "listings")
        listings = _listings(corpus, source)
        rows_of = {split: part.to_list() for split, part in triplets.items()}
        _check_texts(rows_of, (*SEED_COLUMNS, *ID_COLUMNS[:3]), source)
    else:
        plain = {split: part.to_list() for split, part in triplets.items()}
        _check_texts(plain, SEED_COLUMNS, source)
        rows_of = {split: [_with_ids(row) for row in part] for split, part in plain.items()}
        listings = _listings_of_triplets(rows_of)
    found = {split: _triplets(rows, source) for split, rows in rows_of.items()}
    dataset = JobDataset(source, listings, found)
    check_dataset(dataset)
    return dataset


def _listings(corpus: DatasetDict, source: str) -> tuple[Listing, ...]:
    rows = [row for part in corpus.values() for row in part]
    missing = [name for name in LISTING_COLUMNS if rows and name not in rows[0]]
    if missing:
        raise ValueError(
            f"expected the column {missing[0]!r} in the config `listings` of {source}, it is not there; build it anew"
        )
    _check_texts({"listings": rows}, ("listing_id", "text"), source)
    values: list[dict[str, Any]] = [{name: row[name] or "" for name in LISTING_COLUMNS} for row in rows]
    return tuple(Listing(**{**value, "family": value["family"] or None}) for value in values)


def _check_texts(rows_of: Mapping[str, Sequence[Mapping[str, Any]]], columns: Sequence[str], source: str) -> None:
    for split, rows in rows_of.items():
        for number, row in enumerate(rows):
            for name in columns:
                if not isinstance(row[name], str) or not row[name].strip():
                    raise ValueError(
                        f"expected a text in {name!r}, row {number} of {split} in {source} has {row[name]!r}; mend that row"
                    )


def _load_config(source: str, config: str | None) -> DatasetDict:
    folder = Path(source)
    if not folder.is_dir() and not is_hub_id(source):
        raise FileNotFoundError(
            f"expected a dataset folder or a Hub id USER/NAME, got {source!r}, which is neither; "
            "make one with `python -m data build --source sample --queries given --out DIR`"
        )
    try:
        repo_id, revision = split_revision(source)
        loaded = _load_folder(source, config) if folder.is_dir() else load_dataset(repo_id, config, revision=revision)
    except (*NETWORK_ERRORS, ValueError, RuntimeError, DatasetsError) as error:
        kind = FileNotFoundError if isinstance(error, NETWORK_ERRORS) else ValueError
        raise kind(
            f"could not load the dataset {source!r}: {first_line(error)}; check the name and the network, or build one "
            "with `python -m data build`"
        ) from error
    if not isinstance(loaded, DatasetDict):
        raise ValueError(f"expected a dataset with splits, {source} has none; build one with `python -m data build`")
    return loaded


def _load_folder(source: str, config: str | None) -> DatasetDict:
    # A cache of its own: the shared one knows folders by name, and can hand out another's rows.
    with _without_progress_bars(), TemporaryDirectory(prefix="shortlist-") as cache:
        return load_dataset(source, config, cache_dir=cache, keep_in_memory=True)


def _with_ids(row: Mapping[str, str]) -> dict[str, str]:
    return {
        **row,
        "query_id": text_id(f"{row['query']}\n{row['job_description_pos']}"),
        "listing_id_pos": text_id(row["job_description_pos"]),
        "listing_id_neg": text_id(row["job_description_neg"]),
        "style": "",
    }


def _listings_of_triplets(rows_of: Mapping[str, Sequence[Mapping[str, str]]]) -> tuple[Listing, ...]:
    texts = {
        row[f"listing_id_{side}"]: row[f"job_description_{side}"]
        for rows in rows_of.values()
        for row in rows
        for side in ("pos", "neg")
    }
    return tuple(Listing(listing_id, "", text, raw_text=text) for listing_id, text in texts.items())


def _triplets(rows: Sequence[Mapping[str, str]], source: str) -> tuple[Triplet, ...]:
    """Gather the rows of each query, in the order of its first row; a row that stands twice counts once."""
    queries: dict[str, Query] = {}
    negatives: dict[str, dict[str, None]] = {}
    for row in rows:
        query = Query(row["query_id"], row["query"], row["listing_id_pos"], row["style"] or "")
        if queries.setdefault(query.query_id, query) != query:
            raise ValueError(
                f"expected one query and listing for each query_id, {source} has {query.query_id!r} with two; build it anew"
            )
        negatives.setdefault(query.query_id, {})[row["listing_id_neg"]] = None
    return tuple(Triplet(query, tuple(negatives[query_id])) for query_id, query in queries.items())


def check_dataset(dataset: JobDataset) -> None:
    """Refuse a dataset that could not be measured honestly.

    Raises:
        ValueError: the corpus is empty, an id stands twice or does not resolve, or a query text or a
            listing's queries stand in two splits.
    """
    ids = {listing.listing_id for listing in dataset.listings}
    if not ids:
        raise ValueError(f"expected a corpus of at least one listing, {dataset.name} has none; build the dataset anew")
    if len(ids) != len(dataset.listings):
        raise ValueError(f"expected each listing_id once, {dataset.name} repeats some; build the dataset anew")
    query_ids = [triplet.query.query_id for triplets in dataset.triplets.values() for triplet in triplets]
    if len(set(query_ids)) != len(query_ids):
        raise ValueError(f"expected each query_id once, {dataset.name} repeats some; build the dataset anew")
    split_of: dict[str, str] = {}
    for split, triplets in dataset.triplets.items():
        for triplet in triplets:
            for listing_id in (triplet.query.listing_id, *triplet.negative_ids):
                if listing_id not in ids:
                    raise ValueError(
                        f"expected listing {listing_id!r} in the corpus of {dataset.name}, it is not there; build it anew"
                    )
            for key in (f"query {triplet.query.text.casefold()!r}", f"listing {triplet.query.listing_id!r}"):
                if split_of.setdefault(key, split) != split:
                    raise ValueError(
                        f"expected each query and listing in one split, {key} of {dataset.name} is in "
                        f"{split_of[key]} and {split}; build the dataset anew"
                    )
