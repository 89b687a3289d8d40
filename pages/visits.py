"""Each visitor's own listings, by session: in memory only, and until the visit ends."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import gradio as gr

from comparison.request import MAX_ADDRESS_CHARACTERS, OWN, read_address
from pages.context import PageContext

# So many visitors' listings are kept at a time, at most 30 MB each for 300 listings.
MAX_KEPT = 4
# Whoever did nothing for so long gives way to others.
IDLE_SECONDS = 900.0
BUSY = "Another file is being read right now, and only one can be at a time. Try again in a minute or two."
FULL = f"{MAX_KEPT} visitors have their own listings here, and no more are kept at a time. Try again in some minutes."
LEFT = "The visit ended while its listings were read."


@dataclass(slots=True)
class Kept:
    """One visitor's listings, and when they were last asked for."""

    context: PageContext
    used_at: float


class Visits:
    """The app's listings for all, and each visitor's own for that visitor alone."""

    def __init__(self, served: PageContext) -> None:
        self.served = served
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._reader = ""

    def context(self, session: str | None, address: str | None) -> PageContext:
        """Return what an address is about: the visitor's own listings, where it asks for them and they are here."""
        if not read_address(address or "", choices={"listings": [OWN]})[0].is_own:
            return self.served
        with self._lock:
            kept = self._kept.get(session or "")
            if kept is None:
                return self.served
            kept.used_at = time.monotonic()
            self._kept.move_to_end(session or "")
            return kept.context

    def bind(self, handler: Callable[..., Any], *more: Any, in_all_tabs: bool = False) -> Callable[..., Any]:
        """Make an event's function of a handler: it gets the context of visitor and address, and `more`, first.

        Args:
            handler: Takes a context, `more`, the address and what else the event sends.
            more: What it takes besides.
            in_all_tabs: Whether the event comes from other tabs too, which are about the app's listings.
        """

        def handle(request: gr.Request, address: str, *values: Any) -> Any:
            is_elsewhere = in_all_tabs and names_tab(address)
            context = self.served if is_elsewhere else self.context(request.session_hash, address)
            return handler(context, *more, address, *values)

        return handle

    @contextmanager
    def reading(self, session: str) -> Iterator[Callable[[], None]]:
        """Take the one turn to read listings; yield what raises once the visit has ended.

        Raises:
            ValueError: another file is read, or no room is left.
        """
        # Also where the other file is this visitor's own.
        if not self._turn.acquire(blocking=False):
            raise ValueError(BUSY)
        try:
            with self._lock:
                self._make_room(session)
                self._reader = session
            yield self._check_reader
        finally:
            self._reader = ""
            self._turn.release()

    def _check_reader(self) -> None:
        if not self._reader:
            raise ValueError(LEFT)

    def _make_room(self, session: str) -> None:
        if session in self._kept or len(self._kept) < MAX_KEPT:
            return
        oldest, kept = next(iter(self._kept.items()))
        if time.monotonic() - kept.used_at < IDLE_SECONDS:
            raise ValueError(FULL)
        del self._kept[oldest]

    def keep(self, session: str, context: PageContext) -> None:
        """Keep what the reader read, in place of what that visitor brought before.

        Raises:
            ValueError: the visit has ended.
        """
        with self._lock:
            self._check_reader()
            self._kept[session] = Kept(context, time.monotonic())
            self._kept.move_to_end(session)

    def end(self, session: str | None) -> None:
        """Forget a visitor's listings, also those that are being read."""
        with self._lock:
            self._kept.pop(session or "", None)
            if self._reader == session:
                self._reader = ""


def names_tab(address: str | None) -> bool:
    """Tell whether an address is of another tab than Compare."""
    text = (address or "")[:MAX_ADDRESS_CHARACTERS].removeprefix("?")
    try:
        return any(name == "tab" for name, _ in parse_qsl(text, max_num_fields=50))
    except ValueError:
        return False
