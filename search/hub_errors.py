"""What the Hub's clients raise, in one line."""

import re

import httpx2

# What stands before the name of a server in an address: USER:PASSWORD@, or a token.
CREDENTIALS = re.compile(r"(?<=//)[^/@\s]+@")
# What fetching from the Hub can raise for want of a network: huggingface_hub's own errors are OSErrors, a cut connection is not.
NETWORK_ERRORS = (OSError, httpx2.HTTPError)


def first_line(error: BaseException) -> str:
    """Shorten an error of a library to its first line, without its full stop and passwords in addresses."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return CREDENTIALS.sub("***@", lines[0].strip().rstrip("."))
