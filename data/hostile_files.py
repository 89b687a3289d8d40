"""Datasets of strangers: what is refused before it is opened, as it leads elsewhere or would take any memory."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from datasets import DatasetBuilder, DownloadManager

from search.encoding.model_folder import check_links

CARD = "README.md"
MAX_CARD_BYTES, MAX_DEPTH = 1 << 20, 50
PACKED = (".7z", ".bz2", ".gz", ".lz4", ".rar", ".tar", ".tgz", ".xz", ".zip", ".zst")
# What rows may take unpacked: texts are packed to a fifth, repeated ones to less.
MIN_UNPACKED_BYTES, MAX_RATIO = 1 << 30, 50
BATCH_ROWS = 1024


def check_dataset_folder(folder: Path) -> None:
    """Refuse a folder with links or data files from elsewhere, archives, or tables that unpack to any size.

    Raises:
        ValueError: it has one; the message names the file.
    """
    check_links(folder)
    if (folder / CARD).is_file():
        check_card(folder / CARD)
    check_data_files(sorted(path for path in folder.rglob("*") if path.is_file()))


def check_data_files(paths: Iterable[Path]) -> None:
    """Refuse archives, and tables that unpack to any size.

    Raises:
        ValueError: one is; the message names the file.
    """
    for path in paths:
        if path.suffix.lower() in PACKED:
            raise ValueError(
                f"expected Parquet, CSV or JSON Lines in {path.parent}, {path.name} is an archive; unpack it"
            )
        if path.suffix.lower() == ".parquet":
            check_table(path)


def check_remote_files(builder: DatasetBuilder) -> None:
    """Fetch the data files of a dataset of the Hub and check them, before anything of them is unpacked.

    Raises:
        ValueError: one is refused.
    """
    # What the cache has unpacked already needs no files, and without a network there are none.
    if builder.config.data_files and not Path(builder.cache_dir).exists():
        fetched = DownloadManager().download(builder.config.data_files)
        check_data_files(Path(path) for paths in fetched.values() for path in paths)


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
