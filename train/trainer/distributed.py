"""How many processes train together, as torchrun or accelerate started them."""

import os


def process_count() -> int:
    """How many processes share each step; 1 where none of the launchers is at work."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_first_process() -> bool:
    """Whether this one writes the results."""
    return int(os.environ.get("RANK", "0")) == 0
