"""The child process that reads an uploaded file; see data/upload.py."""

import json
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path

from data.corpus.pipeline import MIN_WORDS, Candidates, build_corpus, clean_listings
from data.corpus.titles import ALL_TITLES
from data.sources.readers import read_file
from data.sources.source import ReadListings, Source, start_reading
from data.upload import MAX_MEMORY_BYTES, MAX_SECONDS, MAX_UNPACKED_BYTES, ReadUpload, UploadBounds
from search.records import Listing

# What the counts of a corpus are called here.
REASONS = {
    "dropped_empty": "without a title or a text",
    "dropped_too_short": f"of fewer than {MIN_WORDS} words",
    "dropped_repeated": "repeated",
    "dropped_near_duplicates": "nearly the same as another",
}
BEYOND = "beyond the text that is read here"


def read_within(path: Path, bounds: UploadBounds) -> ReadUpload:
    """Read as much of a file as the bounds allow.

    Raises:
        ValueError: it can't be read, or holds no listing.
    """
    # Never `open_source`: a file may be called like a dataset on the Hub.
    read = start_reading(Source(path.name, "", lambda reading: read_file(path, reading)))
    rows = list(islice(read.listings, bounds.listings))
    has_more = next(read.listings, None) is not None
    found = clean_listings(rows, titles=ALL_TITLES, source_name=path.name, languages=())
    if not found.listings:
        raise ValueError(
            f"expected listings with a title and a text of {MIN_WORDS} words or more in {path.name}, got none in "
            f"{len(rows):,} rows; the columns were read as {read.columns.describe()}"
        )
    return _collect(read, found, bounds, has_more=has_more)


def _collect(read: ReadListings, found: Candidates, bounds: UploadBounds, *, has_more: bool) -> ReadUpload:
    corpus = build_corpus(found)
    # What nobody looks at here would double the memory.
    taken = tuple(replace(one, raw_text="") for one in _within(corpus.listings, bounds.characters))
    counts = dict(corpus.counts)
    left_out = {reason: counts[name] for name, reason in REASONS.items()} | {BEYOND: len(corpus.listings) - len(taken)}
    notes = list(read.reading.lines())
    if has_more:
        notes.insert(0, f"Only the first {bounds.listings:,} rows were read: so many are taken here.")
    return ReadUpload(
        name=found.listings[0].source,
        format=read.reading.format,
        columns=read.columns.describe(),
        rows=found.counts["read"],
        left_out={reason: count for reason, count in left_out.items() if count},
        notes=tuple(notes),
        listings=taken,
    )


def _within(listings: tuple[Listing, ...], characters: int) -> Iterator[Listing]:
    """Yield the first listings whose texts together are short enough; at least one."""
    total = 0
    for number, one in enumerate(listings):
        total += len(one.document)
        if number and total > characters:
            return
        yield one


def limit_resources() -> None:
    """Bound what this process may take; what goes beyond fails or ends it."""
    bounds = {
        resource.RLIMIT_AS: MAX_MEMORY_BYTES,
        resource.RLIMIT_CPU: MAX_SECONDS,
        resource.RLIMIT_FSIZE: MAX_UNPACKED_BYTES,
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in bounds.items():
        # macOS knows no bound of memory.
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


def main() -> None:
    """Print what the file gave as JSON, or its `problem`."""
    path, listings, characters = sys.argv[1:]
    limit_resources()
    try:
        answer = asdict(read_within(Path(path), UploadBounds(int(listings), int(characters))))
    except (ValueError, OSError) as error:
        answer = {"problem": " ".join(str(error).split())}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
