"""Values that several ask for at a time."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pages.shared_calls import SharedCalls


def test_equal_calls_at_a_time_are_made_once():
    made, gate = [], threading.Event()

    def make(key):
        made.append(key)
        assert gate.wait(10)
        return key.upper()

    shared = SharedCalls(make, 2)
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(shared, "a") for _ in range(8)]
        gate.set()
        assert [one.result() for one in asked] == ["A"] * 8
    assert made == ["a"]


def test_last_values_are_kept_and_the_one_not_used_for_longest_goes():
    made = []
    shared = SharedCalls(lambda key: made.append(key) or key, 2)
    for key in "abacab":
        assert shared(key) == key
    assert made == ["a", "b", "c", "b"]


def test_what_fails_fails_for_all_that_wait_and_is_tried_again():
    answers = iter([ValueError("no model"), "made"])

    def make(_):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    shared = SharedCalls(make, 2)
    with pytest.raises(ValueError, match="no model"):
        shared("a")
    assert shared("a") == "made"
