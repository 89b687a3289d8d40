"""Outputs that appear whole or not at all."""

import json
import math
import os
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib.format import read_array_header_1_0, read_array_header_2_0, read_magic
from numpy.typing import NDArray

from search.leftovers import FORMER, PARTIAL, held, recover, remove_leftovers

# Of a member of a zip file, without its name and what else is in it: their lengths are the last four.
MEMBER_HEADER_BYTES = 30


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """Yield a folder that replaces `out` on success, and goes on error.

    What stood at `out` is moved out of the way first and deleted only when the new one is in place. What killed runs
    left beside it is recovered or removed.
    """
    out = out.absolute()
    out.parent.mkdir(parents=True, exist_ok=True)
    recover(out)
    with held(lambda: tempfile.mkdtemp(prefix=f".{out.name}{PARTIAL}", dir=out.parent)) as aside:
        try:
            aside.chmod(0o755)
            yield aside
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
        _put_in_place(aside, out)


def _put_in_place(aside: Path, out: Path) -> None:
    """Rename the finished folder; on failure both stay and are named."""
    former = aside.with_name(aside.name.replace(PARTIAL, FORMER))
    try:
        if out.exists():
            out.rename(former)
        aside.rename(out)
    except BaseException as error:
        if former.exists() and not out.exists():
            former.rename(out)
        raise OSError(
            f"could not put the result at {out}: {error}; it is complete in {aside}, move it by hand"
        ) from error
    shutil.rmtree(former, ignore_errors=True)


def check_out_folder(out: Path, *, marker: str, overwrite: bool) -> None:
    """Refuse to write over what this command did not make, or was not told to replace.

    Args:
        out: Where the result shall go.
        marker: The file that shows that a folder is a result of the same command.
        overwrite: Whether an earlier result may be replaced.

    Raises:
        ValueError: `out` is a file, or a folder that must not be replaced.
    """
    if Path.cwd().is_relative_to(out.absolute()):
        raise ValueError(f"expected a folder of its own for --out, {out} holds the folder you are in; name another")
    recover(out)
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not out.is_dir():
        raise ValueError(f"expected a folder for --out, {out} is a file; name another")
    if not (out / marker).is_file():
        raise ValueError(
            f"expected an empty folder or an earlier result for --out, {out} holds other things; name another"
        )
    if not overwrite:
        raise ValueError(f"{out} holds an earlier result; name another folder, or add --overwrite to replace it")


@contextmanager
def _aside(path: Path) -> Iterator[Path]:
    """Yield a file that replaces the one at `path` on success, and goes on error; what killed runs left goes first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(path.parent, "tmp*.partial")
    with held(lambda: _make_file(path.parent)) as aside:
        try:
            yield aside
            # While it is held, as another process may look for leftovers at any time.
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)


def save_json(value: Any, path: Path) -> None:
    """Write JSON, aside first, with a line break at its end."""
    with _aside(path) as aside:
        aside.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def save_lines(lines: Iterable[str], path: Path) -> None:
    """Write lines of text, aside first."""
    with _aside(path) as aside:
        aside.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def save_arrays(path: Path, **arrays: NDArray[Any]) -> None:
    """Write arrays to one .npz file, aside first, so that no reader meets half of it."""
    with _aside(path) as aside, aside.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def _make_file(folder: Path) -> str:
    descriptor, name = tempfile.mkstemp(dir=folder, suffix=".partial")
    os.close(descriptor)
    # Another process may have taken it for a leftover already.
    with suppress(FileNotFoundError):
        # Such a file is its owner's alone, an output everybody's to read.
        Path(name).chmod(0o644)
    return name


def checksum_of_file(path: Path) -> int:
    """Return a file's CRC-32, by which damage is found; it proves nothing about who wrote the file."""
    check = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            check = zlib.crc32(block, check)
    return check


def checksum_of_arrays(arrays: Mapping[str, NDArray[Any]]) -> int:
    """Return the CRC-32 of named arrays, their shapes and types."""
    check = 0
    for name, array in sorted(arrays.items()):
        check = zlib.crc32(f"{name}{array.dtype}{array.shape}".encode(), check)
        check = zlib.crc32(np.ascontiguousarray(array).tobytes(), check)
    return check


def load_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Read arrays as `save_arrays` writes them: a file of this size takes no more memory than that.

    Raises:
        FileNotFoundError: no such file.
        ValueError: it is damaged, compressed, or claims larger arrays than it holds.
    """
    with path.open("rb") as opened:
        try:
            _check_sizes(opened)
            with np.load(opened, allow_pickle=False) as file:
                return {name: file[name] for name in file.files}
        # Whatever zip, NumPy's headers and their parser meet in damaged bytes.
        except Exception as error:
            raise ValueError(f"expected arrays in {path}, it is damaged: {error}; delete it and run again") from error


def _check_sizes(opened: BinaryIO) -> None:
    """Refuse arrays that are packed, or shorter than their headers say, before memory is taken for them."""
    with zipfile.ZipFile(opened) as archive:
        _check_gaps(archive, opened)
        for member in archive.infolist():
            if member.compress_type != zipfile.ZIP_STORED or member.file_size != member.compress_size:
                raise ValueError(f"{member.filename} is compressed")
            with archive.open(member) as file:
                read = {(1, 0): read_array_header_1_0, (2, 0): read_array_header_2_0}[read_magic(file)]
                shape, _, dtype = read(file)
                if dtype.hasobject or math.prod(shape) * dtype.itemsize != member.file_size - file.tell():
                    raise ValueError(f"{member.filename} does not hold what its header says")
    opened.seek(0)


def _check_gaps(archive: zipfile.ZipFile, opened: BinaryIO) -> None:
    """Refuse bytes of no member: a wrong length in the directory of a zip file hides the members behind it."""
    end = 0
    for member in sorted(archive.infolist(), key=lambda member: member.header_offset):
        if member.header_offset != end:
            raise ValueError(f"something hidden lies before {member.filename}")
        opened.seek(end + MEMBER_HEADER_BYTES - 4)
        end += MEMBER_HEADER_BYTES + sum(struct.unpack("<HH", opened.read(4))) + member.compress_size
    if end != archive.start_dir:
        raise ValueError("something hidden lies behind its arrays")
