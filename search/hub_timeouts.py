"""How long the Hub may be silent before a command gives up on it."""

from typing import Any

import httpx2
from huggingface_hub import set_client_factory
from huggingface_hub.utils._http import hf_request_event_hook

# It takes its time for a commit of many files; huggingface_hub alone would wait for ever.
PATIENCE_SECONDS = 120.0


class PatientClient(httpx2.Client):
    """A client that gives up on a silent Hub, also where huggingface_hub asks it to wait for ever."""

    def build_request(self, *args: Any, **options: Any) -> httpx2.Request:
        """Make a request that has a limit of time."""
        return super().build_request(*args, **options | {"timeout": options.get("timeout") or PATIENCE_SECONDS})


def make_client() -> PatientClient:
    """Return what huggingface_hub makes its requests with: as its own, but for the patience."""
    return PatientClient(
        timeout=PATIENCE_SECONDS, event_hooks={"request": [hf_request_event_hook]}, follow_redirects=True
    )


def limit_patience() -> None:
    """Let all requests of huggingface_hub in this process end after some silence; what hf_xet uploads goes its own way."""
    set_client_factory(make_client)
