"""What the app was asked to serve."""

import socket
from dataclasses import dataclass
from pathlib import Path

from search.encoding.passages import Reading

DEFAULT_TUNED = "build/model"
TRAIN_COMMAND = "python -m train --dataset build/dataset --out build/model"


@dataclass(frozen=True)
class AppConfig:
    """The options of app.py. `reading` is None for what the tuned model's run.json says, `space` is the Space's id where it runs on one, `feedback` the Hub dataset that takes votes."""

    base: str
    tuned: str
    dataset: str
    benchmark: Path
    cache: Path
    reading: Reading | None
    host: str
    port: int
    votes: Path
    space: str = ""
    feedback: str = ""

    def __post_init__(self) -> None:
        """Refuse what can't start, before models are loaded.

        Raises:
            ValueError: the port is out of range.
            FileNotFoundError: there is no tuned model yet.
        """
        if not 1 <= self.port <= 65535:
            raise ValueError(f"expected a port from 1 to 65535, got {self.port}")
        if self.tuned == DEFAULT_TUNED and not Path(self.tuned).exists():
            raise FileNotFoundError(
                f"expected a tuned model in {self.tuned}, there is none; make it with `make train`, "
                f"or with `{TRAIN_COMMAND}`"
            )


def check_port_free(host: str, port: int) -> None:
    """Refuse a port that someone else listens on.

    Raises:
        OSError: it is in use, or the host is not one of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise OSError(
                f"expected a free port, {host}:{port} can't be used ({error.strerror}); name another with --port"
            ) from error
