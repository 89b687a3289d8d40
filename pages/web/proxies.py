"""Proxies of the environment, which are not for an app that asks itself whether it runs."""

import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager

from pages.web.hosts import LOOPBACK

VARIABLES = ("http_proxy", "https_proxy", "all_proxy")
EXCEPT = "no_proxy"


def bypass_proxies(host: str) -> None:
    """Except this machine from the environment's proxies."""
    known = os.environ.get(EXCEPT) or os.environ.get(EXCEPT.upper()) or ""
    names = list(dict.fromkeys([*filter(None, known.split(",")), *LOOPBACK, host]))
    os.environ[EXCEPT] = os.environ[EXCEPT.upper()] = ",".join(names)


@contextmanager
def without_unusable_proxies() -> Iterator[None]:
    """Hide proxies of a kind that no client here can use, for which even a request to this machine fails."""
    hidden = {name: os.environ.pop(name) for name in list(os.environ) if _is_unusable(name)}
    try:
        yield
    finally:
        os.environ.update(hidden)


def _is_unusable(name: str) -> bool:
    is_socks = name.lower() in VARIABLES and os.environ[name].startswith("socks")
    return is_socks and importlib.util.find_spec("socksio") is None
