"""Near-duplicates across splits: `python -m bench.leakage --dataset DIR`.

By another method than the one that split the dataset: TF-IDF of character 5-grams.
"""

import sys
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from data.dataset import JobDataset, load_job_dataset
from data.queries.splitting import BY_QUERY
from search.cli import run_command
from search.records import Listing

# On the bundled corpus reposts score 0.98 and more, other pairs 0.29 and less. On real postings what was read
# between 0.7 and 0.9 are different jobs of one employer, who repeats a text about itself.
LIMIT = 0.9


class Pair(NamedTuple):
    """Listings of different splits; `similarity` is in [0, 1]."""

    similarity: float
    left: str
    right: str


def most_similar(texts: Sequence[str], groups: Sequence[str], names: Sequence[str], *, count: int = 5) -> list[Pair]:
    """Find the most similar texts across groups, best first."""
    rows = TfidfVectorizer(analyzer="char_wb", ngram_range=(5, 5), dtype=np.float32).fit_transform(texts)
    group = np.array(groups)
    pairs: list[Pair] = []
    for row in range(len(texts)):
        similarity = (rows[row + 1 :] @ rows[row].T).toarray().ravel()
        similarity[group[row + 1 :] == group[row]] = -1
        best = [int(other) for other in np.argsort(-similarity)[:count] if similarity[other] >= 0]
        pairs += [Pair(float(similarity[other]), names[row], names[row + 1 + other]) for other in best]
        pairs = sorted(pairs, key=lambda pair: -pair.similarity)[:count]
    return pairs


def split_listings(dataset: JobDataset) -> list[tuple[Listing, str]]:
    """Return each listing that has queries, with its split."""
    split_of = dataset.split_of
    return [(one, split_of[one.listing_id]) for one in dataset.listings if one.listing_id in split_of]


def check(dataset: str) -> None:
    """Print the most similar pairs of listings across splits.

    Args:
        dataset: a dataset folder, or USER/NAME on the Hub

    Raises:
        ValueError: one of them reaches the limit.
    """
    loaded = load_job_dataset(dataset)
    if loaded.split_by == BY_QUERY:
        print("split by query, as build.json says: splits share listings, so there is nothing to compare")
        return
    members = split_listings(loaded)
    texts = [listing.text for listing, _ in members]
    pairs = most_similar(texts, [split for _, split in members], [listing.listing_id for listing, _ in members])
    print(f"{len(members)} listings with queries; most similar across splits (character 5-grams, cosine):")
    for pair in pairs:
        print(f"  {pair.similarity:.3f}  {pair.left}  {pair.right}")
    if pairs and pairs[0].similarity >= LIMIT:
        raise ValueError(f"expected no pair of {LIMIT} or more across splits, {dataset} has {pairs[0]}; build it anew")


if __name__ == "__main__":
    sys.exit(run_command(check, prog="python -m bench.leakage"))
