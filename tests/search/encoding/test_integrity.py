"""Damaged and hostile model folders: one line, nothing run; sound ones of any maker load."""

import json
import logging
import os
import shutil
import struct

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from search.encoding.integrity import hash_files
from search.encoding.loading import load_encoder
from tests.search.encoding.models import (
    change_settings,
    change_tensors,
    save_run,
    save_tiny_model,
    with_harmless_dense,
    with_module,
    with_pickled_dense,
)

LAYER = "encoder.layer.1.output.dense.weight"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return save_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def model(tiny, tmp_path):
    return shutil.copytree(tiny, tmp_path / "model")


def renamed(old, new):
    return lambda tensors: {new if name == old else name: tensor for name, tensor in tensors.items()}


def without(gone):
    return lambda tensors: {name: tensor for name, tensor in tensors.items() if gone not in name}


def filled(value, share):
    """Fill the first rows of the word embeddings."""

    def change(tensors):
        rows = tensors["embeddings.word_embeddings.weight"]
        rows[: round(share * len(rows))] = value
        return tensors

    return change


def with_code(folder):
    (folder / "modeling_evil.py").write_text("import os; os.mkdir('exploded')\nclass Evil: pass\n")
    with_module(folder, type="modeling_evil.Evil", path="")


def with_remote_body(folder):
    (folder / "modeling_evil.py").write_text("import os; os.mkdir('exploded')\nclass Evil: pass\n")
    change_settings(
        folder / "config.json", model_type="evil", auto_map={"AutoModel": "modeling_evil.Evil", "AutoConfig": "a.B"}
    )


def with_lying_header(folder):
    header = json.dumps({LAYER: {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 1 << 42]}}).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)


def with_huge_header(folder):
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", 1 << 62) + b"{}")


def with_dense(weights, side=100_000):
    """Add a layer that asks for 40 GB."""

    def change(folder):
        with_module(folder)
        (folder / "2_Dense").mkdir()
        (folder / "2_Dense" / "config.json").write_text(json.dumps({"in_features": side, "out_features": side}))
        if weights is not None:
            save_file({"linear.weight": weights}, folder / "2_Dense" / "model.safetensors")

    return change


def with_link(folder):
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer.json").symlink_to("/etc/passwd")


CONFIG, TOKENIZER = "config.json", "tokenizer.json"
DAMAGE = {
    "no tokenizer": (lambda at: (at / TOKENIZER).unlink(), "expected a tokenizer"),
    "no config": (lambda at: (at / CONFIG).unlink(), r"expected config\.json"),
    "a renamed tensor": (lambda at: change_tensors(at, renamed(LAYER, LAYER[:-1] + "u")), f"has no {LAYER}"),
    "a missing tensor": (lambda at: change_tensors(at, without(LAYER)), f"no {LAYER}"),
    "another shape": (lambda at: change_tensors(at, lambda all_: all_ | {LAYER: torch.ones(3, 3)}), "seems damaged"),
    "no number": (lambda at: change_tensors(at, filled(float("nan"), 0.1)), "expected finite weights"),
    "infinite": (lambda at: change_tensors(at, filled(float("inf"), 0.1)), "expected finite weights"),
    "zeros": (lambda at: change_tensors(at, filled(0.0, 1)), "are all 0"),
    "fewer layers": (lambda at: change_settings(at / CONFIG, num_hidden_layers=1), r"has encoder\.layer\.1.* besides"),
    "more layers": (lambda at: change_settings(at / CONFIG, num_hidden_layers=3), r"has no encoder\.layer\.2"),
    "a million layers": (
        lambda at: change_settings(at / CONFIG, num_hidden_layers=10**6),
        "expected num_hidden_layers",
    ),
    "no width": (lambda at: change_settings(at / CONFIG, hidden_size=0), "expected hidden_size"),
    "a huge vocabulary": (lambda at: change_settings(at / CONFIG, vocab_size=10**9), "expected vocab_size"),
    "no end of positions": (
        lambda at: change_settings(at / CONFIG, max_position_embeddings=10**12),
        "expected fewer max_position",
    ),
    "deep JSON": (lambda at: (at / CONFIG).write_text("[" * 200_000), "expected JSON"),
    "no modules": (lambda at: (at / "modules.json").write_text("null"), "expected a list of modules"),
    "an unknown class": (
        lambda at: with_module(at, type="sentence_transformers.models.Nothing"),
        "of the kinds Transformer, .*Nothing",
    ),
    "a foreign class": (lambda at: with_module(at, type="os.system"), r"got 'os\.system'"),
    "modules by route": (
        lambda at: with_module(at, type="sentence_transformers.base.modules.router.Router"),
        "of the kinds Transformer, .*Router",
    ),
    "a huge dense layer": (with_dense(torch.eye(16)), "to be the sides of linear.weight"),
    "a huge dense layer of nothing": (with_dense(torch.empty(100_000, 0)), "to be the sides of linear.weight"),
    "a huge dense layer without weights": (with_dense(None), "expected safetensors weights"),
    "no class": (lambda at: with_module(at, type="sentence_transformers.base.modules.module.torch"), "modules of sent"),
    "code": (with_code, "that comes with a model is not run"),
    "a body of its own": (with_remote_body, "seems damaged"),
    "harmless pickled weights": (with_harmless_dense, r"found pytorch_model\.bin"),
    "pickled weights": (with_pickled_dense, r"found pytorch_model\.bin"),
    "a path outside": (lambda at: with_module(at, path="../2_Dense"), "modules inside the model's folder"),
    "a rooted path": (lambda at: with_module(at, path="/etc"), "modules inside the model's folder"),
    "a link": (with_link, "is a link to elsewhere"),
    "an adapter": (lambda at: (at / "adapter_config.json").write_text("{}"), "found an adapter"),
    "a lying header": (with_lying_header, "seems damaged"),
    "a huge header": (with_huge_header, "seems damaged"),
    "half of the weights": (lambda at: os.truncate(at / "model.safetensors", 5000), "seems damaged"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damaged_or_hostile_model_is_refused_in_one_line(model, tmp_path, monkeypatch, kind):
    damage, told = DAMAGE[kind]
    damage(model)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=told) as caught:
        load_encoder(str(model))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "exploded").exists()


def with_prefix(tensors):
    return {f"bert.{name}": tensor for name, tensor in tensors.items()} | {"cls.predictions.bias": torch.ones(11)}


def with_old_names(tensors):
    return {name.replace("LayerNorm.weight", "LayerNorm.gamma"): tensor for name, tensor in tensors.items()}


def with_positions(tensors):
    return tensors | {"embeddings.position_ids": torch.arange(512)[None]}


@pytest.mark.parametrize("change", [with_prefix, with_old_names, with_positions, without("pooler")])
def test_sound_model_of_another_maker_loads(model, change):
    before = load_encoder(str(model)).encode_query(["data engineer"])
    change_tensors(model, change)
    assert load_encoder(str(model)).encode_query(["data engineer"]) == pytest.approx(before)


def test_trained_model_loads_and_a_foreign_run_is_ignored(model, caplog):
    (model / "run.json").write_text('{"id": 1}')
    load_encoder(str(model))
    save_run(model)
    load_encoder(str(model))
    assert caplog.text == ""


def flip(path, at):
    data = bytearray(path.read_bytes())
    data[at % len(data)] ^= 1
    path.write_bytes(data)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    name=st.sampled_from(["model.safetensors", TOKENIZER, CONFIG, "1_Pooling/config.json", "run.json"]),
    at=st.integers(0, 20_000),
)
def test_trained_model_with_a_flipped_bit_is_refused_or_the_same(tiny, tmp_path, name, at):
    """A bit that no reader minds, say in the notes of the weights, leaves the vectors as they were."""
    folder = tmp_path / "flipped"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(tiny, folder)
    save_run(folder)
    before = load_encoder(str(folder))
    flip(folder / name, at)
    try:
        after = load_encoder(str(folder))
        assert after.fingerprint == before.fingerprint
        np.testing.assert_array_equal(after.encode_query(["sql"]), before.encode_query(["sql"]))
        assert name in ("run.json", "model.safetensors")
    except ValueError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize(("libraries", "loads"), [({}, False), ({"transformers": "4.0.0"}, True)])
def test_model_that_changed_since_training_is_told_from_one_that_others_read_otherwise(model, caplog, libraries, loads):
    """Without hashes of files, as before there were any, only the libraries tell."""
    save_run(model, tuned_hash="another", files={}, libraries=libraries)
    if not loads:
        with pytest.raises(ValueError, match=r"expected the model that .*run\.json tells of"):
            load_encoder(str(model))
        return
    with caplog.at_level(logging.WARNING):
        load_encoder(str(model))
    assert "trained under other libraries" in caplog.text


def test_model_whose_files_are_whole_loads_under_other_libraries(model, caplog):
    save_run(model, tuned_hash="another")
    load_encoder(str(model))
    assert "trained under other libraries" in caplog.text


@pytest.mark.parametrize("kind", ["no tokenizer", "no number", "fewer layers", "pickled weights"])
def test_model_that_is_damaged_after_it_was_converted_is_refused_too(model, tmp_path, kind):
    load_encoder(str(model), cache=tmp_path / "cache")
    damage, told = DAMAGE[kind]
    damage(model)
    with pytest.raises(ValueError, match=told):
        load_encoder(str(model), cache=tmp_path / "cache")


def test_weights_of_another_converted_model_are_not_served_under_this_ones_name(model, tmp_path):
    """What was converted is found by its files, and those of the other were seen before."""
    other = shutil.copytree(model, tmp_path / "other")
    change_tensors(other, filled(0.5, 1))
    for folder in (model, other):
        save_run(folder)
        load_encoder(str(folder), cache=tmp_path / "cache")
    shutil.copy(other / "model.safetensors", model)
    with pytest.raises(ValueError, match=r"expected .*model\.safetensors as it was when the model was made"):
        load_encoder(str(model), cache=tmp_path / "cache")


def in_hub_cache(model, folder):
    """Lay a model out as the Hub's cache does: links to files that are called by their hashes."""
    snapshot = folder / "snapshots" / "c0"
    for name, hashed in hash_files(model).items():
        blob = folder / "blobs" / hashed
        blob.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(model / name, blob)
        (snapshot / name).parent.mkdir(parents=True, exist_ok=True)
        (snapshot / name).symlink_to(blob)
    return snapshot


def test_weights_in_the_cache_of_the_hub_are_held_against_their_names(model, tmp_path):
    snapshot = in_hub_cache(model, tmp_path / "cache")
    load_encoder(str(snapshot))
    weights = (snapshot / "model.safetensors").resolve()
    flip(weights, weights.stat().st_size - 1)
    with pytest.raises(ValueError, match="as the Hub has it, it is damaged"):
        load_encoder(str(snapshot))
