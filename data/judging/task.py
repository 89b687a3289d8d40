"""What is to be judged: queries, listings, and the pooled results of systems."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from data.dataset import JobDataset, load_job_dataset
from data.judging.config import JudgeConfig
from data.judging.pool import Pair, PairId, Rankings, draw_again, order_blindly, pool_results, rank_queries
from data.judgments.dataset import load_judgments
from data.judgments.files import read_judged_queries, read_judgments
from data.judgments.records import JudgedQuery, Judgments
from data.judgments.resolving import check_stated
from data.judgments.rows import draw_splits
from data.splits import VALIDATION
from search.systems import HYBRID, System, load_systems, parse_systems

logger = logging.getLogger(__name__)

# Its fields are those of a query that says nothing else.
BLANK = JudgedQuery("", "", "")


@dataclass(frozen=True)
class Inputs:
    """The listings and queries, and what was judged before."""

    dataset: JobDataset
    queries: tuple[JudgedQuery, ...]
    earlier: Judgments | None


@dataclass(frozen=True)
class Task:
    """What is to be judged, and by whose results."""

    systems: Mapping[str, System]
    rankings: Rankings
    pairs: tuple[Pair, ...]


def load_inputs(config: JudgeConfig) -> Inputs:
    """Load the listings, the queries and the earlier result.

    Raises:
        FileNotFoundError: the dataset or the earlier result is not there.
        ValueError: one of them is unusable, or they do not fit each other.
    """
    dataset = load_job_dataset(config.dataset)
    earlier = read_judgments(config.extend) if config.extend else None
    if earlier:
        _check_listings(earlier, dataset)
    queries = collect_queries(config, earlier)
    check_stated(queries, dataset.listings, str(config.queries or config.extend or config.dataset))
    return Inputs(dataset, queries, earlier)


def prepare_task(config: JudgeConfig, inputs: Inputs) -> Task:
    """Load the systems, and pool what is to be judged."""
    dataset, queries, earlier = inputs.dataset, inputs.queries, inputs.earlier
    specs = parse_systems(config.systems)
    # The hybrid's weight is chosen there; a dataset without that split may have no hybrid.
    validation = dataset.queries(VALIDATION) if HYBRID in specs else ()
    systems = load_systems(specs, dataset.listings, validation=validation, cache=config.cache)
    rankings = rank_queries({name: system.searcher for name, system in systems.items()}, queries)
    pooled = pool_results(rankings, depth=config.depth)
    graded = {(one.query_id, one.listing_id) for one in earlier.grades} if earlier else set()
    asked = [pair_id for pair_id in pooled if pair_id not in graded]
    logger.info(
        "pool      %d results of %d queries by %s, %d of them without a grade",
        *(len(pooled), len(queries), ", ".join(systems), len(asked)),
    )
    asked += _draw_overlap(config, earlier)
    by_id = {query.query_id: query for query in queries}, {one.listing_id: one for one in dataset.listings}
    ordered = order_blindly(asked, list(by_id[0]), seed=config.seed)
    pairs = tuple(Pair(by_id[0][query_id], by_id[1][listing_id]) for query_id, listing_id in ordered)
    return Task(systems, rankings, pairs)


def _check_listings(earlier: Judgments, dataset: JobDataset) -> None:
    known = {listing.listing_id for listing in dataset.listings}
    unknown = [one for one in earlier.grades if one.listing_id not in known]
    if unknown:
        raise ValueError(
            f"expected grades of listings of {dataset.name}, {earlier.name} has {len(unknown)} of others, such as "
            f"{unknown[0].listing_id!r}; name the --dataset that it was made for"
        )


def collect_queries(config: JudgeConfig, earlier: Judgments | None) -> tuple[JudgedQuery, ...]:
    """Return the queries of --extend and --queries, else those of the dataset.

    Raises:
        ValueError: there are none, one id is that of two queries, or one text has other fields in both.
    """
    given = read_judged_queries(config.queries) if config.queries else ()
    if not config.queries and not earlier:
        own = load_judgments(config.dataset)
        if own is None:
            raise ValueError(
                f"expected judged queries, {config.dataset} has none; name a file with --queries, "
                "or an earlier result with --extend"
            )
        return own.queries
    queries = {query.query_id: query for query in earlier.queries} if earlier else {}
    by_text = {query.text.casefold(): query for query in queries.values()}
    for query in given:
        if same := by_text.get(query.text.casefold()):
            _check_unchanged(config, query, same)
            continue
        if query.query_id in queries:
            raise ValueError(
                f"expected one text for each query_id, {config.queries} has {query.query_id!r} with another than "
                f"{config.extend}; give it another id"
            )
        queries[query.query_id] = query
    return draw_splits(queries.values())


def _check_unchanged(config: JudgeConfig, query: JudgedQuery, earlier: JudgedQuery) -> None:
    """Refuse a field that is another than in the earlier result, whose queries stay; one that is empty says nothing."""
    for name in ("split", "kind", "want", "stated"):
        if getattr(query, name) not in (getattr(BLANK, name), getattr(earlier, name)):
            raise ValueError(
                f"expected the queries of {config.extend} as they are there, {config.queries} has "
                f"{earlier.query_id!r} with another `{name}`; leave it out, or correct it in {config.extend} itself"
            )


def _draw_overlap(config: JudgeConfig, earlier: Judgments | None) -> list[PairId]:
    if not earlier or not config.overlap:
        return []
    drawn = draw_again(earlier, config.assessor_name, count=config.overlap, seed=config.seed)
    if len(drawn) < config.overlap:
        logger.warning("overlap   %d asked for, but others have graded %d only", config.overlap, len(drawn))
    return drawn
