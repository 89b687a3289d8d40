"""A language model behind a chat-completions server: one question, one answer, with patience."""

import os
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx2
from huggingface_hub import InferenceClient, get_token
from huggingface_hub.errors import HfHubHTTPError, InferenceTimeoutError
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    sleep_using_event,
    stop_after_attempt,
    wait_random_exponential,
)

from search.hub_errors import first_line

DEFAULT_PROMPT = Path(__file__).parent / "prompt.txt"
KEY_VARIABLE = "LLM_API_KEY"
TRANSIENT_STATUS = (408, 425, 429, 500, 502, 503, 504, 529)
# These mean that no listing will ever be answered: a wrong token, model or address, no credit left.
HOPELESS_STATUS = (401, 402, 403, 404)
LONGEST_WAIT_SECONDS = 60.0
# Whoever asks for more is served better by another run.
LONGEST_RETRY_AFTER_SECONDS = 600.0


@dataclass(frozen=True)
class ChatConfig:
    """Which model is asked, where and how."""

    model: str
    base_url: str | None = None
    provider: str | None = None
    temperature: float = 0.7
    max_tokens: int = 1024
    concurrency: int = 4
    timeout_seconds: float = 60.0
    retries: int = 5
    backoff_seconds: float = 1.0
    prompt: Path = DEFAULT_PROMPT
    journal: Path = Path("build/llm-journal.jsonl")

    def __post_init__(self) -> None:
        """Check what can be checked before anything is asked.

        Raises:
            ValueError: a value is out of range, or there is no model.
            FileNotFoundError: the prompt's file is not there.
        """
        if not self.model:
            raise ValueError(
                "expected a --model for --queries llm, such as meta-llama/Llama-3.3-70B-Instruct, got none"
            )
        if self.base_url and not self.base_url.startswith(("http://", "https://")):
            raise ValueError(f"expected --base-url to begin with http:// or https://, got {self.base_url!r}")
        if self.base_url and self.provider:
            raise ValueError("expected --base-url or --provider, got both; a server of your own has no provider")
        if not 0 <= self.temperature <= 2:
            raise ValueError(f"expected a --temperature between 0 and 2, got {self.temperature}")
        for name in ("max_tokens", "concurrency", "timeout_seconds"):
            if getattr(self, name) <= 0:
                raise ValueError(
                    f"expected --{name.removesuffix('_seconds').replace('_', '-')} above 0, got {getattr(self, name)}"
                )
        if self.retries < 0:
            raise ValueError(f"expected --retries of 0 or more, got {self.retries}")
        if not self.prompt.is_file():
            raise FileNotFoundError(f"expected a prompt at {self.prompt}, there is none; check --prompt")


class ServerUselessError(ValueError):
    """The server will answer nothing, so going on is of no use."""


class UnansweredError(Exception):
    """This question got no answer; others may."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A model's text and what it cost."""

    content: str
    prompt_tokens: int
    completion_tokens: int


class Chat:
    """Asks the configured model, again after errors that pass."""

    def __init__(self, config: ChatConfig) -> None:
        """Prepare the client; nothing is sent yet.

        Raises:
            ValueError: an Inference Provider is to be asked, and there is no token.
        """
        self.config = config
        self._stopped = threading.Event()
        # A server of one's own never gets the Hub's token, which the client would send without a key; nor the
        # Hub the server's key.
        key = (os.environ.get(KEY_VARIABLE) or "none") if config.base_url else get_token()
        if not key:
            raise ValueError(
                "expected a Hub token for Inference Providers, found none; run `hf auth login`, set HF_TOKEN, "
                "or name a server of your own with --base-url"
            )
        self._client = InferenceClient(
            base_url=config.base_url,
            api_key=key,
            provider=None if config.base_url else config.provider,  # type: ignore[arg-type]
            timeout=config.timeout_seconds,
        )

    def stop(self) -> None:
        """End all waiting for another try: the run is over."""
        self._stopped.set()

    def ask(self, prompt: str) -> Reply:
        """Send one prompt and return the reply; "" where the model's choice is empty.

        Raises:
            ServerUselessError: the token, the model or the address is refused.
            UnansweredError: the server refused this prompt, or failed again and again.
        """
        attempts = Retrying(
            stop=stop_after_attempt(self.config.retries + 1),
            wait=self._wait,
            sleep=sleep_using_event(self._stopped),
            retry=retry_if_exception(lambda error: _passes(error) and not self._stopped.is_set()),
            reraise=True,
        )
        try:
            return attempts(self._ask_once, prompt)
        except ServerUselessError:
            raise
        except HfHubHTTPError as error:
            status = error.response.status_code
            if status in HOPELESS_STATUS:
                raise ServerUselessError(
                    f"the server refuses to answer ({status}: {first_line(error)}); check --model, --base-url or "
                    f"--provider, and the token ({KEY_VARIABLE} for a server of your own)"
                ) from error
            raise UnansweredError(f"status {status}") from error
        except (httpx2.TransportError, InferenceTimeoutError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UnansweredError(first_line(error)) from error

    def _ask_once(self, prompt: str) -> Reply:
        answer = self._client.chat_completion(
            [{"role": "user", "content": prompt}],
            model=self.config.model,
            temperature=self.config.temperature,
            max_tokens=self.config.max_tokens,
        )
        choices = answer.get("choices") or []
        message = choices[0].get("message") if choices else None
        content = message.get("content") if message else None
        if not isinstance(content, str | None):
            raise ValueError(f"expected a text as the answer's content, got a {type(content).__name__}")
        usage = answer.get("usage") or {}
        prompt_tokens, completion_tokens = (usage.get(name) for name in ("prompt_tokens", "completion_tokens"))
        return Reply(content or "", _count(prompt_tokens), _count(completion_tokens))

    def _wait(self, state: RetryCallState) -> float:
        """Return the seconds that the server asks for, else a random time that doubles."""
        error = state.outcome.exception() if state.outcome else None
        asked = _retry_after_seconds(error) if isinstance(error, HfHubHTTPError) else None
        if asked is not None and asked > LONGEST_RETRY_AFTER_SECONDS:
            raise ServerUselessError(f"the server asks to wait for {asked / 60:.0f} minutes; run again then")
        backoff = wait_random_exponential(multiplier=self.config.backoff_seconds, max=LONGEST_WAIT_SECONDS)
        return float(backoff(state)) if asked is None else asked


def _count(tokens: object) -> int:
    return tokens if isinstance(tokens, int) else 0


def _passes(error: BaseException) -> bool:
    """Tell whether an error may be gone at the next try: a busy server, a lost line, a garbled body."""
    if isinstance(error, HfHubHTTPError):
        return error.response.status_code in TRANSIENT_STATUS
    garbled = isinstance(error, ValueError | KeyError | TypeError | AttributeError)
    return isinstance(error, httpx2.TransportError | InferenceTimeoutError) or garbled


def _retry_after_seconds(error: HfHubHTTPError) -> float | None:
    """Read Retry-After: seconds, or a date."""
    value = str(error.response.headers.get("retry-after") or "").strip()
    if value.isdecimal():
        return float(value[:12])
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (date - datetime.now(UTC)).total_seconds())
