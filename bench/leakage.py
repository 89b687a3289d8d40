"""Near-duplicates across the splits of a dataset, by another method than the one that split it.

`python -m bench.leakage --dataset DIR` prints the pairs of listings of different splits whose texts are
most alike by TF-IDF of character 5-grams, and fails if one reaches the limit.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from data.dataset import JobDataset, load_job_dataset
from search.cli import run_command
from search.records import Listing

# On the bundled corpus reposts score 0.98 and more, other pairs 0.29 and less. On real postings what was read
# between 0.7 and 0.9 are different jobs of one employer, who repeats a text about itself.
LIMIT = 0.9


@dataclass(frozen=True, slots=True)
class Pair:
    """Two listings of different splits; `similarity` is a cosine in [0, 1]."""

    similarity: float
    left: str
    right: str


def most_alike(texts: Sequence[str], groups: Sequence[str], names: Sequence[str], *, count: int = 5) -> list[Pair]:
    """Return the most similar pairs of texts of different groups, the most similar first."""
    rows = TfidfVectorizer(analyzer="char_wb", ngram_range=(5, 5), dtype=np.float32).fit_transform(texts)
    group = np.array(groups)
    pairs: list[Pair] = []
    for place in range(len(texts)):
        similarity = (rows[place + 1 :] @ rows[place].T).toarray().ravel()
        similarity[group[place + 1 :] == group[place]] = -1
        for other in np.argsort(-similarity)[:count]:
            if similarity[other] >= 0:
                pairs.append(Pair(float(similarity[other]), names[place], names[place + 1 + int(other)]))
        pairs = sorted(pairs, key=lambda pair: -pair.similarity)[:count]
    return pairs


def split_listings(dataset: JobDataset) -> list[tuple[Listing, str]]:
    """Return each listing that has queries, with its split."""
    by_id = {listing.listing_id: listing for listing in dataset.listings}
    split_of = {triplet.query.listing_id: split for split, rows in dataset.triplets.items() for triplet in rows}
    return [(by_id[name], split) for name, split in split_of.items()]


def check(source: str) -> None:
    """Print the most similar pairs across splits.

    Raises:
        ValueError: one of them reaches the limit.
    """
    members = split_listings(load_job_dataset(source))
    texts = [listing.text for listing, _ in members]
    pairs = most_alike(texts, [split for _, split in members], [listing.listing_id for listing, _ in members])
    print(f"{len(members)} listings with queries; most alike across splits (character 5-grams, cosine):")
    for pair in pairs:
        print(f"  {pair.similarity:.3f}  {pair.left}  {pair.right}")
    if pairs and pairs[0].similarity >= LIMIT:
        raise ValueError(f"expected no pair of {LIMIT} or more across splits, {source} has {pairs[0]}; build it anew")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the check and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.leakage", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--dataset", required=True, help="a dataset folder, or USER/NAME on the Hub")
    options = parser.parse_args(argv)
    return run_command(lambda: check(options.dataset), name="bench.leakage")


if __name__ == "__main__":
    sys.exit(main())
