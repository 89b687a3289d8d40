"""Which listings stand together in a step: drawn anew each epoch, in clumps of alike ones."""

import random
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import BatchSampler


class ClumpSampler(BatchSampler):
    """Batches of clumps: a drawn listing and the nearest ones that are still free.

    Listings that look alike are each other's hard negatives, at no cost. For several processes a
    batch is cut into as many parts, which follow one another, so that the whole step is the same
    whatever the number of processes.

    Source: Hofstätter et al. 2021 (topic-aware sampling), with neighbours instead of clusters.
    """

    def __init__(self, centres: NDArray[np.float32], *, batch: int, alike: int, seed: int, processes: int = 1) -> None:
        """Keep what is drawn from.

        Args:
            centres: `(n_listings, dim)` float32 unit rows: where each listing's queries lie.
            batch: Listings a step, over all processes.
            alike: Listings a clump; 1 draws each by itself.
            seed: Of the draw, with the epoch.
            processes: How many processes share a step.

        Raises:
            ValueError: there are fewer listings than processes need.
        """
        if len(centres) < 2 * processes:
            raise ValueError(
                f"expected at least {2 * processes} listings for {processes} processes, got {len(centres)}; add listings"
            )
        self.centres, self.alike, self.seed, self.processes = centres, alike, seed, processes
        self.steps = -(-len(centres) // max(batch, 2 * processes))
        self.epoch = 0
        # Asked for by accelerate: None says that batches may differ in size.
        self.batch_size = None  # type: ignore[assignment]
        self.drop_last = False

    def set_epoch(self, epoch: int) -> None:
        """Name the epoch that the next draw is for."""
        self.epoch = epoch

    def __len__(self) -> int:
        """How many batches, counting each process's."""
        return self.steps * self.processes

    def __iter__(self) -> Iterator[list[int]]:
        """Yield each process's part of each step in turn."""
        rng = random.Random(f"{self.seed}-{self.epoch}")  # noqa: S311 (a draw, no secret)
        clumps = self._clumps(rng)
        rng.shuffle(clumps)
        order = [place for clump in clumps for place in clump]
        for part in np.array_split(np.array(order), self.steps):
            for share in np.array_split(part, self.processes):
                yield share.tolist()

    def _clumps(self, rng: random.Random) -> list[list[int]]:
        seeds = list(range(len(self.centres)))
        rng.shuffle(seeds)
        if self.alike == 1:
            return [[seed] for seed in seeds]
        free = np.ones(len(self.centres), dtype=bool)
        clumps = []
        for seed in seeds:
            if free[seed]:
                nearness = np.where(free, self.centres @ self.centres[seed], -np.inf)
                nearness[seed] = np.inf
                nearest = np.argsort(-nearness, kind="stable")[: min(self.alike, int(free.sum()))]
                free[nearest] = False
                clumps.append(nearest.tolist())
        return clumps


def query_centres(vectors: NDArray[np.float32], owners: list[int]) -> NDArray[np.float32]:
    """Average each listing's query vectors: `(n_listings, dim)` float32 unit rows.

    Args:
        vectors: `(n_queries, dim)` unit rows.
        owners: The row of each query's listing, from 0, without gaps.
    """
    sums = torch.zeros(max(owners) + 1, vectors.shape[1]).index_add_(0, torch.tensor(owners), torch.from_numpy(vectors))
    rows: NDArray[np.float32] = torch.nn.functional.normalize(sums).numpy()
    return rows
