"""Outputs appear whole or not at all."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from search.files import check_out_folder, load_arrays, save_arrays, save_json, save_lines, whole_folder
from search.leftovers import held, recover, remove_leftovers, scratch_folder, tell_copies

ROOT = Path(__file__).parents[2]


def test_whole_folder_replaces_on_success(tmp_path):
    out = tmp_path / "out"
    for text in ("old", "new"):
        with whole_folder(out) as folder:
            (folder / "file").write_text(text)
    assert (out / "file").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_whole_folder_keeps_the_old_one_on_error(tmp_path):
    out = tmp_path / "out"
    with whole_folder(out) as folder:
        (folder / "file").write_text("old")
    with pytest.raises(RuntimeError, match="halfway"), whole_folder(out) as folder:
        (folder / "file").write_text("new")
        raise RuntimeError("halfway")
    assert (out / "file").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_whole_folder_that_cannot_be_put_in_place_keeps_both(tmp_path, monkeypatch):
    out = tmp_path / "out"
    with whole_folder(out) as folder:
        (folder / "file").write_text("old")
    rename = Path.rename

    def refuse(self, target):
        if ".partial-" in self.name:
            raise OSError("busy")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OSError, match=r"busy; it is complete in .*partial-"), whole_folder(out) as folder:
        (folder / "file").write_text("new")
    assert (out / "file").read_text() == "old"
    assert [path.read_text() for path in tmp_path.glob(".out.partial-*/file")] == ["new"]


def test_check_out_folder_refuses_the_folder_one_is_in(tmp_path, monkeypatch):
    (tmp_path / "inside").mkdir()
    monkeypatch.chdir(tmp_path / "inside")
    with pytest.raises(ValueError, match="holds the folder you are in"):
        check_out_folder(tmp_path, marker="run.json", overwrite=True)


def test_check_out_folder_refuses_a_file(tmp_path):
    (tmp_path / "out").write_text("x")
    with pytest.raises(ValueError, match="is a file"):
        check_out_folder(tmp_path / "out", marker="run.json", overwrite=True)


def test_save_json_leaves_no_partial_file(tmp_path):
    save_json({"a": "é"}, tmp_path / "deep" / "file.json")
    assert json.loads((tmp_path / "deep" / "file.json").read_text(encoding="utf-8")) == {"a": "é"}
    assert len(list((tmp_path / "deep").iterdir())) == 1


def fill(folder, text):
    folder.mkdir(parents=True)
    (folder / "file").write_text(text)


def test_killed_between_the_two_renames_is_finished_by_the_next_run(tmp_path):
    out = tmp_path / "out"
    fill(tmp_path / ".out.partial-1", "new")
    fill(tmp_path / ".out.former-1", "old")
    fill(tmp_path / ".out.partial-2", "half")
    assert f"it is complete in {tmp_path / '.out.partial-1'}, move it to {out}" in tell_copies(out)
    with pytest.raises(ValueError, match="holds an earlier result"):
        check_out_folder(out, marker="file", overwrite=False)
    assert (out / "file").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert tell_copies(out) == ""


def test_earlier_output_comes_back_where_the_new_one_is_gone(tmp_path):
    fill(tmp_path / ".out.former-1", "old")
    check_out_folder(tmp_path / "out", marker="file", overwrite=True)
    assert (tmp_path / "out" / "file").read_text() == "old"


def test_leftovers_of_killed_runs_go_and_those_of_running_ones_stay(tmp_path):
    for name in (".out.partial-1", ".out.former-2", ".out.partial-3", ".other.partial-1", "out"):
        fill(tmp_path / name, "x")
    with held(lambda: tmp_path / ".out.partial-3"), whole_folder(tmp_path / "out") as folder:
        (folder / "file").write_text("new")
    assert {path.name for path in tmp_path.iterdir()} == {"out", ".out.partial-3", ".other.partial-1"}
    with scratch_folder("made-", parent=tmp_path) as first, scratch_folder("made-", parent=tmp_path) as second:
        assert first.is_dir()
        assert first != second
    fill(tmp_path / "made-0", "left")
    with scratch_folder("made-", parent=tmp_path):
        assert not (tmp_path / "made-0").exists()


def test_saving_arrays_removes_what_a_killed_run_left(tmp_path):
    (tmp_path / "tmpabc.partial").write_bytes(b"half")
    (tmp_path / "tmpdef.partial").write_bytes(b"being written")
    with held(lambda: tmp_path / "tmpdef.partial"):
        save_arrays(tmp_path / "index.npz", rows=np.ones(3))
    assert {path.name for path in tmp_path.iterdir()} == {"tmpdef.partial", "index.npz"}


@pytest.mark.parametrize("kind", [Path.touch, Path.mkdir])
def test_what_was_taken_for_a_leftover_before_it_was_held_is_made_again(tmp_path, kind):
    made = []

    def make():
        made.append(tmp_path / f"tmp{len(made)}.partial")
        kind(made[-1])
        if len(made) == 1:
            # As another process may at this moment.
            remove_leftovers(tmp_path, "tmp*.partial")
        return made[-1]

    with held(make) as path:
        remove_leftovers(tmp_path, "tmp*.partial")
        assert [path] == made[1:] == list(tmp_path.iterdir())
    remove_leftovers(tmp_path, "tmp*.partial")
    assert not list(tmp_path.iterdir())


def test_run_between_its_two_renames_is_left_alone(tmp_path):
    out = tmp_path / "out"
    fill(tmp_path / ".out.partial-1", "new")
    fill(tmp_path / ".out.former-1", "old")
    with held(lambda: tmp_path / ".out.partial-1"):
        recover(out)
        assert {path.name for path in tmp_path.iterdir()} == {".out.partial-1", ".out.former-1"}
    recover(out)
    assert (out / "file").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def save_folder(out, size):
    with whole_folder(out) as folder:
        (folder / "small").write_text("x")
        (folder / "file").write_text("x" * size)


SAVERS = {
    "arrays.npz": lambda path, size: save_arrays(path, small=np.ones(1), rows=np.zeros(size)),
    "value.json": lambda path, size: save_json("x" * size, path),
    "lines.txt": lambda path, size: save_lines(["x", "x" * size], path),
    "folder": save_folder,
}
ON_A_FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from tests.search.test_files import SAVERS

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))
for name, save in SAVERS.items():
    try:
        save(Path(sys.argv[1], name), 100_000)
    except OSError as error:
        print(name, error.strerror)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
def test_full_disk_leaves_the_earlier_output_whole_and_nothing_else(tmp_path):
    """In a process whose files may not grow beyond some bytes, each refused while it is written."""
    for name, save in SAVERS.items():
        save(tmp_path / name, 10)
    before = {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")}
    child = [sys.executable, "-c", ON_A_FULL_DISK, str(tmp_path)]
    said = subprocess.run(child, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said.splitlines() == [f"{name} File too large" for name in SAVERS]
    assert {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")} == before


def test_arrays_with_any_bit_flipped_are_the_same_or_refused(tmp_path):
    """Each bit of the file; a wrong length in its directory once hid an array without a word."""
    path = tmp_path / "flipped.npz"
    wanted = {"rows": np.arange(2, dtype=np.float32), "names": np.array(["a"])}
    save_arrays(path, **wanted)
    whole = path.read_bytes()
    refused = 0
    # All bits of the directory and of what is around the arrays, each fifth of the rest.
    for bit in [*range(0, 8 * len(whole), 5), *range(8 * whole.index(b"PK\x01\x02"), 8 * len(whole))]:
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        try:
            found = load_arrays(path)
        except ValueError as error:
            assert "delete it and run again" in str(error)
            refused += 1
        else:
            assert found.keys() == wanted.keys(), f"bit {bit}"
            for name, array in wanted.items():
                np.testing.assert_array_equal(found[name], array, strict=True)
    assert refused > len(whole)


def test_array_file_that_unpacks_to_more_is_refused(tmp_path):
    np.savez_compressed(tmp_path / "bomb.npz", rows=np.zeros(10_000_000))
    with pytest.raises(ValueError, match="is compressed"):
        load_arrays(tmp_path / "bomb.npz")


def test_array_file_that_claims_more_than_it_holds_is_refused(tmp_path):
    path = tmp_path / "lie.npz"
    save_arrays(path, rows=np.zeros((12, 4)))
    path.write_bytes(path.read_bytes().replace(b"(12, 4)", b"(10**9,)"[:7].replace(b"*", b"9")))
    with pytest.raises(ValueError, match="delete it and run again"):
        load_arrays(path)
