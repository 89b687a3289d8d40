"""A function's last values, each made once also where several ask for it at a time."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SharedCalls(Generic[K, V]):
    """A function of one argument whose last `most` values are kept.

    Differs from `functools.lru_cache` in that equal calls wait for the first of them; what fails is not kept.
    """

    def __init__(self, call: Callable[[K], V], most: int) -> None:
        self._call, self._most = call, most
        self._kept: OrderedDict[K, Future[V]] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, key: K) -> V:
        """Return the value, made now or kept."""
        with self._lock:
            found = self._kept.get(key)
            future = self._kept.setdefault(key, Future())
            self._kept.move_to_end(key)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        if found is None:
            self._make(key, future)
        return future.result()

    def _make(self, key: K, future: Future[V]) -> None:
        try:
            future.set_result(self._call(key))
        except BaseException as error:
            with self._lock:
                if self._kept.get(key) is future:
                    del self._kept[key]
            future.set_exception(error)
