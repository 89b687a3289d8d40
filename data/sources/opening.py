"""Files as they are found: packed or not, in any format, told by their content."""

import io
import json
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pyarrow

from search.hub_errors import first_line

CSV, JSON_LINES, JSON, PARQUET, SHEET = "CSV", "JSON Lines", "JSON", "Parquet", "spreadsheet"
# Endings that --source takes; what is in the file decides how it is read.
ENDINGS = {
    **dict.fromkeys((".csv", ".tsv", ".tab", ".psv", ".txt"), CSV),
    **dict.fromkeys((".jsonl", ".ndjson", ".jl", ".jsonlines", ".ldjson"), JSON_LINES),
    **dict.fromkeys((".json", ".jsonld"), JSON),
    **dict.fromkeys((".parquet", ".pq"), PARQUET),
    **dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), SHEET),
}
PACKED_ENDINGS = (".gz", ".gzip", ".zst", ".zstd", ".bz2")
PACKED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bz2"}
SHEET_BEGINNINGS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
SAMPLE_BYTES = 1 << 18
READ_ERRORS = (pyarrow.ArrowException, OSError, EOFError, zlib.error)


def ending_of(name: str) -> str:
    """Return the ending that names a file's format, without that of its packing."""
    path = Path(name.lower())
    while path.suffix in PACKED_ENDINGS:
        path = path.with_suffix("")
    return path.suffix


def packing_of(path: Path) -> str | None:
    """Tell by its first bytes how a file is packed; None for not at all."""
    with path.open("rb") as file:
        beginning = file.read(4)
    return next((name for magic, name in PACKED.items() if beginning.startswith(magic)), None)


@contextmanager
def open_unpacked(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading from its beginning, unpacked while it is read.

    Raises:
        ValueError: it can't be unpacked.
    """
    packing = packing_of(path)
    if packing is None:
        with path.open("rb") as file:
            yield file
        return
    try:
        with pyarrow.input_stream(str(path), compression=packing) as unpacked:
            yield io.BufferedReader(unpacked, SAMPLE_BYTES)
    except READ_ERRORS as error:
        raise ValueError(f"could not unpack {path}: {first_line(error)}; is the file whole?") from error


@contextmanager
def open_seekable(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that is read from its end too; a packed one is unpacked aside."""
    if packing_of(path) is None:
        with path.open("rb") as file:
            yield file
        return
    with tempfile.TemporaryFile() as aside:
        with open_unpacked(path) as stream:
            shutil.copyfileobj(stream, aside)
        aside.seek(0)
        yield aside


def read_sample(path: Path) -> bytes:
    """Return the first bytes of a file, unpacked."""
    with open_unpacked(path) as stream:
        return stream.read(SAMPLE_BYTES)


def find_format(path: Path) -> str:
    """Tell a file's format by its content, and where that may be either, by its ending.

    Raises:
        ValueError: it is of none.
    """
    sample = read_sample(path)
    if sample.startswith(b"PAR1"):
        return PARQUET
    if sample.startswith(SHEET_BEGINNINGS):
        return SHEET
    named = ENDINGS.get(ending_of(path.name))
    if named in (PARQUET, SHEET):
        raise ValueError(f"expected a {named} file, {path} is none; make it anew, or name it as what it is")
    text = sample.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] in (b"[", b"{") and (named != CSV or text[1:].lstrip()[:1] in (b"{", b'"', b"}")):
        return _kind_of_json(text, named)
    if text[:1] == b"<":
        raise ValueError(f"expected listings as a table or JSON, {path} is markup; save it as CSV or JSON first")
    return named if named in (JSON, JSON_LINES) else CSV


def _kind_of_json(text: bytes, named: str | None) -> str:
    """Tell one document from one a line: there the first line is an object of its own, and more follows."""
    first, _, rest = text.partition(b"\n")
    if text.startswith(b"[") or first.strip() == b"{":
        return JSON
    if named == JSON_LINES:
        return JSON_LINES
    try:
        return JSON_LINES if isinstance(json.loads(first), dict) and rest.strip() else JSON
    except ValueError:
        return JSON
