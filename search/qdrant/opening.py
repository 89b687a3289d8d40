"""An engine by its address, and a dataset's collections in it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from search.encoding.encoder import Encoder
from search.qdrant.address import collection_name, parse_engine
from search.qdrant.collection import Collection, Engine
from search.qdrant.searcher import EngineSearcher
from search.records import Listing
from search.scoring import Scoring

INSTALL = {"qdrant_client": "qdrant-client==1.20.0", "qdrant_edge": "qdrant-edge-py==0.9.0"}


def open_engine(text: str) -> Engine:
    """Open the engine at an address; nothing is asked of it yet.

    Raises:
        ValueError: it is no address, the folder can't be used, or a package is not installed.
    """
    address = parse_engine(text)
    try:
        # Imported here: most runs need no engine, and a Space has none.
        if address.kind == "edge":
            from search.qdrant.edge import EdgeEngine  # noqa: PLC0415

            return EdgeEngine(address)
        from search.qdrant.server import ServerEngine  # noqa: PLC0415

        return ServerEngine(address)
    except ModuleNotFoundError as error:
        package = INSTALL.get((error.name or "").partition(".")[0])
        if package is None:
            raise
        raise ValueError(
            f"expected the package for --engine {text}; install it with `pip install {package}`"
        ) from error


@dataclass(frozen=True, slots=True)
class EngineDataset:
    """A dataset's collections in an engine, one for each model."""

    engine: Engine
    dataset: str

    def collection(self, encoder: Encoder) -> Collection:
        """Return the collection of a model, which need not be there yet."""
        return self.engine.collection(collection_name(self.dataset, encoder.fingerprint))

    def searcher(self, encoder: Encoder, listings: Sequence[Listing], scoring: Scoring) -> EngineSearcher:
        """Search the collection of a model, which must have these listings."""
        return EngineSearcher(encoder, self.collection(encoder), listings, scoring)


@contextmanager
def opened_dataset(text: str, dataset: str) -> Iterator[EngineDataset | None]:
    """Open a dataset in the engine at an address, and close that at last; None for no address."""
    if not text:
        yield None
        return
    engine = open_engine(text)
    try:
        yield EngineDataset(engine, dataset)
    finally:
        engine.close()
