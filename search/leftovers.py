"""What killed runs leave beside their outputs: found by locks that a process loses when it ends, and removed."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PARTIAL, FORMER = ".partial-", ".former-"


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Mark a file or folder as in use by this process, for as long as the context lasts."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        _lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    """Take a file's lock; tell whether it was free."""
    if sys.platform == "win32":
        # Without such locks nothing is taken for a leftover.
        return False
    import fcntl  # noqa: PLC0415 (not on every platform)

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def is_abandoned(path: Path) -> bool:
    """Tell whether no process holds a file or folder."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        return _lock(descriptor)
    finally:
        os.close(descriptor)


def remove_leftovers(folder: Path, pattern: str) -> None:
    """Remove the files and folders of a pattern that no process holds any more."""
    for path in sorted(folder.glob(pattern)):
        if not is_abandoned(path):
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink()


def find_copies(out: Path) -> list[Path]:
    """Return the copies of an output that a killed run left, those that it finished first."""
    out = out.absolute()
    formers = sorted(out.parent.glob(f".{out.name}{FORMER}*")) if out.parent.is_dir() else []
    # The earlier output is moved away only when the new one is complete.
    complete = [path.with_name(path.name.replace(FORMER, PARTIAL)) for path in formers]
    return [path for path in (*complete, *formers) if path.is_dir()]


def recover(out: Path) -> None:
    """Finish what a run left that was killed while it put its output in place, then remove what killed runs left."""
    out = out.absolute()
    if not out.exists():
        copies = [path for path in find_copies(out) if is_abandoned(path)]
        if copies:
            copies[0].rename(out)
    if out.parent.is_dir():
        for kind in (PARTIAL, FORMER):
            # Never the last copy of something.
            if out.exists() or kind == PARTIAL:
                remove_leftovers(out.parent, f".{out.name}{kind}*")


def tell_copies(out: Path) -> str:
    """Say where the copies of a missing output are; empty for none."""
    copies = [] if out.exists() else find_copies(out)
    if not copies:
        return ""
    return f"; a run was killed while it put it there: it is complete in {copies[0]}, move it to {out}"


@contextmanager
def scratch_folder(prefix: str, *, parent: Path) -> Iterator[Path]:
    """Yield an empty folder, and remove it with those that killed processes left."""
    remove_leftovers(parent, f"{prefix}*")
    with tempfile.TemporaryDirectory(prefix=prefix, dir=parent) as name, held(Path(name)):
        yield Path(name)
