"""How much a map of the corpus keeps, by several ways to make one.

`python -m bench.projection --dataset DIR --tuned DIR` prints, for each way, the share of each listing's ten nearest
neighbours that are still among its ten nearest in the plane, and how far a listing's place under the tuned model
is from its place under the base, as a share of the map's width.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from comparison.projection import Places, flatten, lay_over, listing_vectors, main_directions, neighbours_kept
from data.dataset import load_job_dataset
from search.cli import run_command
from search.encoding.loading import DEFAULT_BASE, load_encoder
from search.index.storage import load_or_build_indexes
from search.index.vectors import Index

Both = tuple[Places, Places]


def by_main_directions(base: Places, tuned: Places) -> Both:
    """Flatten each by its main directions."""
    return main_directions(base), main_directions(tuned)


def apart(base: Places, tuned: Places) -> Both:
    """Flatten each by t-SNE, for itself."""
    return flatten(base), flatten(tuned)


def one_after_the_other(base: Places, tuned: Places) -> Both:
    """Flatten the base by t-SNE, and the tuned from there."""
    first = flatten(base)
    return first, flatten(tuned, start=first)


WAYS: dict[str, Callable[[Places, Places], Both]] = {
    "main directions": by_main_directions,
    "t-SNE, each for itself": apart,
    "t-SNE, tuned from base": one_after_the_other,
}


def compare_ways(base: Index, tuned: Index) -> list[str]:
    """Return a line a way."""
    vectors = listing_vectors(base), listing_vectors(tuned)
    lines = [f"{'way':<24} {'base keeps':>10} {'tuned keeps':>11} {'moved by':>9} {'seconds':>8}"]
    for name, way in WAYS.items():
        started = time.perf_counter()
        first, second = way(*vectors)
        seconds = time.perf_counter() - started
        second = lay_over(second, first)
        kept = [neighbours_kept(*pair) for pair in zip(vectors, (first, second), strict=True)]
        moved = np.linalg.norm(first - second, axis=1).mean() / np.ptp(first, axis=0).max()
        lines.append(f"{name:<24} {kept[0]:>10.3f} {kept[1]:>11.3f} {moved:>9.3f} {seconds:>8.1f}")
    return lines


def measure(dataset: str, base: str, tuned: str, cache: Path) -> None:
    """Print the table for a dataset's corpus."""
    listings = load_job_dataset(dataset).listings
    indexes = [
        index
        for model in (base, tuned)
        for index in load_or_build_indexes(load_encoder(model), listings, cache, show_progress=True)
    ]
    print("\n".join(compare_ways(*indexes)))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.projection", description=__doc__)
    parser.add_argument("--dataset", required=True, help="a dataset folder or USER/NAME")
    parser.add_argument("--base", default=DEFAULT_BASE, help="[%(default)s]")
    parser.add_argument("--tuned", required=True, help="a model folder or USER/NAME")
    parser.add_argument("--cache", type=Path, default=Path("build/index"), help="folder of indexes [%(default)s]")
    options = parser.parse_args(argv)
    return run_command(lambda: measure(**vars(options)), name="bench.projection")


if __name__ == "__main__":
    sys.exit(main())
