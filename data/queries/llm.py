"""Queries from a language model: asked in parallel, then checked."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from data.chat.batch import Batch, CostEstimate
from data.chat.client import ChatConfig
from data.chat.prompts import read_template
from data.corpus.cleaning import clean_line
from data.queries.given import GivenQuery
from data.queries.prompt import STYLE_GUIDE, fill_prompt, parse_answer
from data.queries.quality import find_fault
from search.record_files import Count, Record
from search.records import Listing

logger = logging.getLogger(__name__)

# Guessed, for the estimate before anything is asked.
TOKENS_PER_QUERY = 35


class LlmCounts(Record):
    """What was asked, answered, refused and dropped."""

    listings: Count
    answered: Count
    unanswered: Count
    refused_at_first: dict[str, Count]
    listings_asked_again: Count
    refused_again: dict[str, Count]
    dropped: Count
    # Of all answers used, also of earlier runs: the same for the same dataset.
    answers: Count
    prompt_tokens: Count
    completion_tokens: Count


@dataclass(slots=True)
class _Job:
    """A listing, the styles still wanted, and the outcome."""

    listing: Listing
    wanted: list[str]
    queries: list[GivenQuery] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)
    answered: bool = False


class QueryWriter:
    """Asks the model for queries, and keeps a journal."""

    def __init__(self, config: ChatConfig, *, per_listing: int) -> None:
        """Read the prompt and the journal.

        Raises:
            ValueError: the prompt lacks `{posting}`, or the journal is none.
        """
        self.batch = Batch(config)
        self.template = read_template(config.prompt, {"posting": "the listing"})
        self.styles = [list(STYLE_GUIDE)[number % len(STYLE_GUIDE)] for number in range(per_listing)]

    def estimate(self, listings: Sequence[Listing]) -> CostEstimate:
        """Count the requests and guess the tokens of a run."""
        prompts = [fill_prompt(self.template, listing, self.styles) for listing in listings]
        return self.batch.estimate(prompts, answer_tokens=len(self.styles) * TOKENS_PER_QUERY)

    def write(self, listings: Sequence[Listing]) -> tuple[dict[str, list[GivenQuery]], LlmCounts]:
        """Return listing_id -> its fit queries, and counts.

        Raises:
            ServerUselessError: the server refuses, or answers no more; what came before is in the journal.
        """
        jobs = [_Job(listing, list(self.styles)) for listing in listings]
        self._ask_all(jobs, "queries")
        refused = Counter(fault for job in jobs for fault, _ in job.faults)
        again = [job for job in jobs if job.answered and job.wanted]
        self._ask_all(again, "refused ones again")
        counts = LlmCounts(
            listings=len(jobs),
            answered=sum(job.answered for job in jobs),
            unanswered=sum(not job.answered for job in jobs),
            refused_at_first=dict(refused),
            listings_asked_again=len(again),
            refused_again=dict(Counter(fault for job in again for fault, _ in job.faults)),
            dropped=sum(len(job.wanted) for job in jobs),
            **{name: self.batch.used[name] for name in ("answers", "prompt_tokens", "completion_tokens")},
        )
        logger.info(
            "asked     %d requests in this run, %d tokens in and %d out; %d listings answered, %d not, "
            "%d queries dropped",
            *(self.batch.spent[name] for name in ("requests", "prompt_tokens", "completion_tokens")),
            *(counts.answered, counts.unanswered, counts.dropped),
        )
        return {job.listing.listing_id: job.queries for job in jobs if job.queries}, counts

    def _ask_all(self, jobs: Sequence[_Job], name: str) -> None:
        prompts = [fill_prompt(self.template, job.listing, job.wanted, job.faults) for job in jobs]
        answers = self.batch.ask(prompts, name)
        # Judged in order, not as answers come: so a resumed run makes the same dataset.
        seen = {query.text.casefold() for job in jobs for query in job.queries}
        for job, answer in zip(jobs, answers, strict=True):
            job.faults = []
            if answer:
                job.answered = True
                _judge(job, answer.content, seen)


def _judge(job: _Job, content: str, seen: set[str]) -> None:
    """Take an answer's fit queries; note faults of others."""
    offered = parse_answer(content)
    if not offered:
        job.faults.append(("no_json", content[:80]))
    for style, text in offered:
        if style not in job.wanted:
            continue
        query = clean_line(text)
        fault = find_fault(query, job.listing) or ("duplicate" if query.casefold() in seen else None)
        if fault:
            job.faults.append((fault, query[:80]))
            continue
        seen.add(query.casefold())
        job.wanted.remove(style)
        job.queries.append(GivenQuery(query, style))
