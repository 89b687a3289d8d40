"""Many questions to a chat server: asked in parallel, answered once."""

import hashlib
import json
import logging
import math
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from tqdm import tqdm

from data.chat.client import Chat, ChatConfig, ServerUselessError, UnansweredError
from data.chat.journal import Answer, Journal

logger = logging.getLogger(__name__)

# So many unanswered in a row mean that the server is gone.
MAX_FAILURES_IN_A_ROW = 10
# For the estimate before anything is asked; the final line has the server's own count.
CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """The requests still to be sent, and their tokens."""

    n_requests: int
    n_in_journal: int
    prompt_tokens: int
    completion_tokens: int

    def cost(self, price: tuple[float, float]) -> float:
        """Return dollars, at (input, output) dollars a million tokens."""
        return (self.prompt_tokens * price[0] + self.completion_tokens * price[1]) / 1e6

    def describe(self, price: tuple[float, float] | None) -> str:
        """Say it in a line, for a run that sends nothing."""
        cost = f", ${self.cost(price):.2f}" if price else "; add --price IN,OUT for the cost"
        return (
            f"{self.n_requests} requests ({self.n_in_journal} answers are in the journal), "
            f"about {self.prompt_tokens} tokens in and {self.completion_tokens} out{cost}; nothing was sent"
        )


class Batch:
    """Asks questions, and keeps the answers in a journal.

    `spent` counts what this run sent: requests and tokens; `used` what its answers cost, also those of earlier runs,
    so that the same result has the same count.
    """

    def __init__(self, config: ChatConfig) -> None:
        """Read the journal; nothing is sent yet.

        Raises:
            ValueError: the journal is none.
        """
        self.config = config
        self.journal = Journal(config.journal)
        self.spent: Counter[str] = Counter()
        self.used: Counter[str] = Counter()

    def estimate(self, prompts: Sequence[str], *, answer_tokens: int) -> CostEstimate:
        """Count the requests and guess the tokens of a run."""
        missing = [prompt for prompt in prompts if self._key(prompt) not in self.journal.answers]
        return CostEstimate(
            n_requests=len(missing),
            n_in_journal=len(prompts) - len(missing),
            prompt_tokens=sum(math.ceil(len(prompt) / CHARACTERS_PER_TOKEN) for prompt in missing),
            completion_tokens=len(missing) * answer_tokens,
        )

    def ask(self, prompts: Sequence[str], name: str) -> list[Answer | None]:
        """Return each prompt's answer, None where there is none; the order is that of the prompts.

        Args:
            prompts: Those that are in the journal are not sent.
            name: What the progress bar says.

        Raises:
            ServerUselessError: the server refuses, or answers no more; what came before is in the journal.
        """
        missing = [prompt for prompt in dict.fromkeys(prompts) if self._key(prompt) not in self.journal.answers]
        if missing:
            self._fetch(missing, name)
        answers = [self.journal.answers.get(self._key(prompt)) for prompt in prompts]
        for answer in answers:
            if answer:
                self.used.update(answers=1, **answer.tokens)
        return answers

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
                        logger.warning("no answer to a question: %s", error)
                    failures = failures + 1 if error else 0
                    if failures >= MAX_FAILURES_IN_A_ROW:
                        raise ServerUselessError(
                            f"{failures} questions in a row got no answer, the last: {error}; the journal "
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
