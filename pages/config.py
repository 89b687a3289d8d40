"""What the app was asked to serve.

The comments behind the fields are the options' help.
"""

import os
import socket
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import tyro

from pages.web.hosts import is_loopback
from search.cli import ScoringOption
from search.encoding.loading import DEFAULT_BASE
from search.leftovers import tell_copies
from search.qdrant.address import ENGINE_HELP, parse_engine
from search.scoring import Scoring

DEFAULT_TUNED = "build/model"
MAX_TUNED = 2
# Encoding takes half a second a listing on two cores.
MAX_UPLOADS = 5_000
TRAIN_COMMAND = "python -m train --dataset build/dataset --out build/model"


def from_environment(variable: str, default: str, *, init: bool = True) -> Any:
    """Declare a field whose default an environment variable sets."""
    return field(default_factory=partial(os.environ.get, variable, default), init=init)


def read_tuned() -> tuple[str, ...]:
    """Read the tuned models that the environment names: one, or two with white space or a comma between."""
    return tuple(os.environ.get("TUNED_MODEL", "").replace(",", " ").split()) or (DEFAULT_TUNED,)


def read_port() -> int:
    """Read the port that the environment names, else Gradio's own.

    Raises:
        ValueError: it names none.
    """
    value = os.environ.get("GRADIO_SERVER_PORT", "7860")
    if not value.isdecimal():
        raise ValueError(f"expected a port's number in GRADIO_SERVER_PORT, got {value!r}")
    return int(value)


def read_uploads() -> int:
    """Read how many listings of a visitor's own file the environment allows; none if it says nothing.

    Raises:
        ValueError: it names no number.
    """
    value = os.environ.get("UPLOADS", "0")
    if not value.isdecimal():
        raise ValueError(f"expected a number of listings in UPLOADS, such as 300, or 0 for no files, got {value!r}")
    return int(value)


@dataclass(frozen=True)
class AppConfig:
    """The options of app.py."""

    base: str = from_environment("BASE_MODEL", DEFAULT_BASE)  # model id or folder
    models: Annotated[tuple[str, ...], tyro.conf.arg(name="tuned")] = field(default_factory=read_tuned)
    """model id or folder; a second one may stand on either side"""
    dataset: str = from_environment("DATASET", "build/dataset")  # folder or USER/NAME
    benchmark: Path = Path("build/benchmark.json")  # report for the Evidence tab
    cache: Path = Path("build/index")  # folder for vectors already made
    engine: Annotated[str, tyro.conf.arg(metavar="URL", help=ENGINE_HELP)] = from_environment("ENGINE", "")
    scoring: ScoringOption[Scoring | None] = None
    """how both models score a listing: best passage, first tokens only, or each token besides; else as measured"""
    votes: Path = Path("build/votes")  # folder for votes of the blind test
    uploads: int = field(default_factory=read_uploads)
    """most listings of a file that a visitor may bring and compare, such as 300; 0 takes no files"""
    host: str = from_environment("GRADIO_SERVER_NAME", "127.0.0.1")  # address to serve at
    port: int = field(default_factory=read_port)  # port to serve at
    behind_proxy: bool = False
    """visitors come through a proxy, which tells in X-Forwarded-For who they are; a Space always has one"""
    # The Space's id where it runs on one, and the Hub dataset that takes votes: no options.
    space: str = from_environment("SPACE_ID", "", init=False)
    feedback: str = from_environment("FEEDBACK_DATASET", "", init=False)

    def __post_init__(self) -> None:
        """Refuse what can't start, before models are loaded.

        Raises:
            ValueError: the port or the number of listings is out of range, there are too many tuned models, or the engine
                is none.
            FileNotFoundError: there is no tuned model yet; on a Space the page says so.
        """
        if not 1 <= self.port <= 65535:
            raise ValueError(f"expected a port from 1 to 65535, got {self.port}")
        if not 1 <= len(self.models) <= MAX_TUNED:
            raise ValueError(f"expected one tuned model or {MAX_TUNED}, got {len(self.models)}: {self.models}")
        if not 0 <= self.uploads <= MAX_UPLOADS:
            raise ValueError(f"expected --uploads from 0 to {MAX_UPLOADS:,} listings, got {self.uploads:,}")
        if self.engine:
            parse_engine(self.engine)
        if self.lacks_model and not self.space:
            raise FileNotFoundError(
                f"expected a tuned model in {self.tuned}, there is none; make it with `make train`, "
                f"or with `{TRAIN_COMMAND}`{tell_copies(Path(self.tuned))}"
            )

    @property
    def trusts_proxy(self) -> bool:
        """Whether a proxy tells who the visitors are."""
        return self.behind_proxy or bool(self.space)

    @property
    def is_own(self) -> bool:
        """Whether only this machine's own people ask: they are not counted one by one."""
        return is_loopback(self.host) and not self.trusts_proxy

    @property
    def tuned(self) -> str:
        """The tuned model that the page is about."""
        return self.models[0]

    @property
    def lacks_model(self) -> bool:
        """Whether no tuned model was named, and none made here."""
        return self.tuned == DEFAULT_TUNED and not Path(self.tuned).exists()


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
