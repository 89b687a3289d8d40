"""Failures that a test tells the server to have."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Fault:
    """What happens to the next `times` requests whose path, query included, contains `path_part`.

    With `status` the request is answered so and changes nothing. With `cut_after` it is carried out, but of the
    answer's body only so many bytes are sent before the connection is closed. With `hang_up` the connection is closed in the
    middle of the request's body, and nothing is carried out. `seconds` is waited before answering.
    """

    path_part: str
    times: int
    method: str | None = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = "A failure that the test asked for"
    cut_after: int | None = None
    seconds: float = 0.0
    hang_up: bool = False

    def matches(self, method: str, path: str) -> bool:
        return self.times > 0 and self.path_part in path and self.method in (None, method)


class Faults:
    """The failures still to come, the first told first; safe to use from several threads."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def take(self, method: str, path: str) -> Fault | None:
        """Return the failure for a request and count it as used."""
        with self._lock:
            for fault in self._faults:
                if fault.matches(method, path):
                    fault.times -= 1
                    return fault
        return None

    def clear(self) -> None:
        """Forget all failures."""
        with self._lock:
            self._faults.clear()

    @property
    def left(self) -> list[Fault]:
        """Return the failures that have not happened as often as told."""
        with self._lock:
            return [fault for fault in self._faults if fault.times > 0]
