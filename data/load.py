"""A dataset's vectors into an engine: the command `python -m data load`."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from tqdm import tqdm

from data.build_config import LoadConfig
from data.dataset import load_job_dataset
from search.encoding.loading import load_encoder
from search.encoding.pooled import PooledEncoder
from search.encoding.sentence_encoder import SentenceEncoder
from search.index.storage import find_indexes
from search.qdrant.loading import EncodeBatches, LoadResult, encode_here, load_corpus, make_facts, take_from
from search.qdrant.opening import EngineDataset, open_engine
from search.records import Listing

logger = logging.getLogger(__name__)


def load_dataset_into_engine(config: LoadConfig) -> dict[str, LoadResult]:
    """Bring the engine's collection of each model to the dataset's listings; return what was done by model."""
    listings = load_job_dataset(config.dataset).listings
    engine = EngineDataset(open_engine(config.engine), config.dataset)
    try:
        results = {}
        for model in config.models:
            results[model] = load_model(engine, load_encoder(model), listings, config)
            done = results[model]
            logger.info("loaded    %s: %d added, %d deleted, %d kept", model, done.added, done.deleted, done.kept)
        return results
    finally:
        engine.engine.close()


def load_model(
    engine: EngineDataset, encoder: SentenceEncoder, listings: Sequence[Listing], config: LoadConfig
) -> LoadResult:
    """Bring a model's collection to the listings; vectors that the cache has are not made again."""
    scoring = config.scoring
    indexes = find_indexes(encoder, listings, config.cache, scoring=scoring) or ()
    with _encoding(encoder, config.processes) as encode, tqdm(unit=" listings", desc=encoder.name) as bar:
        return load_corpus(
            engine.collection(encoder),
            listings,
            partial(make_facts, encoder, listings, scoring, indexes, token_type=config.token_type),
            take_from(indexes, encode),
            scoring=scoring,
            token_type=config.token_type,
            report=_report_to(bar),
            may_delete=config.overwrite,
        )


@contextmanager
def _encoding(encoder: SentenceEncoder, processes: int) -> Iterator[EncodeBatches]:
    if processes == 1:
        yield encode_here(encoder)
    else:
        with PooledEncoder(encoder, processes) as pooled:
            yield encode_here(pooled)


def _report_to(bar: "tqdm[None]") -> Callable[[int, int], None]:
    def report(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)

    return report
