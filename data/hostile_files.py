"""Datasets of strangers: what is refused before it is opened, as it leads elsewhere or would take any memory."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from datasets import DatasetBuilder, DownloadManager

from search.encoding.model_folder import check_links

CARD = "README.md"
MAX_CARD_BYTES, MAX_DEPTH = 1 << 20, 50
READ = (".parquet", ".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".txt")
# What rows may take unpacked: texts are packed to a fifth, repeated ones to less.
MIN_UNPACKED_BYTES, MAX_RATIO = 1 << 30, 50
BATCH_ROWS = 1024


def check_dataset_folder(folder: Path) -> None:
    """Refuse a folder with links, or with a card that names data files from elsewhere.

    Raises:
        ValueError: it is one; the message names the file.
    """
    check_links(folder)
    if (folder / CARD).is_file():
        check_card(folder / CARD)


def check_data_files(builder: DatasetBuilder, name: str) -> None:
    """Fetch the data files of a dataset, and refuse what unpacks to any size before anything of it is unpacked.

    Args:
        builder: Of the dataset.
        name: The dataset's, for the message.

    Raises:
        ValueError: a file is refused.
    """
    # What the cache has unpacked already needs no files, and without a network there are none.
    if not builder.config.data_files or Path(builder.cache_dir).exists():
        return
    fetched = DownloadManager().download(builder.config.data_files)
    for path in (Path(path) for paths in fetched.values() for path in paths):
        if path.suffix.lower() not in READ:
            raise ValueError(
                f"expected data files of {name} as Parquet, CSV or JSON Lines, {path.name} is none of them; "
                "save or publish it unpacked"
            )
        if path.suffix.lower() == ".parquet":
            check_table(path)


def check_card(path: Path) -> None:
    """Refuse a dataset card that is no YAML, or names data files outside of the dataset.

    Raises:
        ValueError: it does.
    """
    if path.stat().st_size > MAX_CARD_BYTES:
        raise ValueError(f"expected a card of less than {MAX_CARD_BYTES >> 20} MB, {path} is larger; cut it")
    text = path.read_text(encoding="utf-8", errors="replace")
    head = text.split("\n---", 1)[0].removeprefix("---") if text.startswith("---") else ""
    try:
        _check_depth(head)
        metadata = yaml.safe_load(head)
    except (yaml.YAMLError, ValueError) as error:
        said = " ".join(str(error).split())
        raise ValueError(f"expected plain YAML at the head of {path}, it is none: {said}; mend it") from error
    configs = metadata.get("configs") if isinstance(metadata, dict) else None
    for name in _texts(configs):
        if "://" in name or "::" in name or name.startswith(("/", "~")) or ".." in name:
            raise ValueError(f"expected data files inside the dataset, {path} names {name[:80]!r}; copy the file there")


def _check_depth(head: str) -> None:
    """Refuse YAML of any depth, or with aliases, as of a little text they make any amount."""
    depth = 0
    for event in yaml.parse(head, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH or isinstance(event, yaml.AliasEvent):
            raise ValueError(f"it has aliases, or more than {MAX_DEPTH} levels")


def check_table(path: Path) -> None:
    """Refuse a Parquet file that unpacks to far more than its size.

    Raises:
        ValueError: it does, or can't be read.
    """
    most = max(MIN_UNPACKED_BYTES, MAX_RATIO * path.stat().st_size)
    total = 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=BATCH_ROWS):
                total += sum(map(_unpacked_bytes, batch.columns))
                if total > most:
                    break
    except Exception as error:
        raise ValueError(f"could not read {path}, it seems damaged: {error}; make or fetch it anew") from error
    if total > most:
        raise ValueError(f"expected rows of less than {most >> 20} MB in {path}, they unpack to more; fetch it anew")


def _unpacked_bytes(column: pa.Array) -> int:
    """Return what a column takes with each value written out."""
    return int((column.dictionary_decode() if pa.types.is_dictionary(column.type) else column).nbytes)


def _texts(value: Any) -> Iterator[str]:
    """Yield all texts in nested metadata."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for child in value.values() if isinstance(value, dict) else value:
            yield from _texts(child)
