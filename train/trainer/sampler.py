"""Which listings share a step: drawn anew each epoch."""

import random
from collections.abc import Iterator

import numpy as np
from torch.utils.data import BatchSampler


class ListingSampler(BatchSampler):
    """Random batches of listings, each listing once an epoch.

    `batch` counts the listings of a step over all processes. For several, a step is cut into as many shares, which
    follow one another, so that the whole step is the same whatever their number.
    """

    def __init__(self, n_listings: int, *, batch: int, seed: int, processes: int = 1) -> None:
        if n_listings < 2 * processes:
            raise ValueError(
                f"expected at least {2 * processes} listings for {processes} processes, got {n_listings}; add listings"
            )
        self.n_listings, self.seed, self.processes = n_listings, seed, processes
        self.steps = -(-n_listings // max(batch, 2 * processes))
        self.epoch = 0
        # Asked for by accelerate: None says that batches may differ in size.
        self.batch_size = None  # type: ignore[assignment]
        self.drop_last = False

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch of the next draw."""
        self.epoch = epoch

    def __len__(self) -> int:
        """Count the batches of all processes."""
        return self.steps * self.processes

    def __iter__(self) -> Iterator[list[int]]:
        """Yield each process's share of each step in turn."""
        rng = random.Random(f"{self.seed}-{self.epoch}")  # noqa: S311 (a draw, no secret)
        order = list(range(self.n_listings))
        # Twice, as the recorded runs were drawn.
        rng.shuffle(order)
        rng.shuffle(order)
        for step in np.array_split(np.array(order), self.steps):
            for share in np.array_split(step, self.processes):
                yield share.tolist()
