"""Queries of several threads: encoded together, each with its own result."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from search.encoding.query_batches import QueryBatcher


class SlowEncoder:
    """Lengths of texts; waits for leave, and remembers each batch."""

    def __init__(self):
        self.batches, self.begun, self.leave = [], threading.Event(), threading.Event()

    def __call__(self, texts):
        self.batches.append(list(texts))
        self.begun.set()
        assert self.leave.wait(10)
        if "bad" in texts:
            raise ValueError("a bad one")
        return [len(text) for text in texts]


def run_waiting(texts, *, limit):
    """Ask for a first text, then for the others while it is encoded; return the encoder and what each got."""
    encoder = SlowEncoder()
    batcher = QueryBatcher(encoder, limit=limit)
    with ThreadPoolExecutor(len(texts)) as pool:
        found = [pool.submit(batcher, texts[0])]
        assert encoder.begun.wait(10)
        for number, text in enumerate(texts[1:], start=1):
            found.append(pool.submit(batcher, text))
            while len(batcher._queue) < number:
                threading.Event().wait(0.001)
        encoder.leave.set()
    return encoder, found


def test_what_waits_is_encoded_together_up_to_the_limit():
    encoder, found = run_waiting(["a", "bb", "ccc", "dddd", "eeeee"], limit=3)
    assert [one.result() for one in found] == [1, 2, 3, 4, 5]
    assert encoder.batches == [["a"], ["bb", "ccc", "dddd"], ["eeeee"]]


def test_an_error_reaches_all_of_its_batch_and_nobody_else():
    _, found = run_waiting(["a", "bad", "c"], limit=8)
    assert found[0].result() == 1
    for one in found[1:]:
        with pytest.raises(ValueError, match="a bad one"):
            one.result()


def test_a_single_query_is_encoded_at_once():
    batcher = QueryBatcher(lambda texts: [text.upper() for text in texts], limit=2)
    assert [batcher("a"), batcher("b")] == ["A", "B"]
