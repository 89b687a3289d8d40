"""Runs that are killed, that diverge, that share a step, and bases of other shapes: real training on little data."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from tokenizers import ByteLevelBPETokenizer
from transformers import BertConfig, BertModel, RobertaConfig, RobertaModel, RobertaTokenizerFast, set_seed

from bench.browser import free_port
from data.dataset import load_job_dataset
from data.sources.source import SAMPLE_PATH
from search.encoding.loading import load_encoder
from search.encoding.offline_base import installed_base
from tests.conftest import ROOT, run_module
from train.__main__ import main
from train.trainer import evaluator as validation
from train.trainer.precision import knows_bf16

pytestmark = pytest.mark.slow

TEXTS = [json.loads(line)["description"] for line in SAMPLE_PATH.read_text(encoding="utf-8").splitlines()[:60]]


def bert_with_prompts(folder: Path) -> Path:
    """A tiny BERT with prompts, over the default base's vocabulary."""
    set_seed(1)
    body, words = folder / "bert", SentenceTransformer(str(installed_base()), local_files_only=True).tokenizer
    config = BertConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    )
    BertModel(config).save_pretrained(body)
    words.save_pretrained(body)
    return save_model(body, folder / "bert-model", 256, {"query": "search: ", "document": "posting: "})


def roberta_of_512_tokens(folder: Path) -> Path:
    """A tiny RoBERTa that reads 512 tokens, with a byte-level tokenizer of its own."""
    set_seed(1)
    body = folder / "roberta"
    body.mkdir()
    bytes_pairs = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    bytes_pairs.train_from_iterator(TEXTS, vocab_size=800, special_tokens=special, show_progress=False)
    bytes_pairs.save_model(str(body))
    words = RobertaTokenizerFast(str(body / "vocab.json"), str(body / "merges.txt"))
    words.save_pretrained(body)
    config = RobertaConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=514,
    )
    RobertaModel(config).save_pretrained(body)
    return save_model(body, folder / "roberta-model", 512, {})


def save_model(body: Path, out: Path, tokens: int, prompts: dict[str, str]) -> Path:
    transformer = Transformer(str(body), max_seq_length=tokens)
    model = SentenceTransformer(modules=[transformer, Pooling(transformer.get_embedding_dimension())], prompts=prompts)
    model.save_pretrained(str(out), create_model_card=False)
    return out


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return bert_with_prompts(tmp_path_factory.mktemp("tiny"))


def options(loop, base: Path, out: Path, *more: str) -> list[str]:
    epochs = [] if "--epochs" in more else ["--epochs", "3"]
    names = [
        "--dataset",
        str(loop.dataset),
        "--base",
        str(base),
        "--out",
        str(out),
        "--cache",
        str(out.parent / "cache"),
    ]
    return [*names, "--batch", "8", "--patience", "9", *epochs, *more]


def train(loop, base: Path, out: Path, *more: str) -> dict:
    """Train in this process: starting another takes longer than the training."""
    assert main(options(loop, base, out, *more)) == 0
    return json.loads((out / "run.json").read_text())


def error_of(capsys, *arguments: str) -> str:
    """Return the one line of a run that is refused."""
    assert main(list(arguments)) == 2
    (line,) = (line for line in capsys.readouterr().err.splitlines() if "error:" in line)
    return line


def test_run_killed_in_training_and_resumed_ends_like_the_unbroken_one(loop, tiny, tmp_path):
    """Also where its last checkpoint is cut short, as a kill while it is written leaves it; so two runs agree, too."""
    whole = train(loop, tiny, tmp_path / "whole", "--epochs", "4")
    out = tmp_path / "broken"
    checkpoints = tmp_path / ".broken.checkpoints"
    command = [sys.executable, "-m", "train", *options(loop, tiny, out, "--epochs", "4")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        # A checkpoint is complete when its state is there; two of them, so that the run is well under way.
        give_up = time.monotonic() + 120
        while not any(int(path.parent.name.split("-")[1]) >= 16 for path in checkpoints.glob("*/trainer_state.json")):
            assert time.monotonic() < give_up
            assert running.poll() is None
            time.sleep(0.02)
        os.kill(running.pid, signal.SIGKILL)
    assert not out.exists()
    last = max(checkpoints.glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]))
    os.truncate(last / "trainer_state.json", 100)
    resumed = train(loop, tiny, out, "--epochs", "4", "--resume")
    assert resumed["tuned_hash"] == whole["tuned_hash"]
    scores = [[row["ndcg@10"] for row in run["validation"]["history"]] for run in (whole, resumed)]
    assert scores[0] == scores[1]
    assert not checkpoints.exists()


def test_resume_with_other_options_is_refused_and_loses_nothing(loop, tiny, tmp_path, capsys):
    out, checkpoints = tmp_path / "model", tmp_path / ".model.checkpoints"
    checkpoints.mkdir()
    (checkpoints / "shortlist-run.json").write_text('{"identity": "another"}')
    assert "same options, data and base" in error_of(capsys, *options(loop, tiny, out, "--resume"))
    assert checkpoints.is_dir()
    assert not out.exists()


def test_loss_that_is_no_number_stops_with_one_line_and_leaves_no_model(loop, tiny, tmp_path, capsys):
    error = error_of(capsys, *options(loop, tiny, tmp_path / "model", "--learning-rate", "1e30"))
    assert "the loss of step" in error
    assert "lower --learning-rate" in error
    assert not (tmp_path / "model").exists()


def test_falling_score_stops_early_and_keeps_the_best(loop, tiny, tmp_path):
    run = train(loop, tiny, tmp_path / "model", "--learning-rate", "0.3", "--epochs", "20", "--patience", "1")
    history = [row["ndcg@10"] for row in run["validation"]["history"]]
    assert len(history) < 20
    assert run["stopped"] == "no gain for 1 epoch(s)"
    assert run["validation"]["tuned"]["ndcg@10"] == max(history)


def test_two_processes_take_the_steps_of_one(loop, tiny, tmp_path):
    """The same batches, cut in two, with all negatives: only rounding may differ."""
    one = train(loop, tiny, tmp_path / "one", "--epochs", "2")
    launcher = ["torch.distributed.run", "--nproc_per_node=2", f"--master_port={free_port()}", "-m", "train"]
    done = run_module(*launcher, *options(loop, tiny, tmp_path / "two", "--epochs", "2"))
    assert done.returncode == 0, done.stderr[-3000:]
    two = json.loads((tmp_path / "two" / "run.json").read_text())
    assert two["processes"] == 2
    scores = [[row["ndcg@10"] for row in run["validation"]["history"]] for run in (one, two)]
    # Of 15 queries, one that moves by some ranks; bfloat16 rounds more.
    assert scores[1] == pytest.approx(scores[0], abs=0.05 if knows_bf16() else 0.02)
    texts = ["forecasting demand with sql", "kafka streams"]
    vectors = [load_encoder(str(tmp_path / name)).encode_query(texts) for name in ("one", "two")]
    assert (vectors[0] * vectors[1]).sum(axis=1).min() > 0.999


# Each base and each recipe once: what a base keeps does not depend on the recipe.
@pytest.mark.parametrize(("make", "recipe"), [(bert_with_prompts, "tutorial"), (roberta_of_512_tokens, "shortlist")])
def test_other_bases_are_trained_and_keep_their_prompts_and_limit(loop, tmp_path, make, recipe):
    base = make(tmp_path)
    run = train(loop, base, tmp_path / "model", "--epochs", "1", "--recipe", recipe)
    before, after = (SentenceTransformer(str(path), local_files_only=True) for path in (base, tmp_path / "model"))
    assert after.prompts == before.prompts
    assert after.max_seq_length == before.max_seq_length
    assert run["config"]["recipe"]["name"] == recipe
    # A folder of token vectors would lose its prompts.
    assert run["opens_as_multi_vector"] == (not any(before.prompts.values()))
    changed = [not torch.equal(old, new) for old, new in zip(before.parameters(), after.parameters(), strict=True)]
    assert any(changed)


def test_validation_measures_each_state_of_the_weights_once(loop, tiny, tmp_path, monkeypatch):
    dataset = load_job_dataset(str(loop.dataset))
    measured = []
    real = validation.build_indexes
    monkeypatch.setattr(validation, "build_indexes", lambda *given, **how: measured.append(1) or real(*given, **how))
    evaluator = validation.RankingEvaluator(
        dataset.queries("validation"), dataset.listings, scoring="first", cache=tmp_path
    )
    model = SentenceTransformer(str(tiny), local_files_only=True)
    first = evaluator(model)
    assert evaluator(model) == first
    assert len(measured) == 1
    with torch.no_grad():
        next(model.parameters()).normal_(generator=torch.Generator().manual_seed(1))
    assert evaluator(model) != first
    assert len(measured) == 2
