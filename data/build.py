"""The pipeline from source listings to a dataset folder, and what each step kept and dropped."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from data.build_config import EXTRACTIVE, GIVEN, LLM, BuildConfig
from data.corpus.pipeline import Corpus, build_corpus
from data.dataset import JobDataset, Triplet, load_job_dataset
from data.manifest import build_record, measure_reach, write_folder
from data.push import check_push, push_dataset
from data.queries.extractive import build_extractive_queries
from data.queries.given import GivenQuery, own_queries, read_queries_file, select_queries
from data.queries.llm import QueryWriter
from data.sources.columns import parse_columns
from data.sources.source import Source, SourceListing, open_source, read_listings
from data.splits import assign_splits, draw_order
from data.triplets.from_votes import TRAIN, load_votes, vote_triplets
from data.triplets.pipeline import build_triplets
from data.votes import Vote
from search.encoding.loading import load_encoder
from search.hub_names import public_name
from search.records import Listing

logger = logging.getLogger(__name__)

# A filter that drops more is likely not meant for this source.
MOST_DROPPED_BY_TITLE = 0.9


def build_dataset(config: BuildConfig) -> dict[str, Any]:
    """Run the whole pipeline and write the dataset folder.

    Returns:
        What build.json holds; nothing for a dry run.

    Raises:
        FileNotFoundError: the source, the queries file or the encoder is not there.
        ValueError: the input can't become a dataset; the message says why.
    """
    if config.push and not config.dry_run:
        check_push(config.push)
    source = open_source(config.source)
    previous = load_job_dataset(config.splits_from) if config.splits_from else None
    splits = _splits_of(previous)
    corpus, given = _read_corpus(config, source, previous)
    if config.dry_run:
        _report_estimate(config, corpus)
        return {}
    # Before queries are paid for: what would end the run after them.
    encoder = load_encoder(config.encoder)
    votes = load_votes(config.feedback) if config.feedback else []
    if config.queries == LLM:
        fixed = {
            listing.listing_id: {splits[listing.listing_id]} if listing.listing_id in splits else set()
            for listing in _drawn(config, corpus)
        }
        assign_splits(fixed, seed=config.seed, leader=corpus.split_leader)
    given, generated = _make_queries(config, corpus, given)
    queries, query_counts = select_queries(given, corpus.representative)
    if not queries:
        raise ValueError(
            f"expected queries for the listings, none of {query_counts['given']} is usable "
            f"({query_counts['without_listing']} name no kept listing); put them into the field `queries` of the "
            "listings, name a --queries-file whose listing_id values are those of the source, or make them "
            "with --queries extractive or llm"
        )
    logger.info("queries   %d kept of %d, for %d listings", query_counts["kept"], query_counts["given"], len(queries))
    triplets = build_triplets(
        corpus.listings,
        queries,
        encoder,
        method=config.negatives,
        per_query=config.negatives_per_query,
        splits=splits,
        leader=corpus.split_leader,
        seed=config.seed,
        cache=config.cache,
    )
    if votes:
        generated = {
            **generated,
            "votes": {"source": public_name(config.feedback), **_add_votes(votes, triplets.by_split, corpus)},
        }
    dataset = JobDataset(str(config.out), corpus.listings, triplets.by_split)
    build = build_record(config, source, corpus, dataset, query_counts | generated, triplets)
    build["reach"] = measure_reach(corpus.listings, corpus.plain_texts, encoder)
    write_folder(dataset, build, config.out)
    if config.push:
        push_dataset(config.out, config.push, private=config.private)
    return build


def _read_corpus(
    config: BuildConfig, source: Source, previous: JobDataset | None
) -> tuple[Corpus, dict[str, list[GivenQuery]]]:
    """Stream the source into the corpus; queries that are given come along."""
    given = read_queries_file(config.queries_file) if config.queries_file else {}
    known = {listing.listing_id for listing in previous.listings} if previous else set()
    takes_own = config.queries == GIVEN and not config.queries_file

    def collect(listings: Iterable[SourceListing]) -> Iterator[SourceListing]:
        for listing in listings:
            if takes_own and listing.queries:
                given.setdefault(listing.listing_id, []).extend(own_queries(listing, is_sample=source.is_sample))
            yield listing

    corpus = build_corpus(
        collect(read_listings(source, parse_columns(config.columns))),
        titles=config.titles,
        source_name=source.name,
        # The first of a group stands for it: one that has its split already, then one with queries.
        rank=lambda listing: (listing.listing_id not in known, listing.listing_id not in given),
    )
    for step, count in corpus.counts.items():
        if step != "families":
            logger.info("listings  %-24s %s", step.replace("_", " "), count)
    dropped, read = corpus.counts["dropped_by_title"], corpus.counts["read"]
    if dropped > MOST_DROPPED_BY_TITLE * read:
        logger.warning(
            "titles    dropped %d of %d listings; --titles all keeps them, --titles NAME,NAME others", dropped, read
        )
    logger.info("families  %s", ", ".join(f"{name} {n}" for name, n in corpus.counts["families"].items()))
    return corpus, given


def _make_queries(
    config: BuildConfig, corpus: Corpus, given: dict[str, list[GivenQuery]]
) -> tuple[dict[str, list[GivenQuery]], dict[str, Any]]:
    """Return the queries of the kind asked for, and what build.json says of their making."""
    if config.queries == GIVEN:
        return given, {}
    listings = _drawn(config, corpus)
    if config.queries == EXTRACTIVE:
        made = build_extractive_queries(corpus.listings, per_listing=config.queries_per_listing, seed=config.seed)
        made = {listing.listing_id: made[listing.listing_id] for listing in listings if listing.listing_id in made}
        if not made:
            raise ValueError(
                f"expected listings that share terms with others, none of {len(listings)} does: a term counts when three "
                "listings and at most six in ten name it; add listings (a wider --titles, perhaps), or take --queries given or llm"
            )
        return made, {"listings_without_terms": len(listings) - len(made)}
    made, counts = _writer(config).write(listings)
    return made, {"llm": counts}


def _drawn(config: BuildConfig, corpus: Corpus) -> tuple[Listing, ...]:
    """Return the listings that get queries: all, or the first --limit by a draw that growth does not change."""
    if not config.limit:
        return corpus.listings
    # A draw of its own: the splits' would give only listings of the training split.
    drawn = sorted(corpus.listings, key=lambda listing: draw_order(f"limit:{listing.listing_id}", seed=config.seed))
    return tuple(drawn[: config.limit])


def _writer(config: BuildConfig) -> QueryWriter:
    if config.chat is None:
        raise ValueError("expected a --model for --queries llm, got none; name one")
    return QueryWriter(config.chat, per_listing=config.queries_per_listing)


def _report_estimate(config: BuildConfig, corpus: Corpus) -> None:
    estimate = _writer(config).estimate(_drawn(config, corpus))
    logger.info(
        "estimate  %d requests (%d answers are in the journal), about %d tokens in and %d out%s; nothing was sent",
        estimate.n_requests,
        estimate.n_in_journal,
        estimate.prompt_tokens,
        estimate.completion_tokens,
        f", ${estimate.cost(config.price):.2f}" if config.price else "; add --price IN,OUT for the cost",
    )


def _add_votes(votes: Sequence[Vote], by_split: dict[str, tuple[Triplet, ...]], corpus: Corpus) -> dict[str, int]:
    """Add what votes say to the train split; return how many there were, how many queries did, and why others did not."""
    ids = (one.listing_id for one in corpus.listings)
    made, counts = vote_triplets(votes, by_split, ids, corpus.split_leader)
    by_split[TRAIN] = (*by_split[TRAIN], *made)
    logger.info("votes     %s", ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in counts.items()))
    return {"given": len(votes), **counts}


def _splits_of(previous: JobDataset | None) -> Mapping[str, str]:
    triplets = previous.triplets.items() if previous else ()
    return {triplet.query.listing_id: split for split, rows in triplets for triplet in rows}
