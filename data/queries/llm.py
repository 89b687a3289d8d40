"""Queries from a language model: asked in parallel, checked, refused ones asked for once more."""

import hashlib
import json
import logging
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tqdm import tqdm

from data.corpus.cleaning import clean_line
from data.queries.answer_cache import Answer, Journal
from data.queries.chat_client import Chat, ChatConfig, ServerUselessError, UnansweredError
from data.queries.given import GivenQuery
from data.queries.quality import find_fault
from search.records import Listing

logger = logging.getLogger(__name__)

STYLES: Mapping[str, str] = {
    "skills": "a bare list of skills and tools, three to six of them, no sentence",
    "profile": "the searcher describes themselves: role, years of experience, skills, perhaps a field of work",
    "wish": "a plain wish in everyday words: what they want to do, for whom, where or how",
}
MAX_POSTING_CHARACTERS = 6000
# So many unanswered in a row mean that the server is gone.
MOST_FAILURES_IN_A_ROW = 10
# For the estimate before anything is asked; the final line has the server's own count.
CHARACTERS_PER_TOKEN, TOKENS_PER_QUERY = 4, 35


@dataclass(slots=True)
class _Job:
    """A listing, the styles still wanted for it, and what came of it."""

    listing: Listing
    wanted: list[str]
    queries: list[GivenQuery] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is still to be asked for, before it is."""

    n_requests: int
    n_in_journal: int
    prompt_tokens: int
    completion_tokens: int

    def cost(self, price: tuple[float, float]) -> float:
        """Dollars, at (input, output) dollars a million tokens."""
        return (self.prompt_tokens * price[0] + self.completion_tokens * price[1]) / 1e6


class QueryWriter:
    """Asks the model for each listing's queries and keeps the journal."""

    def __init__(self, config: ChatConfig, *, per_listing: int) -> None:
        """Read the prompt and the journal.

        Raises:
            ValueError: the prompt lacks a place for the posting, or the journal is none.
        """
        self.config = config
        self.journal = Journal(config.journal)
        self.template = config.prompt.read_text(encoding="utf-8")
        if "{posting}" not in self.template:
            raise ValueError(f"expected {{posting}} in the prompt {config.prompt}, where the listing goes; add it")
        self.styles = [list(STYLES)[number % len(STYLES)] for number in range(per_listing)]
        self.spent: Counter[str] = Counter()
        self.used: Counter[str] = Counter()

    def estimate(self, listings: Sequence[Listing]) -> Estimate:
        """Count the requests and guess the tokens of a run, without retries."""
        prompts = [self._prompt(_Job(listing, self.styles)) for listing in listings]
        missing = [prompt for prompt in prompts if self._key(prompt) not in self.journal.answers]
        return Estimate(
            n_requests=len(missing),
            n_in_journal=len(prompts) - len(missing),
            prompt_tokens=sum(math.ceil(len(prompt) / CHARACTERS_PER_TOKEN) for prompt in missing),
            completion_tokens=len(missing) * len(self.styles) * TOKENS_PER_QUERY,
        )

    def write(self, listings: Sequence[Listing]) -> tuple[dict[str, list[GivenQuery]], dict[str, Any]]:
        """Return listing_id -> its fit queries, and counts of what was asked, answered, refused and spent.

        Raises:
            ValueError: the server refuses token or model, or answers nothing any more; what came
                before is in the journal.
        """
        jobs = [_Job(listing, list(self.styles)) for listing in listings]
        self._ask_all(jobs, "queries")
        refused = Counter(fault for job in jobs for fault, _ in job.faults)
        again = [job for job in jobs if job.answered and job.wanted]
        if again:
            self._ask_all(again, "refused ones again")
        counts = {
            "listings": len(jobs),
            "answered": sum(job.answered for job in jobs),
            "unanswered": sum(not job.answered for job in jobs),
            "refused_at_first": dict(refused),
            "listings_asked_again": len(again),
            "refused_again": dict(Counter(fault for job in again for fault, _ in job.faults)),
            "dropped": sum(len(job.wanted) for job in jobs),
            # Of all answers used, also those of earlier runs: the same for the same dataset.
            **{name: self.used[name] for name in ("answers", "prompt_tokens", "completion_tokens")},
        }
        logger.info(
            "asked     %d requests in this run, %d tokens in and %d out; %d listings answered, %d not, %d queries dropped",
            *(self.spent[name] for name in ("requests", "prompt_tokens", "completion_tokens")),
            *(counts[name] for name in ("answered", "unanswered", "dropped")),
        )
        return {job.listing.listing_id: job.queries for job in jobs if job.queries}, counts

    def _ask_all(self, jobs: Sequence[_Job], name: str) -> None:
        prompts = [self._prompt(job) for job in jobs]
        for job in jobs:
            job.faults = []
        missing = [prompt for prompt in dict.fromkeys(prompts) if self._key(prompt) not in self.journal.answers]
        if missing:
            self._fetch(missing, name)
        # Judged in order, not as answers come: so a resumed run makes the same dataset.
        seen = {query.text.casefold() for job in jobs for query in job.queries}
        for job, prompt in zip(jobs, prompts, strict=True):
            answer = self.journal.answers.get(self._key(prompt))
            if answer:
                job.answered = True
                self.used.update(
                    answers=1, prompt_tokens=answer.prompt_tokens, completion_tokens=answer.completion_tokens
                )
                _judge(job, answer.content, seen)

    def _fetch(self, prompts: Sequence[str], name: str) -> None:
        chat = Chat(self.config)
        failures = 0
        with ThreadPoolExecutor(self.config.concurrency) as pool, tqdm(total=len(prompts), desc=name) as bar:
            futures = [pool.submit(self._fetch_one, chat, prompt) for prompt in prompts]
            try:
                for future in as_completed(futures):
                    bar.update()
                    try:
                        future.result()
                        failures = 0
                    except UnansweredError as error:
                        failures += 1
                        logger.warning("no answer for a listing: %s", error)
                        if failures >= MOST_FAILURES_IN_A_ROW:
                            raise ServerUselessError(
                                f"{failures} listings in a row got no answer, the last: {error}; the journal "
                                f"{self.config.journal} keeps {len(self.journal.answers)} answers, run again to go on"
                            ) from error
            finally:
                chat.stop()
                for future in futures:
                    future.cancel()

    def _fetch_one(self, chat: Chat, prompt: str) -> None:
        reply = chat.ask(prompt)
        self.journal.append(Answer(self._key(prompt), reply.content, reply.prompt_tokens, reply.completion_tokens))
        self.spent.update(requests=1, prompt_tokens=reply.prompt_tokens, completion_tokens=reply.completion_tokens)

    def _key(self, prompt: str) -> str:
        asked = json.dumps([self.config.model, self.config.temperature, self.config.max_tokens, prompt])
        return hashlib.sha256(asked.encode()).hexdigest()[:24]

    def _prompt(self, job: _Job) -> str:
        """Fill the template; what was refused is named, so that the second question is another."""
        styles = [f"- {name}: {STYLES[name]}" for name in dict.fromkeys(job.wanted)]
        form = {name: ["..."] * job.wanted.count(name) for name in dict.fromkeys(job.wanted)}
        values = {
            "{count}": str(len(job.wanted)),
            "{styles}": "\n".join(styles),
            "{form}": json.dumps(form),
            "{posting}": job.listing.document[:MAX_POSTING_CHARACTERS],
        }
        prompt = self.template
        # Not str.format: neither prompts nor postings mean their braces that way.
        for place, value in values.items():
            prompt = prompt.replace(place, value)
        if job.faults:
            named = "; ".join(f"{fault.replace('_', ' ')}: {text!r}" for fault, text in job.faults)
            prompt += f"\nAn earlier answer was refused ({named}). Answer better."
        return prompt


def _judge(job: _Job, content: str, seen: set[str]) -> None:
    """Take the fit queries of an answer for the styles still wanted, and note the faults of others."""
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


def parse_answer(content: str) -> list[tuple[str, str]]:
    """Return the (style, query) pairs of an answer, also out of prose or a code block; [] where there are none."""
    for value in _json_values(content):
        pairs = [
            (style, text)
            for style in STYLES
            if isinstance(value, dict)
            for text in _as_list(value.get(style))
            if isinstance(text, str)
        ]
        if pairs:
            return pairs
    return []


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _json_values(content: str) -> Iterator[Any]:
    """Yield each JSON object that begins somewhere in a text."""
    decoder = json.JSONDecoder()
    start = content.find("{")
    while start >= 0:
        with suppress(ValueError, RecursionError):
            yield decoder.raw_decode(content, start)[0]
        start = content.find("{", start + 1)
