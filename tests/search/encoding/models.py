"""A tiny BERT in a folder, with random weights: what a model of any maker looks like."""

import json
import os
import pickle
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast, set_seed

from search.artifacts import RunRecord
from search.encoding.fingerprint import model_fingerprint
from search.encoding.integrity import hash_files
from tests.artifacts import run_json

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "data", "engineer", "analyst", "sql", "python", "kitchen")


def save_tiny_model(folder: Path) -> Path:
    """Save a model of two layers and eleven words."""
    set_seed(1)
    body = folder / "body"
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))  # noqa: S106 (no password)
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    special = {f"{name.strip('[]').lower()}_token": name for name in WORDS[:5]}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(body)
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32
    )
    BertModel(config).save_pretrained(body)
    transformer = Transformer(str(body), max_seq_length=64)
    model = SentenceTransformer(modules=[transformer, Pooling(transformer.get_embedding_dimension())])
    model.save_pretrained(str(folder / "model"), create_model_card=False)
    return folder / "model"


def save_run(folder: Path, **changes: object) -> None:
    """Write the run.json that `python -m train` leaves beside such a model."""
    model = SentenceTransformer(str(folder), local_files_only=True)
    run = run_json(tuned_hash=model_fingerprint(model), files=hash_files(folder))
    RunRecord.model_validate(run | changes).save(folder / "run.json")


def change_settings(path: Path, **changes: object) -> None:
    """Change values of a JSON file; None takes one out."""
    settings = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({name: value for name, value in settings.items() if value is not None}))


def change_tensors(folder: Path, change) -> None:
    """Rewrite the weights with what `change` makes of name -> tensor."""
    path = folder / "model.safetensors"
    save_file(change(load_file(path)), path, metadata={"format": "pt"})


def with_module(folder, **module):
    rows = json.loads((folder / "modules.json").read_text())
    rows.append({"idx": 2, "name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense"} | module)
    (folder / "modules.json").write_text(json.dumps(rows))


class Bomb:
    """Leaves a file where it is unpickled."""

    def __reduce__(self):
        return (os.mkdir, ("exploded",))


def with_pickled_dense(folder):
    with_module(folder)
    (folder / "2_Dense").mkdir()
    (folder / "2_Dense" / "config.json").write_text('{"in_features": 16, "out_features": 16}')
    (folder / "2_Dense" / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb()))


def with_harmless_dense(folder):
    with_pickled_dense(folder)
    tensors = {"linear.weight": torch.ones(16, 16), "linear.bias": torch.ones(16)}
    torch.save(tensors, folder / "2_Dense" / "pytorch_model.bin")
