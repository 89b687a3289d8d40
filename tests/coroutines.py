"""Coroutines in tests: Playwright keeps a running loop in the main thread once a browser test ran."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def run_coroutine(coroutine: Coroutine[object, object, T]) -> T:
    """Run a coroutine in a thread of its own, which has no loop yet; at most a minute."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, coroutine).result(timeout=60)
