"""Rows of files and Hub datasets, with file and line."""

from collections.abc import Callable, Generator, Mapping
from itertools import chain
from pathlib import Path

import pyarrow

from data.sources.delimited import read_csv
from data.sources.json_rows import read_json, read_json_lines
from data.sources.opening import CSV, JSON, JSON_LINES, PARQUET, SHEET, find_format, packing_of
from data.sources.reading import Reading, Row
from data.sources.tables import read_parquet, read_sheet
from search.hub_errors import NETWORK_ERRORS, first_line

READERS: Mapping[str, Callable[[Path, Reading], Generator[Row, None, None]]] = {
    CSV: read_csv,
    JSON_LINES: read_json_lines,
    JSON: read_json,
    PARQUET: read_parquet,
    SHEET: read_sheet,
}


def read_file(path: Path, reading: Reading) -> Generator[Row, None, None]:
    """Yield ("file:line", column -> value) for each row of a file in any format.

    Raises:
        ValueError: it can't be read.
    """
    if packing := packing_of(path):
        reading.format = f"{packing} of "
    yield from READERS[find_format(path)](path, reading)


def read_hub(repo_id: str, config: str | None, revision: str, reading: Reading) -> Generator[Row, None, None]:
    """Yield ("USER/NAME:row", column -> value) for each row, streamed.

    Raises:
        FileNotFoundError: the Hub can't be reached, or does not give that dataset.
        ValueError: it holds nothing that `datasets` can read, or several configurations of which none is named.
    """
    # Imported here: it takes seconds, and files need it not.
    from datasets import load_dataset  # noqa: PLC0415
    from datasets.exceptions import DatasetsError  # noqa: PLC0415

    reading.format = "Hub dataset" + (f", configuration {config}" if config else "")
    try:
        parts = load_dataset(repo_id, config, revision=revision, streaming=True).values()
        for number, row in enumerate(chain.from_iterable(parts), start=1):
            reading.rows = number
            yield f"{repo_id}:{number}", row
    except (DatasetsError, ValueError, RuntimeError, pyarrow.ArrowException) as error:
        raise ValueError(
            f"could not read the dataset {repo_id!r}: {' '.join(str(error).split())[:300]}; is it one of tables? One of "
            "several configurations is named as hub:USER/NAME:CONFIG"
        ) from error
    except NETWORK_ERRORS as error:
        raise FileNotFoundError(
            f"could not read the dataset {repo_id!r} after {reading.rows} rows: {first_line(error)}; "
            "check the name and the network, then run again"
        ) from error
