"""How long the Hub may be silent before a command gives up on it."""

from typing import Any

import httpx2
from huggingface_hub import set_client_factory
from huggingface_hub.utils._http import hf_request_event_hook

# The Hub takes its time for a commit of many files; huggingface_hub alone would wait for ever.
HUB_TIMEOUT_SECONDS = 120.0


class TimeoutClient(httpx2.Client):
    """A client whose every request times out, whatever huggingface_hub asks."""

    def build_request(self, *args: Any, **options: Any) -> httpx2.Request:
        """Make a request that has a timeout."""
        return super().build_request(*args, **options | {"timeout": options.get("timeout") or HUB_TIMEOUT_SECONDS})


def make_client() -> TimeoutClient:
    """Return a client as huggingface_hub makes its own, but with the timeout."""
    return TimeoutClient(
        timeout=HUB_TIMEOUT_SECONDS, event_hooks={"request": [hf_request_event_hook]}, follow_redirects=True
    )


def set_hub_timeout() -> None:
    """Let huggingface_hub's requests time out; not hf_xet's uploads."""
    set_client_factory(make_client)
