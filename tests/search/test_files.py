"""Outputs appear whole or not at all."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.files import check_out_folder, load_arrays, save_arrays, save_json, whole_folder
from search.leftovers import held, scratch_folder, tell_copies


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
    with held(tmp_path / ".out.partial-3"), whole_folder(tmp_path / "out") as folder:
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
    with held(tmp_path / "tmpdef.partial"):
        save_arrays(tmp_path / "index.npz", rows=np.ones(3))
    assert {path.name for path in tmp_path.iterdir()} == {"tmpdef.partial", "index.npz"}


@settings(max_examples=200)
@given(at=st.integers(0, 1500), bit=st.integers(0, 7))
def test_arrays_with_a_flipped_bit_are_the_same_or_refused(tmp_path_factory, at, bit):
    path = tmp_path_factory.getbasetemp() / "flipped.npz"
    wanted = {"rows": np.arange(40, dtype=np.float32).reshape(10, 4), "names": np.array(["a", "b"])}
    save_arrays(path, **wanted)
    data = bytearray(path.read_bytes())
    data[at % len(data)] ^= 1 << bit
    path.write_bytes(data)
    try:
        found = load_arrays(path)
    except ValueError as error:
        assert "delete it and run again" in str(error)
    else:
        assert all(one.nbytes <= len(data) for one in found.values())


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
