"""A file of listings that a stranger brings: read in a process of its own, within bounds."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from search.records import Listing

logger = logging.getLogger(__name__)

ROOT = Path(__file__).parents[1]
# A file of a few MB may unpack to any size, and a broken one may end the process that reads it.
MAX_MEMORY_BYTES = 3 << 30
MAX_UNPACKED_BYTES = 200 << 20
MAX_SECONDS = 90
# Otherwise each library takes memory for all cores at its start.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True)
class UploadBounds:
    """How much of a file is taken: its first listings, and of these as many as their texts allow."""

    listings: int
    characters: int


@dataclass(frozen=True, slots=True)
class ReadUpload:
    """What a file gave: its listings as they are ranked, and how they were read.

    `columns` tells which column became which field; `left_out` counts rows by the reason; `notes` are the reader's.
    """

    name: str
    format: str
    columns: str
    rows: int
    left_out: Mapping[str, int]
    notes: tuple[str, ...]
    listings: tuple[Listing, ...]


def read_upload(path: Path, bounds: UploadBounds) -> ReadUpload:
    """Read a file's listings as `python -m data build --titles all` would, in any language, in a child process.

    Raises:
        ValueError: it can't be read, it holds no listing, or reading it takes too much time or memory.
    """
    # By its name alone, so that no message tells where files lie here.
    command = [sys.executable, "-m", "data.upload_reading", path.name, str(bounds.listings), str(bounds.characters)]
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | ONE_THREAD | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    try:
        done = subprocess.run(  # noqa: S603 (ours)
            command, cwd=path.parent, env=environment, capture_output=True, timeout=MAX_SECONDS, check=True
        )
    except subprocess.SubprocessError as error:
        logger.warning("upload    %s", " ".join(str(getattr(error, "stderr", "") or error).split())[-500:])
        raise ValueError(
            f"expected a file that is read within {MAX_SECONDS} seconds and {MAX_MEMORY_BYTES >> 30} GB of memory, "
            f"{path.name} is none; bring a part of it, as CSV"
        ) from error
    answer = json.loads(done.stdout)
    if "problem" in answer:
        raise ValueError(answer["problem"])
    listings = tuple(Listing(**one) for one in answer.pop("listings"))
    return ReadUpload(**answer | {"notes": tuple(answer["notes"])}, listings=listings)
