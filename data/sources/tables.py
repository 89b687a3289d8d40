"""Rows of Parquet files and spreadsheets."""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pyarrow
from pyarrow.parquet import ParquetFile
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from data.sources.columns import count_known
from data.sources.delimited import take_header
from data.sources.opening import open_seekable
from data.sources.reading import Reading, Row
from search.hub_errors import first_line

BATCH_ROWS = 256
# So many rows are looked at to choose a sheet.
PEEK_ROWS = 10


def read_parquet(path: Path, reading: Reading | None = None) -> Generator[Row, None, None]:
    """Yield ("file:row", column -> value) for each row, in batches.

    Raises:
        ValueError: it is none.
    """
    reading = reading or Reading(is_strict=True)
    reading.format += "Parquet"
    try:
        with open_seekable(path) as stream, ParquetFile(stream) as file:
            rows = (row for batch in file.iter_batches(BATCH_ROWS) for row in batch.to_pylist())
            for number, row in enumerate(rows, start=1):
                reading.rows += 1
                yield f"{path}:{number}", row
    except (pyarrow.ArrowException, OSError) as error:
        raise ValueError(f"expected a Parquet file, {path} is none ({first_line(error)}); make it anew") from error


def read_sheet(path: Path, reading: Reading | None = None) -> Generator[Row, None, None]:
    """Yield ("file:row", column -> value) for each row of the workbook's sheet of listings.

    Raises:
        ValueError: it is no workbook, or its sheets are empty.
    """
    reading = reading or Reading(is_strict=True)
    try:
        with open_seekable(path) as stream, CalamineWorkbook.from_filelike(stream) as book:
            sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
            # Of equals the first one.
            sheet = max(sheets, key=_known_names, default=None)
    except (CalamineError, OSError) as error:
        raise ValueError(
            f"expected a spreadsheet, {path} is none ({first_line(error)}); save it as .xlsx or CSV"
        ) from error
    if sheet is None:
        raise ValueError(f"expected a sheet in {path}, found none; save it anew")
    reading.format += f"spreadsheet, sheet {sheet.name!r}" if len(sheets) > 1 else "spreadsheet"
    yield from _sheet_rows(sheet, path, reading)


def _known_names(sheet: CalamineSheet) -> int:
    rows = sheet.to_python(nrows=PEEK_ROWS)
    return max((count_known([str(value) for value in row if value]) for row in rows), default=0)


def _sheet_rows(sheet: CalamineSheet, path: Path, reading: Reading) -> Iterator[Row]:
    found: Iterator[tuple[int, list[Any]]] = (
        (number, values) for number, values in enumerate(sheet.iter_rows(), start=1) if any(map(str, values))
    )
    columns, kept, rows = take_header(found, path, reading)
    for number, values in rows:
        reading.rows += 1
        yield f"{path}:{number}", {columns[index]: values[index] for index in kept if index < len(values)}
