"""Processes that train together, started by torchrun or accelerate."""

import os


def process_count() -> int:
    """How many processes share each step; 1 without a launcher."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_first_process() -> bool:
    """Whether this one writes the results."""
    return int(os.environ.get("RANK", "0")) == 0
