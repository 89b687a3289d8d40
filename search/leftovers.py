"""What killed runs leave beside their outputs: found by locks that a process loses when it ends, and removed."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PARTIAL, FORMER = ".partial-", ".former-"


@contextmanager
def held(make: Callable[[], str | Path]) -> Iterator[Path]:
    """Make a file or folder, and mark it as in use by this process for as long as the context lasts."""
    path, descriptor = _make_locked(make)
    try:
        yield path
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _make_locked(make: Callable[[], str | Path]) -> tuple[Path, int | None]:
    """Make a file or folder and lock it; the descriptor is None where there are no locks.

    What another process took for a leftover before it was locked is gone: then the next is made.
    """
    while True:
        path = Path(make())
        if sys.platform == "win32":
            # It does not rename what is open.
            return path, None
        with suppress(FileNotFoundError):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                if _lock(descriptor, wait=True) and _is_at(path, descriptor):
                    return path, descriptor
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)
            # Some network drives have no locks, or another number for a path than for the file open there.
            if path.exists():
                return path, None


def _lock(descriptor: int, *, wait: bool) -> bool:
    """Take a file's lock; tell whether this process has it."""
    if sys.platform == "win32":
        # Without such locks nothing is taken for a leftover.
        return False
    import fcntl  # noqa: PLC0415 (not on every platform)

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True


def _is_at(path: Path, descriptor: int) -> bool:
    """Tell whether a path is still that of an open file or folder."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


@contextmanager
def _seized(path: Path) -> Iterator[bool]:
    """Lock a file or folder that no process holds any more, so that none can take it; tell whether it is so."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        descriptor = None
    try:
        yield descriptor is not None and _lock(descriptor, wait=False) and _is_at(path, descriptor)
    finally:
        if descriptor is not None:
            os.close(descriptor)


def remove_leftovers(folder: Path, pattern: str) -> None:
    """Remove the files and folders of a pattern that no process holds any more."""
    for path in sorted(folder.glob(pattern)):
        with _seized(path) as is_abandoned:
            if is_abandoned and path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            elif is_abandoned:
                with suppress(OSError):
                    path.unlink()


def find_copies(out: Path) -> list[Path]:
    """Return the copies of an output that a killed run left, those that it finished first.

    A run that is between its two renames has both in use, and holds the finished one.
    """
    out = out.absolute()
    formers = sorted(out.parent.glob(f".{out.name}{FORMER}*")) if out.parent.is_dir() else []
    # The earlier output is moved away only when the new one is complete.
    complete = {path: path.with_name(path.name.replace(FORMER, PARTIAL)) for path in formers if path.is_dir()}
    found = [partial for partial in complete.values() if partial.is_dir()]
    return [*found, *(former for former, partial in complete.items() if partial not in found)]


def recover(out: Path) -> None:
    """Finish what a run left that was killed while it put its output in place, then remove what killed runs left."""
    out = out.absolute()
    for path in [] if out.exists() else find_copies(out):
        with _seized(path) as is_abandoned:
            if is_abandoned and not out.exists():
                path.rename(out)
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
    with held(lambda: tempfile.mkdtemp(prefix=prefix, dir=parent)) as folder:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
