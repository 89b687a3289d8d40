"""What the Hub's clients raise, in one line."""

import httpx2

# What fetching from the Hub can raise for want of a network: huggingface_hub's own errors are OSErrors, a cut connection is not.
NETWORK_ERRORS = (OSError, httpx2.HTTPError)


def first_line(error: BaseException) -> str:
    """Shorten an error of a library to its first line, without its full stop."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].strip().rstrip(".")
