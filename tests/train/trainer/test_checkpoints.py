"""A run killed while it writes a checkpoint goes on from the whole one before it."""

import json
import os
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from train.trainer.checkpoints import MarkWhole, prepare_checkpoints

FILES = ("model.safetensors", "optimizer.pt", "rng_state.pth", "trainer_state.json")


def write_checkpoint(folder, step, *, best=None, marked=True):
    checkpoint = folder / f"checkpoint-{step}"
    checkpoint.mkdir(parents=True)
    for name in FILES:
        (checkpoint / name).write_bytes(f"{name} of {step}".encode() * 20)
    state = {"best_model_checkpoint": f"/moved/since/checkpoint-{best or step}"}
    (checkpoint / "trainer_state.json").write_text(json.dumps(state))
    if marked:
        state = SimpleNamespace(is_world_process_zero=True, global_step=step)
        MarkWhole().on_save(SimpleNamespace(output_dir=str(folder)), state, None)
    return checkpoint


def resume(folder):
    return prepare_checkpoints(folder, identity="same", resume=True)


def test_last_whole_checkpoint_is_resumed(tmp_path):
    write_checkpoint(tmp_path, 8)
    last = write_checkpoint(tmp_path, 16)
    assert resume(tmp_path) == str(last)


@settings(max_examples=60)
@given(name=st.sampled_from([*FILES, "shortlist-whole.json"]), cut=st.integers(0, 400), flips=st.booleans())
def test_checkpoint_cut_or_changed_anywhere_gives_way_to_the_one_before(tmp_path_factory, name, cut, flips):
    folder = tmp_path_factory.mktemp("run")
    first, last = write_checkpoint(folder, 8), write_checkpoint(folder, 16)
    path = last / name
    size = path.stat().st_size
    if flips:
        data = bytearray(path.read_bytes())
        data[cut % size] ^= 1
        path.write_bytes(data)
    else:
        os.truncate(path, cut % (size - 1))
    assert resume(folder) == str(first)
    assert not last.exists()


def test_checkpoint_that_was_being_written_gives_way(tmp_path, caplog):
    first = write_checkpoint(tmp_path, 8)
    write_checkpoint(tmp_path, 16, marked=False)
    (tmp_path / "checkpoint-24").mkdir()
    assert resume(tmp_path) == str(first)
    assert caplog.text.count("is no whole checkpoint") == 2


def test_checkpoint_whose_best_epoch_is_lost_gives_way(tmp_path):
    first = write_checkpoint(tmp_path, 8)
    write_checkpoint(tmp_path, 24, best=16)
    assert resume(tmp_path) == str(first)


def test_without_a_whole_checkpoint_a_run_starts_from_the_base(tmp_path):
    write_checkpoint(tmp_path, 8, marked=False)
    assert resume(tmp_path) is None


@pytest.mark.parametrize("text", ['{"identity": "another"}', "[]", "{", ""])
def test_run_of_another_identity_or_none_is_refused_in_one_line(tmp_path, text):
    (tmp_path / "shortlist-run.json").write_text(text)
    with pytest.raises(ValueError, match="the same options") as caught:
        resume(tmp_path)
    assert "\n" not in str(caught.value)
