"""A corpus and its triplets, from a folder or Hub."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from datasets import DatasetDict, disable_progress_bars, enable_progress_bars, load_dataset_builder
from huggingface_hub import HfApi
from huggingface_hub.errors import EntryNotFoundError

from data.hostile_files import (
    CARD,
    MAX_RATIO,
    MIN_UNPACKED_BYTES,
    check_card,
    check_data_files,
    check_dataset_folder,
)
from data.queries.splitting import BY_GROUP, BY_QUERY, SAID, Earlier
from data.sources.source import FACTS, SAMPLE_NAME
from data.triplet_rows import ID_COLUMNS, SEED_COLUMNS, SPLIT_BY, gather_rows, pair_up, rows_with_ids
from search.hub_errors import NETWORK_ERRORS, first_line
from search.hub_names import RepoRef
from search.leftovers import scratch_folder, tell_copies
from search.records import BEST_GRADE, Listing, Query, corpus_hash
from search.understanding.listing_facts import with_facts

LISTING_COLUMNS = ("listing_id", *FACTS, "family", "text", "raw_text", "source", "facts", "derived")
# Not in datasets of before 2026-11-29; made when these are loaded.
LATER_COLUMNS = ("facts", "derived")
# What `datasets` says of a cache with several configs.
NO_DEFAULT = "configurations in the cache"


@dataclass(frozen=True, slots=True)
class Triplet:
    """A query, which names its positives, and its negatives."""

    query: Query
    negative_ids: tuple[str, ...]

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The positive and the negative of each row; each answer and each negative is in one at least."""
        return tuple(pair_up(self.query.answers, self.negative_ids))


@dataclass(frozen=True, slots=True)
class JobDataset:
    """A corpus and its triplets by split; `split_by` query says that splits share listings."""

    name: str
    listings: tuple[Listing, ...]
    triplets: Mapping[str, tuple[Triplet, ...]]
    split_by: str = BY_GROUP

    @property
    def corpus_hash(self) -> str:
        """16 hex digits that identify the corpus."""
        return corpus_hash(self.listings)

    @property
    def dataset_hash(self) -> str:
        """16 hex digits that identify corpus, queries, splits and negatives."""
        rows = [(split, *_hashed(triplet)) for split, triplets in sorted(self.triplets.items()) for triplet in triplets]
        by = [self.split_by] if self.split_by != BY_GROUP else []
        return hashlib.sha256(json.dumps([self.corpus_hash, rows, *by]).encode()).hexdigest()[:16]

    @property
    def is_fictional(self) -> bool:
        """Whether all listings are of the bundled sample."""
        return all(listing.source == SAMPLE_NAME for listing in self.listings)

    @property
    def split_of(self) -> dict[str, str]:
        """listing_id -> split, for listings that answer queries; of a shared one the last."""
        return {
            name: split for split, rows in self.triplets.items() for triplet in rows for name in triplet.query.answers
        }

    @property
    def as_earlier(self) -> Earlier:
        """What a later build keeps of the splits."""
        texts = {row.query.text.casefold(): split for split, rows in self.triplets.items() for row in rows}
        return Earlier(self.split_of, texts, self.split_by)

    @property
    def has_grades(self) -> bool:
        """Whether a query has several answers, or one that is not of the best grade."""
        queries = (row.query for rows in self.triplets.values() for row in rows)
        return any(query.further or query.grade != BEST_GRADE for query in queries)

    def queries(self, split: str) -> tuple[Query, ...]:
        """Return the queries of a split, in order."""
        return tuple(triplet.query for triplet in self.split(split))

    def split(self, split: str) -> tuple[Triplet, ...]:
        """Return a split's triplets; refuse an unknown or empty one."""
        if not self.triplets.get(split):
            has = ", ".join(name for name, rows in self.triplets.items() if rows)
            raise ValueError(f"expected a split of {self.name} that has rows ({has}), got {split!r}; name one of them")
        return self.triplets[split]


def _hashed(triplet: Triplet) -> tuple[object, ...]:
    query = triplet.query
    # Only where there is more than one answer, so that hashes of before hold.
    grades = list(query.grades.items()) if query.further or query.grade != BEST_GRADE else []
    return query.query_id, query.text, query.listing_id, triplet.negative_ids, *grades


def load_job_dataset(source: str) -> JobDataset:
    """Load a dataset folder, or `USER/NAME[@REVISION]` from the Hub.

    Listings keep the order of the file. A dataset with the seed's three columns only gets ids made of its texts.

    Raises:
        FileNotFoundError: no such folder or Hub dataset.
        ValueError: columns are missing, or `check_dataset` refuses it.
    """
    loaded = load_config(source, None)
    columns = set(next(iter(loaded.values())).column_names)
    missing = [name for name in SEED_COLUMNS if name not in columns]
    if missing:
        raise ValueError(
            f"expected a dataset with the columns {', '.join(SEED_COLUMNS)}, {source} lacks {missing[0]!r} "
            f"and has {', '.join(sorted(columns)) or 'none'}; make one with `python -m data build`"
        )
    check_size(loaded, source)
    rows_of = {split: part.to_list() for split, part in loaded.items()}
    has_ids = columns.issuperset(ID_COLUMNS)
    _check_texts(rows_of, (*SEED_COLUMNS, *ID_COLUMNS[:3]) if has_ids else SEED_COLUMNS, source)
    if has_ids:
        listings = _listings(load_config(source, "listings"), source)
    else:
        rows_of = {split: rows_with_ids(rows) for split, rows in rows_of.items()}
        listings = _listings_of_triplets(rows_of)
    triplets = {split: tuple(Triplet(*found) for found in gather_rows(rows, source)) for split, rows in rows_of.items()}
    said = {row.get(SPLIT_BY) for rows in rows_of.values() for row in rows}
    dataset = JobDataset(source, listings, triplets, next((by for by in SAID if by in said), BY_GROUP))
    check_dataset(dataset)
    return dataset


def check_size(loaded: DatasetDict, source: str) -> None:
    """Refuse rows that take far more memory than their files, as a cache may hold what nobody checked.

    Raises:
        ValueError: they do.
    """
    for part in loaded.values():
        if part.data.nbytes > max(MIN_UNPACKED_BYTES, MAX_RATIO * (part.info.download_size or 0)):
            raise ValueError(
                f"expected rows about as large as their files in {source}, they unpack to any; fetch it anew"
            )


def _listings(corpus: DatasetDict, source: str) -> tuple[Listing, ...]:
    check_size(corpus, source)
    rows = [row for part in corpus.values() for row in part]
    missing = [name for name in LISTING_COLUMNS if rows and name not in (*rows[0], *LATER_COLUMNS)]
    if missing:
        raise ValueError(
            f"expected the column {missing[0]!r} in the config `listings` of {source}, it is not there; build it anew"
        )
    _check_texts({"listings": rows}, ("listing_id", "text"), source)
    values: list[dict[str, Any]] = [{name: row.get(name) or "" for name in LISTING_COLUMNS} for row in rows]
    odd = next((name for value in values for name in LISTING_COLUMNS if not isinstance(value[name], str)), None)
    if odd:
        raise ValueError(f"expected texts in the column {odd!r} of the listings of {source}, got others; build it anew")
    listings = tuple(Listing(**{**value, "family": value["family"] or None}) for value in values)
    return listings if rows and "facts" in rows[0] else tuple(map(with_facts, listings))


def _check_texts(rows_of: Mapping[str, Sequence[Mapping[str, Any]]], columns: Sequence[str], source: str) -> None:
    cells = ((split, n, name) for split, rows in rows_of.items() for n in range(len(rows)) for name in columns)
    for split, number, name in cells:
        value = rows_of[split][number][name]
        if not isinstance(value, str) or not value.strip():
            raise ValueError(
                f"expected a text in {name!r}, row {number} of {split} in {source} has {value!r}; mend that row"
            )


def parse_dataset(source: str) -> RepoRef:
    """Read a dataset's name; refuse what is neither a folder nor one of the Hub."""
    ref = RepoRef.parse(source)
    if not ref.folder and not ref.repo_id:
        raise FileNotFoundError(
            f"expected a dataset folder or a Hub id USER/NAME, got {source!r}, which is neither; "
            f"make one with `python -m data build --source sample --queries given --out DIR`{tell_copies(Path(source))}"
        )
    return ref


def load_config(source: str, config: str | None) -> DatasetDict:
    """Load a config, the default one for None, by its splits.

    Raises:
        FileNotFoundError: no such folder or Hub dataset.
        ValueError: it can't be read, or has no splits.
    """
    ref = parse_dataset(source)
    try:
        loaded = _load_folder(source, config) if ref.folder else _load_from_hub(ref, config)
    # Whatever a library meets in a damaged or hostile file.
    except Exception as error:
        kind = FileNotFoundError if isinstance(error, NETWORK_ERRORS) else ValueError
        raise kind(
            f"could not load the dataset {source!r}: {first_line(error)}; check the name and the network, or build one "
            "with `python -m data build`"
        ) from error
    if not isinstance(loaded, DatasetDict):
        raise ValueError(f"expected a dataset with splits, {source} has none; build one with `python -m data build`")
    return loaded


def _load_from_hub(ref: RepoRef, config: str | None) -> DatasetDict:
    with suppress(EntryNotFoundError):
        check_card(Path(HfApi().hf_hub_download(ref.repo_id, CARD, repo_type="dataset", revision=ref.revision)))
    try:
        return _fetch_config(ref, config)
    except ValueError as error:
        # Without a network the cache does not know which of our configs is the default one.
        if config or NO_DEFAULT not in str(error):
            raise
    return _fetch_config(ref, "triplets")


def _fetch_config(ref: RepoRef, config: str | None) -> DatasetDict:
    builder = load_dataset_builder(ref.repo_id, config, revision=ref.revision)
    check_data_files(builder, ref.repo_id)
    builder.download_and_prepare()
    return builder.as_dataset()


def _load_folder(source: str, config: str | None) -> DatasetDict:
    check_dataset_folder(Path(source))
    # A cache of its own: the shared one knows folders by name, and can hand out another's rows.
    with without_progress_bars(), scratch_folder("shortlist-", parent=Path(gettempdir())) as cache:
        builder = load_dataset_builder(source, config, cache_dir=str(cache))
        check_data_files(builder, source)
        builder.download_and_prepare()
        return builder.as_dataset(in_memory=True)


@contextmanager
def without_progress_bars() -> Iterator[None]:
    """Hide bars for local files; downloads keep theirs."""
    disable_progress_bars()
    try:
        yield
    finally:
        enable_progress_bars()


def _listings_of_triplets(rows_of: Mapping[str, Sequence[Mapping[str, str]]]) -> tuple[Listing, ...]:
    all_rows = [row for rows in rows_of.values() for row in rows]
    texts = {row[f"listing_id_{side}"]: row[f"job_description_{side}"] for row in all_rows for side in ("pos", "neg")}
    return tuple(with_facts(Listing(listing_id, "", text, raw_text=text)) for listing_id, text in texts.items())


def check_dataset(dataset: JobDataset) -> None:
    """Refuse a dataset that could not be measured honestly.

    Raises:
        ValueError: the corpus is empty, an id stands twice or resolves to nothing, or splits share a query, or a
            listing without saying so.
    """
    listing_ids = [listing.listing_id for listing in dataset.listings]
    known = set(listing_ids)
    if not known:
        raise ValueError(f"expected a corpus of at least one listing, {dataset.name} has none; build the dataset anew")
    rows = [(split, triplet) for split, triplets in dataset.triplets.items() for triplet in triplets]
    for name, ids in (("listing_id", listing_ids), ("query_id", [triplet.query.query_id for _, triplet in rows])):
        if len(set(ids)) != len(ids):
            raise ValueError(f"expected each {name} once, {dataset.name} repeats some; build the dataset anew")
    split_of: dict[str, str] = {}
    for split, triplet in rows:
        unknown = [name for name in (*triplet.query.grades, *triplet.negative_ids) if name not in known]
        if unknown:
            raise ValueError(
                f"expected listing {unknown[0]!r} in the corpus of {dataset.name}, it is not there; build it anew"
            )
        unshared = () if dataset.split_by == BY_QUERY else triplet.query.answers
        for key in (f"query {triplet.query.text.casefold()!r}", *(f"listing {name!r}" for name in unshared)):
            if split_of.setdefault(key, split) != split:
                raise ValueError(
                    f"expected each query and listing in one split, {key} of {dataset.name} is in "
                    f"{split_of[key]} and {split}; build the dataset anew"
                )
