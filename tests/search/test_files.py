"""Outputs appear whole or not at all."""

import json
from pathlib import Path

import pytest

from search.files import check_out_folder, save_json, whole_folder


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
