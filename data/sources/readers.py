"""Rows of files and Hub datasets, with file and line."""

import csv
import json
import re
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow
from datasets import load_dataset
from datasets.exceptions import DatasetsError
from pyarrow.parquet import ParquetFile

from search.hub_errors import NETWORK_ERRORS, first_line

Row = tuple[str, dict[str, Any]]
BATCH_ROWS = 256
CSV_DELIMITERS = ",;\t|"


def read_json_lines(path: Path) -> Iterator[Row]:
    """Yield ("file:line", object) for each line, but blank ones."""
    if not path.is_file():
        raise FileNotFoundError(f"expected a JSON Lines file at {path}, there is none; check the name")
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            where = f"{path}:{number}"
            try:
                value = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise ValueError(
                    f"expected one JSON object a line, {where} is none ({error}); mend that line"
                ) from error
            if not isinstance(value, dict):
                raise ValueError(f"expected a JSON object, {where} holds a {type(value).__name__}; mend that line")
            yield where, value


def read_csv(path: Path) -> Iterator[Row]:
    """Yield ("file:line", column -> text) for each row.

    Raises:
        ValueError: not UTF-8, no header, or a row with another number of fields than the header.
    """
    csv.field_size_limit(sys.maxsize)
    line = 1
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next((line for line in file if line.strip()), "")
            # A delimiter inside quotes is none.
            unquoted = re.sub(r'"[^"]*"', "", header)
            file.seek(0)
            reader = csv.reader(file, delimiter=max(CSV_DELIMITERS, key=unquoted.count), strict=True)
            rows = (values for values in reader if any(value.strip() for value in values))
            columns = next(rows, [])
            _check_header(columns, path)
            for values in rows:
                line = reader.line_num
                if len(values) != len(columns):
                    raise ValueError(
                        f"expected {len(columns)} fields as in the header, {path}:{line} has {len(values)}; "
                        "mend that row"
                    )
                yield f"{path}:{line}", dict(zip(columns, values, strict=True))
    except UnicodeDecodeError as error:
        raise ValueError(f"expected CSV in UTF-8, {path} is none ({error}); save it as such") from error
    except csv.Error as error:
        raise ValueError(
            f"expected CSV with quotes inside quotes doubled, {path} is none after line {line} ({error}); mend it"
        ) from error


def _check_header(columns: list[str], path: Path) -> None:
    if not columns:
        raise ValueError(f"expected a header of column names in {path}, found none; add one")
    twice = [name for name in columns if columns.count(name) > 1]
    if twice:
        raise ValueError(f"expected each column name once, {path} has {twice[0]!r} twice; rename one")


def read_parquet(path: Path) -> Iterator[Row]:
    """Yield ("file:row", column -> value) for each row, in batches."""
    try:
        with ParquetFile(path) as file:
            rows = (row for batch in file.iter_batches(BATCH_ROWS) for row in batch.to_pylist())
            for number, row in enumerate(rows, start=1):
                yield f"{path}:{number}", row
    except (pyarrow.ArrowException, OSError) as error:
        raise ValueError(f"expected a Parquet file, {path} is none ({first_line(error)}); make it anew") from error


def read_hub(repo_id: str, revision: str) -> Iterator[Row]:
    """Yield ("USER/NAME:row", column -> value) for each row, streamed.

    Raises:
        FileNotFoundError: the Hub can't be reached, or does not give that dataset.
        ValueError: it holds nothing that `datasets` can read.
    """
    number = 0
    try:
        parts = load_dataset(repo_id, revision=revision, streaming=True).values()
        for number, row in enumerate(chain.from_iterable(parts), start=1):
            yield f"{repo_id}:{number}", row
    except (DatasetsError, ValueError, RuntimeError, pyarrow.ArrowException) as error:
        raise ValueError(
            f"could not read the dataset {repo_id!r}: {first_line(error)}; is it one of tables?"
        ) from error
    except NETWORK_ERRORS as error:
        raise FileNotFoundError(
            f"could not read the dataset {repo_id!r} after {number} rows: {first_line(error)}; "
            "check the name and the network, then run again"
        ) from error
