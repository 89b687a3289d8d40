"""How many threads numpy computes with."""

import threading
from contextlib import AbstractContextManager

from threadpoolctl import ThreadpoolController


class _OneThread:
    """A limit of the whole process, set by the first who needs it and lifted by the last."""

    def __init__(self) -> None:
        self._lock, self._users = threading.Lock(), 0
        self._threads = ThreadpoolController()

    def __enter__(self) -> None:
        with self._lock:
            self._users += 1
            if self._users == 1:
                self._limit = self._threads.limit(limits=1, user_api="blas")

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0:
                self._limit.restore_original_limits()


_ONE_THREAD = _OneThread()


def one_thread() -> AbstractContextManager[None]:
    """Keep numpy's products on one thread each: more would stand in the way of the encoder's, which wait busily."""
    return _ONE_THREAD
