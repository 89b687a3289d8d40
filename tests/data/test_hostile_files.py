"""Datasets of strangers: one line, nothing fetched or run, bounded memory."""

import os
import resource
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.dataset import load_job_dataset
from tests.conftest import ROOT

ROWS = {"query": "sql", "job_description_pos": "We need SQL daily.", "job_description_neg": "We bake bread."}
HEAD = "---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: {}\n---\n"


def save_rows(folder, rows=1, **columns):
    folder.mkdir(exist_ok=True)
    table = pa.table({name: [value] * rows for name, value in (ROWS | columns).items()})
    pq.write_table(table, folder / "train.parquet", compression="zstd")
    return folder


def with_card(text):
    return lambda folder: (folder / "README.md").write_text(text)


def truncate(folder):
    os.truncate(folder / "train.parquet", 200)


def rename(name):
    return lambda folder: (folder / "train.parquet").rename(folder / name)


HOSTILE = {
    "a YAML tag": (with_card("---\na: !!python/object/apply:os.mkdir [exploded]\n---\n"), "expected plain YAML"),
    "no YAML": (with_card("---\na: [\n---\n"), "expected plain YAML"),
    "deep YAML": (with_card("---\na: " + "[" * 20_000 + "\n---\n"), "expected plain YAML"),
    "YAML that multiplies": (with_card("---\na: &a [x]\nb: [*a, *a]\n---\n"), "it has aliases"),
    "a file on the web": (with_card(HEAD.format("http://127.0.0.1:9/train.csv")), "names 'http://127"),
    "a chained file": (with_card(HEAD.format("zip://x.csv::a.zip")), "data files inside the dataset"),
    "a rooted file": (with_card(HEAD.format("/etc/passwd")), "names '/etc/passwd'"),
    "a file above": (with_card(HEAD.format("../../secret.csv")), "data files inside the dataset"),
    "a link": (lambda folder: (folder / "more.csv").symlink_to("/etc/passwd"), "is a link to elsewhere"),
    "an archive": (rename("train.csv.gz"), r"train\.csv\.gz is none of them"),
    "a table by another name": (rename("train.gpq"), r"train\.gpq is none of them"),
    "half a file": (truncate, "seems damaged"),
    "no Parquet": (lambda folder: (folder / "train.parquet").write_bytes(b"PAR1" * 50), "seems damaged"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_dataset_is_refused_in_one_line(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    folder = save_rows(tmp_path / "dataset")
    spoil, told = HOSTILE[kind]
    spoil(folder)
    with pytest.raises(ValueError, match=told) as caught:
        load_job_dataset(str(folder))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "exploded").exists()


def save_bomb(folder, rows=300_000):
    """Save a table of a few bytes that unpacks to gigabytes: each row has the same long text."""
    folder.mkdir(exist_ok=True)
    same = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int8()), ["We need SQL daily. " * 400])
    pq.write_table(pa.table(dict.fromkeys(ROWS, same)), folder / "train.parquet")


CHECK = """
import resource, sys
from data.dataset import load_job_dataset
try:
    load_job_dataset(sys.argv[1])
except ValueError as error:
    print(error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)
"""


def test_small_table_that_unpacks_to_gigabytes_is_refused_in_little_memory(tmp_path):
    save_bomb(tmp_path)
    assert (tmp_path / "train.parquet").stat().st_size < 5 << 20
    child = [sys.executable, "-c", CHECK, str(tmp_path)]
    said, megabytes = subprocess.run(child, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert "they unpack to more" in said
    # A child begins with its parent's peak, so that only what came on top is its own.
    assert int(megabytes) < 500 + (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)


def test_rows_that_were_unpacked_before_their_files_were_checked_are_refused_by_their_size(tmp_path, monkeypatch):
    """As from a cache; here the least size is small, and the file's own check has its usual one."""
    folder = save_rows(tmp_path / "dataset", rows=10_000)
    monkeypatch.setattr("data.dataset.MIN_UNPACKED_BYTES", 1_000)
    with pytest.raises(ValueError, match=r"expected rows about as large as their files in .*, they unpack to any"):
        load_job_dataset(str(folder))


def test_listings_of_other_types_are_refused(tmp_path):
    folder = save_rows(tmp_path / "dataset", query_id="q", listing_id_pos="a", listing_id_neg="b", style="plain")
    (folder / "listings").mkdir()
    table = {"listing_id": ["a", "b"], "title": [1, 2], "text": ["SQL", "bread"]}
    for name in ("company", "location", "work_mode", "seniority", "family", "raw_text", "source"):
        table[name] = ["", ""]
    pq.write_table(pa.table(table), folder / "listings" / "corpus.parquet")
    head = "---\nconfigs:\n- config_name: triplets\n  default: true\n  data_files: train.parquet\n- config_name: listings\n  data_files: listings/corpus.parquet\n---\n"
    (folder / "README.md").write_text(head)
    with pytest.raises(ValueError, match="expected texts in the column 'title'"):
        load_job_dataset(str(folder))
