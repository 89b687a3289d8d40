"""A model's export: torch's vectors, made once, never trusted blindly, torch where there is none."""

import logging
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from transformers import BertConfig, BertModel

from data.sources.source import open_source, read_listings
from search.encoding import export as module
from search.encoding.compiled_model import choose_precision, runtime_name
from search.encoding.export import PROBES, export_or_keep
from search.encoding.exported_encoder import ExportedEncoder, batches_of
from search.encoding.exports import find_export, load_export
from search.encoding.loading import DEFAULT_BASE, installed_base, load_encoder
from search.encoding.sentence_encoder import SentenceEncoder
from tests.conftest import ROOT

QUERIES = ["sql", "senior data engineer, remote", "C++ / C#, anything but banking", "?!", "", "dbt " * 60]


class BrokenOpenVino:
    def convert_model(self, *arguments, **options):
        raise RuntimeError("no such operation.\nA long trace")


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory):
    """A transformer of two small layers with random weights, and the base's tokenizer."""
    folder = tmp_path_factory.mktemp("tiny") / "transformer"
    for file in installed_base().glob("*token*"):
        folder.mkdir(exist_ok=True)
        shutil.copy(file, folder)
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    BertModel(BertConfig(vocab_size=30522, **sizes)).save_pretrained(folder)
    return folder


# How far a number of a vector may be from torch's: by what this processor calculates in.
WITHIN = {"f32": 1e-5, "bf16": 5e-3}


@pytest.fixture
def tiny(tiny_folder):
    """Make a torch encoder of the tiny model, with weights and prompts of its own."""

    def make(*, flipped=False, prompts=None, include_prompt=True):
        modules = [Transformer(str(tiny_folder), max_seq_length=128), Pooling(32, include_prompt=include_prompt)]
        model = SentenceTransformer(modules=[*modules, Normalize()], prompts=prompts, device="cpu")
        words = model[0].auto_model.embeddings.word_embeddings
        if flipped:
            words.weight = torch.nn.Parameter(words.weight.detach().flip(1))
        return SentenceEncoder(model, "tiny")

    return make


@pytest.fixture(scope="session")
def exports(tmp_path_factory):
    """A cache folder that the tests of one model share."""
    return tmp_path_factory.mktemp("exports")


def assert_same(found, expected, *, within):
    assert found[0] == pytest.approx(expected[0], abs=within)
    assert found[1].vectors == pytest.approx(expected[1].vectors, abs=within)
    assert found[1].lengths.tolist() == expected[1].lengths.tolist()
    assert found[1].spans.tolist() == expected[1].spans.tolist()


@pytest.mark.slow
def test_real_base_has_torch_s_vectors(tmp_path):
    ours, theirs = load_encoder(DEFAULT_BASE, cache=tmp_path), load_encoder(DEFAULT_BASE)
    assert isinstance(ours, ExportedEncoder)
    assert ours.fingerprint == theirs.fingerprint
    texts = [one.description for one in list(read_listings(open_source("sample")))[:600:75]]
    within = WITHIN[ours.compiled.precision]
    assert_same(ours.encode_document_tokens(texts), theirs.encode_document_tokens(texts), within=within)
    assert ours.encode_query(QUERIES) == pytest.approx(theirs.encode_query(QUERIES), abs=within)
    assert ours.characters_read(texts) == theirs.characters_read(texts)
    assert ours.count_tokens(texts) == theirs.count_tokens(texts)
    assert ours.token_spans(texts) == theirs.token_spans(texts)


@pytest.mark.parametrize("prompts", [None, {"query": "query: ", "document": "passage: "}])
def test_export_is_torch_s_twin_whatever_a_query_is_batched_with(tiny, exports, prompts):
    torch_model = tiny(prompts=prompts)
    exported = export_or_keep(torch_model, exports)
    assert isinstance(exported, ExportedEncoder)
    whole = exported.encode_query_tokens(QUERIES)
    assert_same(whole, torch_model.encode_query_tokens(QUERIES), within=WITHIN[exported.compiled.precision])
    assert exported.count_tokens(QUERIES) == torch_model.count_tokens(QUERIES)
    for query, vector, tokens in zip(QUERIES, whole[0], whole[1].split(), strict=True):
        assert_same(exported.encode_query_tokens([query]), (vector[None], tokens), within=1e-6)


def test_two_models_used_by_many_threads_give_what_each_gives_alone(tiny, exports):
    models = [export_or_keep(tiny(flipped=flipped), exports) for flipped in (False, True)]
    calls = [(model, f"{word} " * count) for count in range(1, 60) for word in ("sql", "nurse") for model in models]
    alone = [model.encode_query([text]) for model, text in calls]
    threads = ThreadPoolExecutor(8)
    try:
        waiting = [threads.submit(model.encode_query, [text]) for model, text in calls]
        # Some seconds; forever, where one waits for the other.
        together = [one.result(timeout=60) for one in waiting]
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
    np.testing.assert_array_equal(together, alone)


def test_each_weights_are_exported_once(tiny, exports, monkeypatch):
    first, other = export_or_keep(tiny(), exports), export_or_keep(tiny(flipped=True), exports)
    assert first.fingerprint != other.fingerprint
    assert first.encode_query(["sql"]) != pytest.approx(other.encode_query(["sql"]), abs=1e-3)
    monkeypatch.setattr(module, "_convert", None)
    assert isinstance(export_or_keep(tiny(), exports), ExportedEncoder)
    assert (exports / "models" / f"{other.fingerprint}-{runtime_name()}").is_dir()


@pytest.mark.parametrize("name", ["model.bin", "model.xml", "tokenizer.json", "settings.json", "hashes.json"])
@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_damaged_export_is_not_trusted(tiny, exports, tmp_path, caplog, name, damage):
    folder = exports / "models" / f"{export_or_keep(tiny(), exports).fingerprint}-{runtime_name()}"
    shutil.copytree(folder, tmp_path / "copy")
    assert load_export(tmp_path / "copy", "tiny") is not None
    file = tmp_path / "copy" / name
    content = file.read_bytes()
    file.unlink()
    if damage == "changed":
        file.write_bytes(content[: len(content) // 2])
    assert load_export(tmp_path / "copy", "tiny") is None
    assert "making it anew" in caplog.text


def test_damaged_export_is_made_anew(tiny, tmp_path):
    whole = export_or_keep(tiny(), tmp_path)
    (weights,) = tmp_path.glob("models/*/model.bin")
    # Another file: the first encoder has this one open.
    weights.unlink()
    weights.write_bytes(b"short")
    again = export_or_keep(tiny(), tmp_path)
    assert_same(again.encode_query_tokens(QUERIES), whole.encode_query_tokens(QUERIES), within=1e-6)
    assert weights.stat().st_size > 1000


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("is_installed", lambda: False, "OpenVINO is not installed"),
        ("ON_ZERO_GPU", True, "it has a GPU"),
        ("import_openvino", BrokenOpenVino, "OpenVINO can't convert it (no such operation)"),
    ],
)
def test_torch_stays_where_there_is_no_export_and_says_so(tiny, tmp_path, monkeypatch, caplog, name, value, reason):
    monkeypatch.setattr(module, name, value)
    encoder = tiny()
    with caplog.at_level(logging.INFO):
        assert export_or_keep(encoder, tmp_path) is encoder
    assert caplog.messages[-1].startswith(f"encoder   tiny runs in torch: {reason}")
    assert not any(path.is_file() for path in tmp_path.rglob("*"))


def test_model_of_other_vectors_in_its_export_stays_in_torch(tiny, tmp_path, caplog):
    """Its prompt is left out of the mean, and the graph knows no prompt."""
    encoder = tiny(prompts={"query": "query of a person: "}, include_prompt=False)
    with caplog.at_level(logging.INFO):
        assert export_or_keep(encoder, tmp_path) is encoder
    assert "its export has other vectors than torch" in caplog.text


def load_elsewhere(folder, cache):
    """Load a model in a new process; return its fingerprint and whether torch was imported."""
    code = (
        "import sys; from pathlib import Path; from search.encoding.loading import load_encoder; "
        "one = load_encoder(sys.argv[1], cache=Path(sys.argv[2])); one.encode_query_tokens(['sql']); "
        "print(one.fingerprint, 'torch' in sys.modules)"
    )
    command = [sys.executable, "-W", "error", "-c", code, str(folder), str(cache)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_a_folder_that_was_exported_is_opened_without_torch(tiny, exports, tmp_path):
    """Whatever is written about it; other weights are another model."""
    encoder = tiny()
    encoder.model.save_pretrained(str(tmp_path), create_model_card=False)
    fingerprint = load_encoder(str(tmp_path), cache=exports).fingerprint
    (tmp_path / "README.md").write_text("About it.")
    assert load_elsewhere(tmp_path, exports) == [fingerprint, "False"]
    assert find_export(tmp_path, exports, "tiny").fingerprint == fingerprint
    tiny(flipped=True).model[0].save(str(tmp_path))
    assert find_export(tmp_path, exports, "tiny") is None


def test_cache_that_can_t_be_written_leaves_torch(tiny, tmp_path, caplog):
    (tmp_path / "models").write_text("in the way")
    encoder = tiny()
    with caplog.at_level(logging.INFO):
        assert export_or_keep(encoder, tmp_path) is encoder
    assert "its export could not be written" in caplog.text


def test_probes_have_texts_of_no_and_of_many_tokens(tiny):
    counts = tiny().count_tokens([text for texts in PROBES for text in texts])
    assert min(counts) == 2
    assert max(counts) > 256


def test_batches_hold_each_text_once_within_the_limit_and_none_is_mostly_padding():
    assert list(batches_of([5, 6, 5, 30, 5, 6], max_tokens=20)) == [[3], [1, 5, 0], [2, 4]]
    assert list(batches_of([3, 10, 4, 7, 5], max_tokens=99)) == [[1, 3], [4, 2], [0]]


@pytest.mark.parametrize(
    ("capabilities", "machine", "precision"),
    [
        (["FP32", "INT8"], "x86_64", "f32"),
        (["FP32", "BF16"], "x86_64", "bf16"),
        (["FP32", "BF16"], "AMD64", "bf16"),
        (["FP32", "FP16", "BF16"], "arm64", "f32"),
    ],
)
def test_bfloat16_is_for_x86_processors_that_have_it(capabilities, machine, precision):
    assert choose_precision(capabilities, machine) == precision


def test_openvino_is_imported_without_telemetry():
    code = (
        "import sys; from search.encoding.compiled_model import import_openvino; "
        "assert import_openvino().convert_model; assert not sys.modules['openvino_telemetry']"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
