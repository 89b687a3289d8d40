"""What `--engine` names, and the key that goes with it."""

import ipaddress
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

API_KEY = "QDRANT_API_KEY"
ENGINE_HELP = "where the vectors lie: the URL of a Qdrant server, local:DIR or edge:DIR; else in this process"
EXPECTED = "expected --engine as http://HOST:PORT, https://HOST, local:DIR or edge:DIR"


@dataclass(frozen=True, slots=True)
class EngineAddress:
    """A server's URL, or a folder for Qdrant's local mode or Qdrant Edge; the key is a server's."""

    kind: Literal["server", "local", "edge"]
    where: str
    key: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        """Return what was typed."""
        return self.where if self.kind == "server" else f"{self.kind}:{self.where}"


def parse_engine(text: str) -> EngineAddress:
    """Read an engine's address; a server's key comes from the environment.

    Raises:
        ValueError: it is none, or would give the key away.
    """
    kind, _, folder = text.partition(":")
    if kind == "local" and folder:
        return EngineAddress("local", folder)
    if kind == "edge" and folder:
        return EngineAddress("edge", folder)
    try:
        url = urlsplit(text)
        host, _ = url.hostname, url.port
    except ValueError:
        raise ValueError(f"{EXPECTED}, got a URL that is none") from None
    if url.username or url.password or url.query or url.fragment:
        raise ValueError(f"{EXPECTED}, got one with more than that; a key goes into the variable {API_KEY}")
    if url.scheme not in ("http", "https") or not host:
        raise ValueError(f"{EXPECTED}, got {text[:60]!r}")
    key = os.environ.get(API_KEY) or None
    if key and url.scheme == "http" and not _is_this_machine(host):
        raise ValueError(f"expected https:// for a server that gets the key in {API_KEY}, got http://{host}")
    return EngineAddress("server", text.rstrip("/"), key)


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def collection_name(dataset: str, model_hash: str) -> str:
    """Name the collection of a dataset under a model: by the last part of the dataset's name."""
    last = Path(dataset.partition("@")[0]).name
    return f"{re.sub('[^A-Za-z0-9]+', '-', last).strip('-') or 'dataset'}-{model_hash}"
