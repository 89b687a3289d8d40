"""Rows of CSV in any delimiter, quoting and encoding."""

import codecs
import csv
import io
import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, Literal

import charset_normalizer

from data.sources.columns import count_known
from data.sources.opening import SAMPLE_BYTES, open_unpacked, read_sample
from data.sources.reading import Reading, Row

DELIMITERS = ",;\t|"
NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
# No delimiter, though no letter.
IN_WORDS = frozenset(" _-.()/'\"&+?!*%\r\n")
SEP_LINE = re.compile(r'\s*"?sep=(.)"?[ \t]*\r?\n', re.IGNORECASE)
SAMPLE_ROWS = 200
# A cell that long is a quote that is never closed.
MAX_CELL_CHARACTERS = 4_000_000
# So many lines of a report may stand above the header.
MAX_PREAMBLE_ROWS = 10
BACKSLASH_QUOTE = re.compile(r'(?<!\\)((?:\\\\)*)\\"')
UTF8, WESTERN = "utf-8", "cp1252"
BOMS = {codecs.BOM_UTF8: UTF8, codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# Of the many that agree with a text, those that people have.
ENCODINGS = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "koi8_r", "cp932", "euc_jp", "gb18030", "big5",
    "cp949", "mac_roman",
)  # fmt: skip
CENTRAL_EUROPEAN = ("Polish", "Czech", "Slovak", "Hungarian", "Croatian", "Slovene", "Romanian")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV file is written."""

    delimiter: str
    quotechar: str | None = '"'
    has_backslashes: bool = False
    skipped_lines: int = 0

    def read(self, lines: Iterable[str]) -> Any:
        """Return a csv.reader of lines."""
        quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if self.quotechar else csv.QUOTE_NONE
        lines = islice(lines, self.skipped_lines, None)
        if self.has_backslashes:
            lines = (BACKSLASH_QUOTE.sub(r'\1""', line) for line in lines)
        quotechar = self.quotechar or '"'
        return csv.reader(lines, delimiter=self.delimiter, quotechar=quotechar, quoting=quoting, strict=True)


def read_csv(path: Path, reading: Reading | None = None) -> Generator[Row, None, None]:
    """Yield ("file:line", column -> text) for each row.

    Rows that do not fit the header are left out and counted in `reading`; without one the first of them is refused.

    Raises:
        ValueError: no text, no header, or too many bad rows.
    """
    reading = reading or Reading(is_strict=True)
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    sample = read_sample(path)
    encoding = find_encoding(sample, path)
    dialect = find_dialect(_decode_sample(sample, encoding))
    reading.format += f"CSV, {NAMES.get(dialect.delimiter, repr(dialect.delimiter))}, {encoding}"
    if encoding != UTF8:
        reading.note(f"the text is no UTF-8; read as {encoding}")
    with open_unpacked(path) as stream:
        lines = _lines(stream, encoding, reading, old_breaks=b"\n" not in sample)
        yield from _rows(dialect, lines, path, reading)
    reading.finish()


def find_encoding(sample: bytes, path: Path) -> str:
    """Tell a text's encoding by its first bytes.

    Source: charset-normalizer, where it is no UTF-8; what it takes for a Western one is read as cp1252.

    Raises:
        ValueError: it is no text.
    """
    if bom := next((encoding for mark, encoding in BOMS.items() if sample.startswith(mark)), None):
        return bom
    if b"\x00" in sample:
        for encoding, zeros in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
            if zeros.count(0) > 0.7 * len(zeros):
                return encoding
        if sample.count(0) > 0.01 * len(sample):
            raise ValueError(f"expected CSV, {path} is no text; make it anew, or name it as what it is")
    try:
        codecs.getincrementaldecoder(UTF8)().decode(sample)
    except UnicodeDecodeError:
        return _legacy_encoding(sample)
    return UTF8


def _legacy_encoding(sample: bytes) -> str:
    lines = b"\n".join([line for line in sample.split(b"\n") if not line.isascii()][:SAMPLE_ROWS])
    best = charset_normalizer.from_bytes(lines, cp_isolation=list(ENCODINGS), threshold=0.5).best()
    if best is None or (best.encoding in ("cp1250", "cp1254") and best.language not in CENTRAL_EUROPEAN):
        return WESTERN
    return best.encoding


def _decode_sample(sample: bytes, encoding: str) -> str:
    text = sample.decode(encoding, errors="replace").removeprefix("\ufeff").replace("\x00", "")
    # The last line may be cut off.
    return text if len(sample) < SAMPLE_BYTES else text[: text.rfind("\n") + 1] or text


def _lines(stream: IO[bytes], encoding: str, reading: Reading, *, old_breaks: bool) -> Iterator[str]:
    """Yield lines with their ends; bytes that are no UTF-8 here and there are read as cp1252."""
    if encoding != UTF8 or old_breaks:
        newline = None if old_breaks else ""
        with io.TextIOWrapper(stream, encoding, errors="replace", newline=newline) as text:
            yield from (line.removeprefix("\ufeff").replace("\x00", "") for line in text)
        return
    for number, line in enumerate(stream):
        plain = line.removeprefix(codecs.BOM_UTF8) if number == 0 else line
        try:
            yield plain.decode().replace("\x00", "")
        except UnicodeDecodeError:
            reading.note(f"line {number + 1} holds what is no UTF-8; read as {WESTERN}, as are others like it")
            yield plain.decode(WESTERN, errors="replace").replace("\x00", "")


def find_dialect(sample: str) -> Dialect:
    """Tell delimiter and quoting by the first rows."""
    skipped = 0
    if sep := SEP_LINE.match(sample):
        skipped = sample[: sep.end()].count("\n")
    lines = sample.splitlines(keepends=True)[skipped:]
    header = next((line for line in lines if line.strip()), "")
    # A delimiter inside quotes is none.
    unquoted = re.sub(r'"[^"]*"', "", header)
    quotechar = "'" if re.match(r"\s*'[^']*'\W", header) else '"'
    backslashes = len(re.findall(r'[^\\"]\\"(?=[^\r\n])', sample)) > sample.count('""') and '\\"' in sample
    found = sorted({*DELIMITERS, *unquoted} - IN_WORDS - {c for c in unquoted if c.isalnum()}, key=_usual_first)
    if sep:
        found = [sep[1]]
    dialects = [Dialect(delimiter, quotechar, backslashes) for delimiter in found]
    # Not in CSV with commas or semicolons: quotes are what makes it readable there.
    dialects += [Dialect(delimiter, None) for delimiter in found if delimiter not in ",;"]
    best = max(dialects, key=lambda dialect: _fit(dialect, lines))
    return Dialect(best.delimiter, best.quotechar, best.has_backslashes, skipped)


def _usual_first(delimiter: str) -> tuple[int, str]:
    return DELIMITERS.find(delimiter) % 99, delimiter


def _fit(dialect: Dialect, lines: Sequence[str]) -> tuple[float, ...]:
    """Return how well a dialect reads the first rows, in the order of what matters."""
    rows: list[list[str]] = []
    reader, faults = dialect.read(lines), 0
    for _ in range(SAMPLE_ROWS):
        try:
            rows.append(next(reader))
        except StopIteration:
            break
        except csv.Error:
            faults += 1
    rows = [row for row in rows if any(map(str.strip, row))]
    if not rows or len(rows[0]) < 2:
        return 0, 0, 0, 0
    alike = sum(len(row) == len(rows[0]) for row in rows) / (len(rows) + faults)
    return count_known(rows[0]), round(alike, 1), dialect.quotechar is not None, len(rows[0])


def _rows(dialect: Dialect, lines: Iterable[str], path: Path, reading: Reading) -> Iterator[Row]:
    columns, kept, rows = take_header(_values(dialect.read(lines), path, reading), path, reading)
    for line, values in rows:
        where = f"{path}:{line + dialect.skipped_lines}"
        while len(values) > len(columns) and not values[-1].strip():
            values.pop()
        if not kept[-1] < len(values) <= len(columns):
            message = f"expected {len(columns)} fields as in the header, {where} has {len(values)}; mend that row"
            reading.leave_out("another number of fields than the header", message)
            continue
        reading.rows += 1
        yield where, {columns[index]: values[index] for index in kept}


def _values(reader: Any, path: Path, reading: Reading) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, fields), without blank rows."""
    while True:
        line = reader.line_num
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            message = (
                f"expected CSV with quotes inside quotes doubled, {path} is none after line {max(line, 1)} ({error}); "
                "mend it"
            )
            reading.leave_out("quotes that do not match", message)
            continue
        if any(map(str.strip, values)):
            yield reader.line_num, values


def take_header(
    rows: Iterator[tuple[int, list[Any]]], where: object, reading: Reading
) -> tuple[list[str], list[int], Iterator[tuple[int, list[Any]]]]:
    """Take the header from the rows: its names, which of them are used, and the rows below.

    Columns without a name are left out; so is what stands above the header in one cell, such as a report's name.

    Raises:
        ValueError: there is none, or it has a name twice.
    """
    head = list(islice(rows, MAX_PREAMBLE_ROWS))
    names = [[" ".join(str("" if value is None else value).split()) for value in values] for _, values in head]
    at = next((number for number, row in enumerate(names) if sum(map(bool, row)) > 1), 0)
    columns = names[at] if names else []
    kept = [index for index, name in enumerate(columns) if name]
    if not kept:
        raise ValueError(reading.first_fault or f"expected a header of column names in {where}, found none; add one")
    used = [columns[index] for index in kept]
    if twice := [name for name in used if used.count(name) > 1]:
        raise ValueError(f"expected each column name once, {where} has {twice[0]!r} twice; rename one")
    if unnamed := len(columns) - len(kept):
        reading.note(f"{unnamed} column(s) without a name left out")
    if at:
        reading.note(f"{at} row(s) above the header left out")
    return columns, kept, chain(head[at + 1 :], rows)
