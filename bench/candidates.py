"""The command `python -m bench.candidates`: what candidates keep of the exact ranking, and what they cost."""

import resource
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.dataset import JobDataset, load_job_dataset
from data.judgments.dataset import load_judgments
from search.candidates import CandidateSearcher
from search.cli import run_command
from search.encoding.loading import load_encoder
from search.index.storage import load_or_build_indexes
from search.index.stored_corpus import StoredTokens, load_or_build_stored
from search.lexical import LexicalSearcher
from search.metrics import known_item_qrels, ndcg, ranked_ids
from search.ranking import build_run
from search.records import Qrels, Run
from search.scoring import LATE_INTERACTION, combine_scores
from search.searcher import DenseSearcher
from search.understanding.listening import Listener, ListeningSearcher

K = 10
TIMED_QUERIES, WHOLE_QUERIES = 40, 40


@dataclass(frozen=True)
class CandidatesConfig:
    """The options of `python -m bench.candidates`."""

    dataset: str = "build/dataset"  # a dataset folder, or USER/NAME on the Hub
    model: str = "build/model"  # a model folder, or a Hub id
    split: str = "validation"  # of the known items
    cache: Path = Path("build/index")  # folder for vectors already made
    queries: int = 400  # at most so many of each kind


@dataclass(frozen=True)
class QuerySet:
    """Queries of one kind with their relevance."""

    name: str
    texts: list[str]
    qrels: Qrels


def compare_candidates(config: CandidatesConfig) -> None:
    """Print what candidates keep, for each kind of query."""
    dataset, encoder = load_job_dataset(config.dataset), load_encoder(config.model, cache=config.cache)
    sets = query_sets(dataset, config)
    # The model's own memory grows with the first queries.
    for text in sets[0].texts[:TIMED_QUERIES]:
        encoder.encode_query_tokens([text])
    before = resident_mb()
    passages, stored = load_or_build_stored(encoder, dataset.listings, config.cache, show_progress=True)
    with_passages = resident_mb()
    words = LexicalSearcher(dataset.listings)
    with_words = resident_mb()
    found = CandidateSearcher(encoder, passages, stored, words, dataset.listings)
    for text in sets[0].texts[:TIMED_QUERIES]:
        found.search(text, k=K)
    after = resident_mb()
    print(f"{len(dataset.listings):,} listings, {found.depth} candidates by passages and as many by BM25")
    print(f"on disk           {disk_kib(stored) / len(dataset.listings):.1f} KiB a listing")
    print(
        f"resident          {with_passages - before:.0f} MB by passages and {after - with_words:.0f} MB by queries (once "
        f"the vectors are made), {with_words - with_passages:.0f} MB by BM25"
    )
    exact = DenseSearcher(
        encoder, *load_or_build_indexes(encoder, dataset.listings, config.cache, scoring=LATE_INTERACTION)
    )
    compare_times(exact, found, sets[0].texts)
    listener = Listener(dataset.listings)
    print(
        "\nqueries                        n   kept of all stored   kept of exact   ndcg@10 exact, candidates (difference)"
    )
    for one in sets:
        print(describe(one, exact, found, listener))


def query_sets(dataset: JobDataset, config: CandidatesConfig) -> list[QuerySet]:
    """Return the split's queries by their style, and the judged ones of the development half."""
    known = dataset.queries(config.split)
    sets = []
    for style in sorted({query.style for query in known}):
        some = [query for query in known if query.style == style][: config.queries]
        sets.append(QuerySet(f"known items, {style}", [query.text for query in some], known_item_qrels(some)))
    judgments = load_judgments(config.dataset)
    if judgments:
        part = judgments.of_split("development")
        sets.append(QuerySet("judged, development", [query.text for query in part.queries], part.qrels))
    return sets


def describe(queries: QuerySet, exact: DenseSearcher, found: CandidateSearcher, listener: Listener) -> str:
    """Return a line: how many of the ten best are the same, and how good both rankings are."""
    ids = list(queries.qrels)
    runs = [
        build_run(ListeningSearcher(one, listener).scores(queries.texts), ids, exact.listing_ids)
        for one in (exact, found)
    ]
    some = queries.texts[:WHOLE_QUERIES]
    stored = build_run(score_all_stored(found, some, listener), ids[: len(some)], exact.listing_ids)
    kept = [shared(stored, runs[1]), shared(runs[0], runs[1])]
    values = [np.array([ndcg(ranked_ids(run[name]), queries.qrels[name], k=K) for name in ids]) for run in runs]
    difference = values[1] - values[0]
    width = 1.96 * difference.std() / len(difference) ** 0.5
    means = f"{values[0].mean():.3f}, {values[1].mean():.3f} ({difference.mean():+.4f} +-{width:.4f})"
    return f"{queries.name:<26} {len(ids):>5}   {kept[0]:>18.4f}   {kept[1]:>13.4f}   {means}"


def shared(expected: Run, found: Run) -> float:
    """Return the mean share of the expected results that were found."""
    return statistics.fmean(len(best.keys() & found[name].keys()) / len(best) for name, best in expected.items())


def score_all_stored(found: CandidateSearcher, texts: Sequence[str], listener: Listener) -> NDArray[np.float32]:
    """Score all listings by the stored vectors, as no search does, less what contradicts the query."""
    everything, rows = np.arange(len(found.listing_ids)), []
    for text in texts:
        understood = listener.read(text)
        encoded = found.encode([understood.wanted])
        if encoded.tokens is None:
            raise TypeError("expected a query with its tokens")
        maxsim = found.stored.mean_maxsim(encoded.tokens.vectors, everything)
        scores = combine_scores(found.index.scores_at(encoded.sentence[0], everything), maxsim)
        rows.append(scores - listener.penalties(understood))
    return np.stack(rows)


def compare_times(exact: DenseSearcher, found: CandidateSearcher, texts: Sequence[str]) -> None:
    """Print a query's milliseconds by each, encoding included, in turns."""
    times: list[list[float]] = [[], []]
    # Encoded before, for the memory.
    found._cached.clear()
    for text in texts[-TIMED_QUERIES:]:
        for own, searcher in zip(times, (exact, found), strict=True):
            started = time.perf_counter()
            searcher.search(text, k=K)
            own.append(1000 * (time.perf_counter() - started))
    whole, part = (statistics.median(own) for own in times)
    print(f"a query           {part:.0f} ms by candidates, {whole:.0f} ms exhaustive, {part / whole:.2f} of it")


def disk_kib(stored: StoredTokens) -> float:
    """Return the KiB of the store's files."""
    return sum(file.stat().st_size for part in stored.parts for file in part.folder.iterdir()) / 1024


def resident_mb() -> float:
    """Return the process's resident memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    return run_command(compare_candidates, argv, prog="python -m bench.candidates")


if __name__ == "__main__":
    sys.exit(main())
