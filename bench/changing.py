"""The command `python -m bench.changing`: a corpus loses and gains one listing in a hundred; what that costs."""

import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.dataset import load_job_dataset
from search.candidates import CandidateSearcher
from search.cli import run_command
from search.encoding.encoder import Encoder
from search.encoding.loading import load_encoder
from search.index.listing_store import CODEC, ListingStore
from search.index.stored_corpus import load_or_build_stored
from search.lexical import LexicalSearcher
from search.records import Listing

SHARE, QUERIES, K = 100, 40, 10


@dataclass(frozen=True)
class ChangingConfig:
    """The options of `python -m bench.changing`."""

    dataset: str = "build/dataset"  # a dataset folder, or USER/NAME on the Hub
    model: str = "build/model"  # a model folder, or a Hub id
    cache: Path = Path("build/index")  # folder for models already converted


def change_corpus(config: ChangingConfig) -> None:
    """Print the seconds of a store made anew and of one that changes, and how alike their rankings are."""
    dataset, encoder = load_job_dataset(config.dataset), load_encoder(config.model, cache=config.cache)
    listings = dataset.listings
    before = [one for at, one in enumerate(listings) if at % SHARE != 0]
    after = [one for at, one in enumerate(listings) if at % SHARE != 1]
    texts = [query.text for query in dataset.queries("validation")][:QUERIES]
    with tempfile.TemporaryDirectory() as name:
        changing, anew = Path(name) / "changing", Path(name) / "anew"
        _build(encoder, before, changing)
        changed, taken = _build(encoder, after, changing)
        _copy_codec(encoder, changing, anew)
        made, whole = _build(encoder, after, anew)
        print(f"{len(after):,} listings, of them {len(set(after) - set(before)):,} new, as many gone")
        print(f"anew by the same codec {whole:.1f} s, changed {taken:.1f} s: {taken / whole:.1%}")
        shares = [
            len(set(first) & set(second)) / K
            for first, second in zip(_best(changed, texts), _best(made, texts), strict=True)
        ]
        print(f"of the ten best, the same in both: {np.mean(shares):.3f}")


def _copy_codec(encoder: Encoder, source: Path, target: Path) -> None:
    """Give a store the codec that the model has already, as it stays when listings come and go."""
    folders = [ListingStore(cache, encoder.fingerprint).folder for cache in (source, target)]
    folders[1].mkdir(parents=True)
    shutil.copy(folders[0] / CODEC, folders[1])


def _build(encoder: Encoder, listings: Sequence[Listing], cache: Path) -> tuple[CandidateSearcher, float]:
    """Make a searcher; return it with the seconds that its vectors took."""
    started = time.perf_counter()
    found = load_or_build_stored(encoder, listings, cache)
    taken = time.perf_counter() - started
    return CandidateSearcher(encoder, *found, LexicalSearcher(listings), listings), taken


def _best(searcher: CandidateSearcher, texts: Sequence[str]) -> list[tuple[str, ...]]:
    return [searcher.search(text, k=K).listing_ids for text in texts]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    return run_command(change_corpus, argv, prog="python -m bench.changing")


if __name__ == "__main__":
    sys.exit(main())
