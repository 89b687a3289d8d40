"""Queries of several threads, encoded together."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Encoded = TypeVar("Encoded")


@dataclass
class _Waiting(Generic[Encoded]):
    text: str
    done: bool = False
    result: list[Encoded] = field(default_factory=list)
    error: BaseException | None = None


class QueryBatcher(Generic[Encoded]):
    """Encodes single queries; those that come while it does so are encoded together after that.

    No thread of its own: of the threads that wait, the first encodes for all.
    """

    def __init__(self, encode: Callable[[Sequence[str]], Sequence[Encoded]], *, limit: int) -> None:
        """Batch calls.

        Args:
            encode: Texts to a result each; it is called by one thread at a time.
            limit: How many texts it gets at most.
        """
        self._encode, self._limit = encode, limit
        self._queue: deque[_Waiting[Encoded]] = deque()
        self._turn = threading.Lock()

    def __call__(self, text: str) -> Encoded:
        """Encode one query, perhaps with those of others."""
        own: _Waiting[Encoded] = _Waiting(text)
        self._queue.append(own)
        while not own.done:
            with self._turn:
                if not own.done:
                    self._run()
        if own.error:
            raise own.error
        return own.result[0]

    def _run(self) -> None:
        batch = [self._queue.popleft() for _ in range(min(self._limit, len(self._queue)))]
        try:
            for one, result in zip(batch, self._encode([one.text for one in batch]), strict=True):
                one.result.append(result)
        except BaseException as error:  # raised to each who waits
            for one in batch:
                one.error = error
        finally:
            for one in batch:
                one.done = True
