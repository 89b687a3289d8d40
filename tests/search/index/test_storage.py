"""Indexes in a cache that others use too, and in one that takes no changes."""

import multiprocessing
import os
import sys
from pathlib import Path

import pytest

from search.index.storage import find_index, index_path, load_or_build_indexes
from search.index.vectors import build_indexes
from tests.fakes import FakeEncoder, listing

KEYWORDS = ("sql", "python", "risk")
CORPUS = [listing("a", "sql"), listing("b", "sql python"), listing("c", "risk")]
ROUNDS = 100


def build_at_once(cache, barrier, said):
    """Build an index in each of the caches at the moment when another process does; say what went wrong."""
    encoder = FakeEncoder(KEYWORDS)
    wrong = []
    for number in range(ROUNDS):
        barrier.wait(60)
        try:
            made = load_or_build_indexes(encoder, CORPUS, cache / str(number), scoring="late_interaction")
            wrong += [] if made[0].listing_ids == ("a", "b", "c") else [made[0].listing_ids]
        except OSError as error:
            wrong.append(repr(error))
    said.put(wrong)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not replace what is read")
def test_two_processes_on_one_cache_each_have_an_index(tmp_path):
    """Neither takes the file that the other begins for a leftover; every other cache begins with a damaged index."""
    encoder = FakeEncoder(KEYWORDS)
    index = build_indexes(encoder, CORPUS)[0]
    for number in range(0, ROUNDS, 2):
        path = index_path(
            tmp_path / str(number), model_hash=index.model_hash, corpus=index.corpus_hash, kind="passages"
        )
        path.parent.mkdir()
        path.write_bytes(b"damaged")
    context = multiprocessing.get_context("spawn")
    barrier, said = context.Barrier(2), context.Queue()
    both = [context.Process(target=build_at_once, args=(tmp_path, barrier, said)) for _ in range(2)]
    for process in both:
        process.start()
    assert [said.get(timeout=180) for _ in both] == [[], []]
    for process in both:
        process.join(60)
    assert {path.suffix for path in tmp_path.rglob("*") if path.is_file()} == {".npz"}
    for number in range(ROUNDS):
        assert find_index(encoder, CORPUS, tmp_path / str(number), kind="tokens") is not None


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows has no such rights")
def test_damaged_index_that_can_not_be_removed_is_told_and_not_used(tmp_path, monkeypatch, caplog):
    encoder = FakeEncoder(KEYWORDS)
    index = build_indexes(encoder, CORPUS)[0]
    # By a name from inside, as another user may not go through the folders above.
    monkeypatch.chdir(tmp_path)
    path = index_path(Path(), model_hash=index.model_hash, corpus=index.corpus_hash, kind="passages")
    path.write_bytes(b"damaged")
    tmp_path.chmod(0o555)
    user = os.geteuid()
    try:
        if user == 0:
            os.seteuid(65534)
        assert find_index(encoder, CORPUS, Path(), kind="passages") is None
    finally:
        os.seteuid(user)
        tmp_path.chmod(0o755)
    assert f"expected to remove the damaged {path}, it can't be (Permission denied)" in caplog.text
    assert path.exists()
