"""What all command lines share: logging to stderr, and one clear line for bad input."""

import logging
import sys
from collections.abc import Callable

from search.hub_timeouts import limit_patience

LOUD_LIBRARIES = ("sentence_transformers", "transformers", "datasets", "httpx", "httpx2", "huggingface_hub", "bm25s")


def run_command(command: Callable[[], object], *, name: str) -> int:
    """Run a command; turn bad input into one line on stderr.

    Returns:
        The exit status: 0, or 2 for bad input, or 130 when interrupted.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    for library in LOUD_LIBRARIES:
        logging.getLogger(library).setLevel(logging.ERROR)
    limit_patience()
    try:
        command()
    except (ValueError, OSError) as error:
        message = " ".join(str(error).split())
        print(f"{name}: error: {message}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{name}: stopped; nothing half-written is left", file=sys.stderr)
        return 130
    return 0
