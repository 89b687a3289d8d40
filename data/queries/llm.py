"""Queries from a language model: asked in parallel, then checked."""

import hashlib
import json
import logging
import math
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field

from tqdm import tqdm

from data.corpus.cleaning import clean_line
from data.queries.answer_cache import Journal
from data.queries.chat_client import Chat, ChatConfig, ServerUselessError, UnansweredError
from data.queries.given import GivenQuery
from data.queries.prompt import STYLE_GUIDE, fill_prompt, parse_answer
from data.queries.quality import find_fault
from search.artifacts import Count, Record
from search.records import Listing

logger = logging.getLogger(__name__)

# So many unanswered in a row mean that the server is gone.
MAX_FAILURES_IN_A_ROW = 10
# For the estimate before anything is asked; the final line has the server's own count.
CHARACTERS_PER_TOKEN, TOKENS_PER_QUERY = 4, 35


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


@dataclass(frozen=True, slots=True)
class Estimate:
    """The requests still to be sent, and their tokens."""

    n_requests: int
    n_in_journal: int
    prompt_tokens: int
    completion_tokens: int

    def cost(self, price: tuple[float, float]) -> float:
        """Return dollars, at (input, output) dollars a million tokens."""
        return (self.prompt_tokens * price[0] + self.completion_tokens * price[1]) / 1e6


class QueryWriter:
    """Asks the model for queries, and keeps a journal."""

    def __init__(self, config: ChatConfig, *, per_listing: int) -> None:
        """Read the prompt and the journal.

        Raises:
            ValueError: the prompt lacks `{posting}`, or the journal is none.
        """
        self.config = config
        self.journal = Journal(config.journal)
        self.template = config.prompt.read_text(encoding="utf-8")
        if "{posting}" not in self.template:
            raise ValueError(f"expected {{posting}} in the prompt {config.prompt}, where the listing goes; add it")
        self.styles = [list(STYLE_GUIDE)[number % len(STYLE_GUIDE)] for number in range(per_listing)]
        self.spent: Counter[str] = Counter()
        self.used: Counter[str] = Counter()

    def estimate(self, listings: Sequence[Listing]) -> Estimate:
        """Count the requests and guess the tokens of a run."""
        prompts = [fill_prompt(self.template, listing, self.styles) for listing in listings]
        missing = [prompt for prompt in prompts if self._key(prompt) not in self.journal.answers]
        return Estimate(
            n_requests=len(missing),
            n_in_journal=len(prompts) - len(missing),
            prompt_tokens=sum(math.ceil(len(prompt) / CHARACTERS_PER_TOKEN) for prompt in missing),
            completion_tokens=len(missing) * len(self.styles) * TOKENS_PER_QUERY,
        )

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
            **{name: self.used[name] for name in ("answers", "prompt_tokens", "completion_tokens")},
        )
        logger.info(
            "asked     %d requests in this run, %d tokens in and %d out; %d listings answered, %d not, "
            "%d queries dropped",
            *(self.spent[name] for name in ("requests", "prompt_tokens", "completion_tokens")),
            *(counts.answered, counts.unanswered, counts.dropped),
        )
        return {job.listing.listing_id: job.queries for job in jobs if job.queries}, counts

    def _ask_all(self, jobs: Sequence[_Job], name: str) -> None:
        prompts = [fill_prompt(self.template, job.listing, job.wanted, job.faults) for job in jobs]
        missing = [prompt for prompt in dict.fromkeys(prompts) if self._key(prompt) not in self.journal.answers]
        if missing:
            self._fetch(missing, name)
        # Judged in order, not as answers come: so a resumed run makes the same dataset.
        seen = {query.text.casefold() for job in jobs for query in job.queries}
        for job, prompt in zip(jobs, prompts, strict=True):
            answer = self.journal.answers.get(self._key(prompt))
            job.faults = []
            if answer:
                job.answered = True
                self.used.update(answers=1, **answer.tokens)
                _judge(job, answer.content, seen)

    def _fetch(self, prompts: Sequence[str], name: str) -> None:
        chat = Chat(self.config)
        failures = 0
        with ThreadPoolExecutor(self.config.concurrency) as pool, tqdm(total=len(prompts), desc=name) as bar:
            futures = [pool.submit(self._fetch_one, chat, prompt) for prompt in prompts]
            try:
                for future in as_completed(futures):
                    bar.update()
                    error = future.exception()
                    if error and not isinstance(error, UnansweredError):
                        raise error
                    if error:
                        logger.warning("no answer for a listing: %s", error)
                    failures = failures + 1 if error else 0
                    if failures >= MAX_FAILURES_IN_A_ROW:
                        raise ServerUselessError(
                            f"{failures} listings in a row got no answer, the last: {error}; the journal "
                            f"{self.config.journal} keeps {len(self.journal.answers)} answers, run again to go on"
                        )
            finally:
                chat.stop()
                pool.shutdown(cancel_futures=True)

    def _fetch_one(self, chat: Chat, prompt: str) -> None:
        answer = chat.ask(prompt)
        self.journal.append(self._key(prompt), answer)
        self.spent.update(requests=1, **answer.tokens)

    def _key(self, prompt: str) -> str:
        asked = json.dumps([self.config.model, self.config.temperature, self.config.max_tokens, prompt])
        return hashlib.sha256(asked.encode()).hexdigest()[:24]


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
