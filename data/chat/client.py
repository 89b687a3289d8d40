"""A client of chat-completions servers: one question, one answer."""

import os
import threading
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Annotated

import httpx2
from huggingface_hub import InferenceClient, get_token
from huggingface_hub.errors import HfHubHTTPError, InferenceTimeoutError
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential
from tenacity.nap import sleep_using_event
from tyro.conf import Fixed, Suppress, arg

from data.chat.journal import Answer
from search.cli import check_at_least, check_options
from search.hub_errors import first_line

KEY_VARIABLE = "LLM_API_KEY"
TRANSIENT_STATUS = (408, 425, 429, 500, 502, 503, 504, 529)
# These mean that no question will ever be answered: a wrong token, model or address, no credit left.
HOPELESS_STATUS = (401, 402, 403, 404)
# A lost line, or a garbled body.
LOST_OR_GARBLED = (httpx2.TransportError, InferenceTimeoutError, ValueError, KeyError, TypeError, AttributeError)
MAX_BACKOFF_SECONDS = 60.0
# Whoever asks for more is served better by another run.
MAX_RETRY_AFTER_SECONDS = 600.0


@dataclass(frozen=True)
class ChatConfig:
    """Which model is asked, where and how."""

    model: str = ""  # the model's name at the provider or server
    base_url: str | None = None
    """an OpenAI-compatible server, such as http://127.0.0.1:8080/v1; its key is read from LLM_API_KEY"""
    provider: str | None = None  # Inference Provider; without it the Hub chooses
    temperature: float = 0.7  # from 0 to 2: how freely it answers
    max_tokens: int = 1024  # of an answer
    concurrency: int = 4  # requests at once
    timeout_seconds: Annotated[float, arg(name="timeout", metavar="SECONDS")] = 60.0  # for an answer
    retries: int = 5  # after errors that may pass
    backoff_seconds: Suppress[Fixed[float]] = 1.0
    prompt: Path = field(kw_only=True)  # the prompt's text
    journal: Path = field(kw_only=True)
    """answers already paid for, by model, temperature, max. tokens and prompt; name another for another server"""

    def __post_init__(self) -> None:
        """Refuse values out of range, and a missing prompt."""
        if self.base_url and not self.base_url.startswith(("http://", "https://")):
            # A user and password may stand before the name.
            got = self.base_url.rpartition("@")[2]
            raise ValueError(f"expected --base-url to begin with http:// or https://, got {got!r}")
        if self.base_url and self.provider:
            raise ValueError("expected --base-url or --provider, got both; a server of your own has no provider")
        check_options(self, lambda degree: 0 <= degree <= 2, "between 0 and 2", "temperature")
        check_options(self, lambda number: number > 0, "above 0", "max_tokens", "concurrency", "timeout_seconds")
        check_at_least(self, retries=0)
        if not self.prompt.is_file():
            raise FileNotFoundError(f"expected a prompt at {self.prompt}, there is none; check --prompt")

    @property
    def changed(self) -> list[str]:
        """The fields that are not at their defaults, of a class that has one for each."""
        return [one.name for one in fields(self) if getattr(self, one.name) != one.default]


class ServerUselessError(ValueError):
    """The server will answer nothing; going on is useless."""


class UnansweredError(Exception):
    """This question got no answer; others may."""


class Chat:
    """Asks the configured model, and retries after transient errors."""

    def __init__(self, config: ChatConfig) -> None:
        """Prepare the client; nothing is sent yet.

        Raises:
            ValueError: an Inference Provider is to be asked, and there is no token.
        """
        self.config = config
        self._stopped = threading.Event()
        # A server of one's own never gets the Hub's token, which the client would send without a key, nor the Hub its.
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
        """End all waiting for retries: the run is over."""
        self._stopped.set()

    def ask(self, prompt: str) -> Answer:
        """Send one prompt and return the answer.

        Raises:
            ServerUselessError: the token, the model or the address is refused.
            UnansweredError: the server refused this prompt, or failed again and again.
        """
        attempts = Retrying(
            stop=stop_after_attempt(self.config.retries + 1),
            wait=self._wait,
            sleep=sleep_using_event(self._stopped),
            retry=retry_if_exception(lambda error: _is_transient(error) and not self._stopped.is_set()),
            reraise=True,
        )
        try:
            return attempts(self._ask_once, prompt)
        except HfHubHTTPError as error:
            status = error.response.status_code
            if status in HOPELESS_STATUS:
                raise ServerUselessError(
                    f"the server refuses to answer ({status}: {first_line(error)}); check --model, --base-url or "
                    f"--provider, and the token ({KEY_VARIABLE} for a server of your own)"
                ) from error
            raise UnansweredError(f"status {status}") from error
        except ServerUselessError:
            raise
        except LOST_OR_GARBLED as error:
            raise UnansweredError(first_line(error)) from error

    def _ask_once(self, prompt: str) -> Answer:
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
        counts = [usage.get(name) for name in ("prompt_tokens", "completion_tokens")]
        return Answer(content or "", *(count if isinstance(count, int) else 0 for count in counts))

    def _wait(self, state: RetryCallState) -> float:
        """Return the server's Retry-After, else a random backoff, in seconds."""
        error = state.outcome.exception() if state.outcome else None
        asked = _retry_after_seconds(error) if isinstance(error, HfHubHTTPError) else None
        if asked is not None and asked > MAX_RETRY_AFTER_SECONDS:
            raise ServerUselessError(f"the server asks to wait for {asked / 60:.0f} minutes; run again then")
        backoff = wait_random_exponential(multiplier=self.config.backoff_seconds, max=MAX_BACKOFF_SECONDS)
        return float(backoff(state)) if asked is None else asked


def _is_transient(error: BaseException) -> bool:
    if isinstance(error, HfHubHTTPError):
        return error.response.status_code in TRANSIENT_STATUS
    return isinstance(error, LOST_OR_GARBLED)


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
