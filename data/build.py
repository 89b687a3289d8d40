"""The pipeline from source listings to a dataset folder."""

import logging
from collections.abc import Mapping, Sequence

from data.build_config import GIVEN, BuildConfig
from data.chat.client import ChatConfig
from data.corpus.coverage import compare_coverage
from data.corpus.language_codes import parse_languages
from data.corpus.pipeline import Candidates, Corpus, SectionCut, build_corpus, filter_listings
from data.dataset import JobDataset, Triplet, load_job_dataset
from data.dataset_folder import save_folder
from data.judgments.files import read_judgments
from data.judgments.records import JudgedQuery
from data.judgments.resolving import check_unseen, resolve_judgments
from data.manifest import BuildRecord, QueriesRecord, build_record
from data.push import check_push, push_dataset
from data.queries.extractive import build_extractive_queries
from data.queries.given import GivenQuery, QueryCounts, SelectedQuery, read_queries_file, select_queries
from data.queries.llm import QueryWriter
from data.queries.splitting import NOTHING, Earlier, SplitQueries, split_queries
from data.sources.columns import parse_columns
from data.sources.source import Source, open_source, start_reading
from data.splits import TRAIN, assign_splits, check_splits, draw_order
from data.triplets.from_votes import VoteCounts, load_votes, vote_triplets
from data.triplets.pipeline import build_triplets, encode_listings
from data.votes import Vote
from search.encoding.loading import load_encoder
from search.hub_names import public_name
from search.records import Listing

logger = logging.getLogger(__name__)

# A filter that drops more is likely not meant for this source.
MAX_SHARE_DROPPED_BY_TITLE = 0.9


def build_dataset(config: BuildConfig) -> BuildRecord | None:
    """Write a dataset folder; None for a dry run.

    Raises:
        FileNotFoundError: the source, the queries file or the encoder is not there.
        ValueError: the input can't become a dataset; the message says why.
    """
    if config.push and not config.dry_run:
        check_push(config.push)
    judgments = read_judgments(config.judgments) if config.judgments else None
    source = open_source(config.source)
    earlier = load_job_dataset(config.splits_from) if config.splits_from else None
    corpus, given = _read_corpus(config, source, earlier)
    judgments = resolve_judgments(judgments, corpus.representative, corpus.listings) if judgments else None
    if config.dry_run and config.chat:
        _report_estimate(config, config.chat, corpus)
        return None
    # Before queries are paid for: what would end the run after them.
    encoder = load_encoder(config.encoder, cache=config.cache)
    votes = load_votes(config.feedback) if config.feedback else []
    queries, counts = _collect_queries(config, corpus, given, earlier.as_earlier if earlier else NOTHING)
    encoded = encode_listings(corpus.listings, encoder, config.cache)
    triplets, refused = build_triplets(
        queries, encoded, method=config.negatives, per_query=config.negatives_per_query, seed=config.seed
    )
    if votes:
        triplets, vote_counts = _add_votes(config, votes, triplets, corpus, judgments.queries if judgments else ())
        counts = counts.model_copy(update={"votes": vote_counts})
    dataset = JobDataset(str(config.out), corpus.listings, triplets, queries.by)
    if judgments:
        check_unseen(judgments, (row.query.text for rows in triplets.values() for row in rows))
    coverage = compare_coverage(corpus.listings, corpus.plain_texts, encoder)
    record = build_record(
        *(config, source, corpus.counts, dataset, judgments), queries=counts, refused=refused, coverage=coverage
    )
    save_folder(dataset, record, config.out, judgments)
    if config.push:
        push_dataset(config.out, config.push, private=config.private)
    return record


def _read_corpus(
    config: BuildConfig, source: Source, earlier: JobDataset | None
) -> tuple[Corpus, dict[str, list[GivenQuery]]]:
    """Stream the source into the corpus; return given queries too."""
    given = read_queries_file(config.queries_file) if config.queries_file else {}
    read = start_reading(source, parse_columns(config.columns))
    logger.info("columns   %s", read.columns.describe())
    candidates = filter_listings(
        read.listings,
        titles=config.titles,
        source_name=source.name,
        languages=parse_languages(config.languages),
    )
    for line in read.reading.lines():
        logger.warning("source    %s", line)
    if config.queries == GIVEN and not config.queries_file:
        given = candidates.queries
    known = {listing.listing_id for listing in earlier.listings} if earlier else set()
    # Those that have their split already stand for their groups before those with queries.
    corpus = build_corpus(candidates, preferred=(known, given))
    counts = dict(corpus.counts)
    families, languages, cut, _ = (counts.pop(name) for name in ("families", "languages", "cut", "mostly_cut"))
    for step, count in counts.items():
        logger.info("listings  %-24s %s", step.replace("_", " "), count)
    if counts["dropped_by_title"] > MAX_SHARE_DROPPED_BY_TITLE * counts["read"]:
        logger.warning(
            "titles    dropped %d of %d listings; --titles all keeps them, --titles NAME,NAME others",
            *(counts["dropped_by_title"], counts["read"]),
        )
    _report_cut(candidates, cut)
    logger.info("languages %s", ", ".join(f"{name} {count}" for name, count in languages.items()))
    logger.info("families  %s", ", ".join(f"{name} {count}" for name, count in families.items()))
    return corpus, given


def _report_cut(candidates: Candidates, cut: Mapping[str, SectionCut]) -> None:
    """Say what was cut by section, and of which listings so much that a person should look."""
    for section, gone in cut.items():
        logger.info("cut       %-24s %d characters of %d listings", section, gone.characters, gone.listings)
    if ids := candidates.mostly_cut:
        logger.warning(
            "cut       more than half of the text of %d listing(s), such as %s; `python -m data inspect` shows what goes",
            *(len(ids), ", ".join(ids[:3])),
        )


def _collect_queries(
    config: BuildConfig, corpus: Corpus, given: Mapping[str, Sequence[GivenQuery]], earlier: Earlier
) -> tuple[SplitQueries, QueriesRecord]:
    """Return usable queries with their splits, and counts."""
    extra: dict[str, object] = {}
    if config.queries != GIVEN:
        drawn = _draw_listings(config, corpus)
        # Before queries are paid for, and again below: some listings may get none.
        ids = [listing.listing_id for listing in drawn]
        check_splits(assign_splits(ids, earlier.of_listing, seed=config.seed, leader=corpus.split_leader).values())
        given, extra = _make_queries(config, corpus, drawn)
    queries, counts = select_queries(given, corpus.representative)
    if not queries:
        raise ValueError(
            f"expected queries for the listings, none of {counts.given} is usable ({counts.without_listing} name no "
            "listing of the corpus); put them into the field `queries` of the listings, name a --queries-file whose "
            "listing_id values are those of the source, or make them with --queries extractive or llm"
        )
    found = split_queries(queries, leader=corpus.split_leader, seed=config.seed, earlier=earlier)
    if found.left_out:
        extra["other_split"] = found.left_out
    _report_queries(queries, counts)
    if found.splits.count(TRAIN) == 1:
        logger.warning("queries   training has one query, so its answers can't be told from another's; add queries")
    return found, QueriesRecord.model_validate(counts.model_dump(exclude_unset=True) | extra)


def _report_queries(queries: Sequence[SelectedQuery], counts: QueryCounts) -> None:
    answered = {answer for query in queries for answer in query.answers}
    logger.info("queries   %d of %d retained, for %d listings", counts.retained, counts.given, len(answered))
    if counts.several_answers:
        logger.info(
            "queries   %d different ones, %d of them with several right answers, %d at most",
            *(len(queries), counts.several_answers, counts.most_answers),
        )
    if counts.grades:
        logger.info("grades    %s", ", ".join(f"{grade}: {count}" for grade, count in counts.grades.items()))


def _make_queries(
    config: BuildConfig, corpus: Corpus, drawn: Sequence[Listing]
) -> tuple[dict[str, list[GivenQuery]], dict[str, object]]:
    """Make queries for the drawn listings; return counts too."""
    if config.chat:
        written, counts = QueryWriter(config.chat, per_listing=config.queries_per_listing).write(drawn)
        return written, {"llm": counts}
    made = build_extractive_queries(corpus.listings, per_listing=config.queries_per_listing, seed=config.seed)
    made = {listing.listing_id: made[listing.listing_id] for listing in drawn if listing.listing_id in made}
    if not made:
        raise ValueError(
            f"expected listings that share terms with others, none of {len(drawn)} does: a term counts when three "
            "listings and at most six in ten name it; add listings (a wider --titles, perhaps), or take "
            "--queries given or llm"
        )
    return made, {"listings_without_terms": len(drawn) - len(made)}


def _draw_listings(config: BuildConfig, corpus: Corpus) -> tuple[Listing, ...]:
    """Return the listings that get queries, at most --limit.

    The draw does not change when the source grows, and is not that of the splits: it would give only train listings.
    """
    if not config.limit:
        return corpus.listings
    drawn = sorted(corpus.listings, key=lambda listing: draw_order(f"limit:{listing.listing_id}", seed=config.seed))
    return tuple(drawn[: config.limit])


def _report_estimate(config: BuildConfig, chat: ChatConfig, corpus: Corpus) -> None:
    writer = QueryWriter(chat, per_listing=config.queries_per_listing)
    estimate = writer.estimate(_draw_listings(config, corpus))
    logger.info("estimate  %s", estimate.describe(config.price))


def _add_votes(
    config: BuildConfig,
    votes: Sequence[Vote],
    triplets: Mapping[str, tuple[Triplet, ...]],
    corpus: Corpus,
    judged: Sequence[JudgedQuery],
) -> tuple[dict[str, tuple[Triplet, ...]], VoteCounts]:
    """Add triplets from votes to the train split, none of a judged query; return counts."""
    texts = [query.text for query in judged]
    made, counts = vote_triplets(votes, triplets, corpus.split_leader, judged=texts)
    logger.info("votes     %s", ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in counts.items()))
    voted = VoteCounts(source=public_name(config.feedback), given=len(votes), **counts)
    return {**triplets, TRAIN: (*triplets[TRAIN], *made)}, voted
