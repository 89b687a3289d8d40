"""Fine-tuning: the trainer, the choice of the best checkpoint, and what the run leaves behind."""

import logging
import shutil
import time
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from sentence_transformers import (
    SentenceTransformer,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
)
from transformers import set_seed

from data.folder import JobDataset, load_job_dataset
from search.encoder import SentenceEncoder, load_encoder
from search.files import save_json, whole_folder
from search.index import load_or_build_index
from train.cards import render_model_card
from train.config import RUN_FILE, TrainConfig
from train.examples import ListingCollator, build_examples
from train.loss import ListingRankingLoss
from train.validation import PRIMARY_METRIC, RankingEvaluator, validation_pool

logger = logging.getLogger(__name__)

LIBRARIES = ("torch", "transformers", "sentence-transformers", "datasets", "numpy")


class ListingTrainer(SentenceTransformerTrainer):
    """The trainer without the automatic model card, which can't read a column of several queries.

    train/cards.py writes the card.
    """

    def add_model_card_callback(self, default_args_dict: dict[str, Any]) -> None:
        """Add no callback."""


def train(config: TrainConfig) -> dict[str, Any]:
    """Fine-tune, keep the best checkpoint by validation ndcg@10, and write the model folder.

    Returns:
        What run.json holds.

    Raises:
        FileNotFoundError: the dataset or the base model is not there.
        ValueError: the dataset can't be trained on.
    """
    started = time.perf_counter()
    dataset = load_job_dataset(config.dataset)
    examples = build_examples(dataset, most=config.max_train_listings)
    queries = dataset.queries("validation")
    pool = validation_pool(dataset, most=config.max_validation_listings, seed=config.seed)
    encoder = load_encoder(config.base)
    model = encoder.model
    logger.info("train     %d listings of %s, base %s", len(examples), config.dataset, config.base)
    evaluator = RankingEvaluator(queries, pool, config.cache)
    load_or_build_index(encoder, pool, config.cache, show_progress=True)
    base_scores = evaluator(model, epoch=0, steps=0)
    evaluator.forget_best()
    logger.info("base      validation %s %.4f", PRIMARY_METRIC, base_scores[PRIMARY_METRIC])
    with whole_folder(config.out) as folder:
        checkpoints = folder / "checkpoints"
        best = fit(model, examples, evaluator, config, checkpoints)
        shutil.rmtree(checkpoints)
        tuned_scores = evaluator(model)
        check_best(tuned_scores[PRIMARY_METRIC], best)
        evaluator.save_best(config.cache)
        model.save_pretrained(str(folder), create_model_card=False)
        run = build_run_record(config, dataset, encoder, examples, evaluator, base_scores, tuned_scores)
        run["seconds"] = round(time.perf_counter() - started, 1)
        save_json(run, folder / RUN_FILE)
        (folder / "README.md").write_text(render_model_card(run), encoding="utf-8")
    logger.info(
        "tuned     validation %s %.4f (base %.4f)",
        PRIMARY_METRIC,
        tuned_scores[PRIMARY_METRIC],
        base_scores[PRIMARY_METRIC],
    )
    logger.info("written   %s in %.0f s", config.out, run["seconds"])
    return run


def fit(
    model: SentenceTransformer,
    examples: Dataset,
    evaluator: RankingEvaluator,
    config: TrainConfig,
    checkpoints: Path,
) -> float:
    """Train the model in place; it ends with the weights of the best epoch.

    Returns:
        The best epoch's validation ndcg@10.

    Raises:
        RuntimeError: the trainer chose no checkpoint, so that the last one could pass for the best.
    """
    set_seed(config.seed)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = config.dropout
    steps = -(-len(examples) // config.batch_listings) * config.epochs
    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(checkpoints),
        num_train_epochs=config.epochs,
        per_device_train_batch_size=config.batch_listings,
        learning_rate=config.learning_rate,
        warmup_steps=round(steps * config.warmup),
        seed=config.seed,
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=1,
        save_only_model=True,
        load_best_model_at_end=True,
        metric_for_best_model=f"eval_{PRIMARY_METRIC}",
        greater_is_better=True,
        logging_steps=5,
        dataloader_pin_memory=torch.cuda.is_available(),
        report_to="none",
    )
    prompts = model.prompts or {}
    trainer = ListingTrainer(
        model=model,
        args=arguments,
        train_dataset=examples,
        loss=ListingRankingLoss(model, scale=config.scale),
        evaluator=evaluator,
        data_collator=ListingCollator(  # type: ignore[arg-type]
            model.preprocess, prompts.get("query"), prompts.get("document")
        ),
    )
    trainer.train()
    if trainer.state.best_metric is None:
        raise RuntimeError(f"the trainer chose no checkpoint by {PRIMARY_METRIC}; its metrics are {evaluator.history}")
    return float(trainer.state.best_metric)


def check_best(score: float, best: float) -> None:
    """Make sure that the model in hand is the chosen checkpoint.

    Raises:
        RuntimeError: it scores otherwise than the best checkpoint did.
    """
    if abs(score - best) > 1e-4:
        raise RuntimeError(f"expected the best checkpoint's {PRIMARY_METRIC} {best:.4f} again, got {score:.4f}")


def build_run_record(
    config: TrainConfig,
    dataset: JobDataset,
    base: SentenceEncoder,
    examples: Dataset,
    evaluator: RankingEvaluator,
    base_scores: dict[str, float],
    tuned_scores: dict[str, float],
) -> dict[str, Any]:
    """Gather what is needed to repeat the run."""
    options = {key: str(value) if isinstance(value, Path) else value for key, value in asdict(config).items()}
    return {
        "config": options,
        "base": {"model": config.base, "revision": base.revision},
        "tuned_hash": SentenceEncoder(base.model, str(config.out)).fingerprint,
        "base_hash": base.fingerprint,
        "corpus_hash": dataset.corpus_hash,
        "dataset_hash": dataset.dataset_hash,
        "fictional": dataset.is_fictional,
        "train": {"listings": len(examples), "queries": sum(len(row) for row in examples["queries"])},
        "validation": {
            "queries": len(evaluator.queries),
            "listings_ranked": len(evaluator.pool),
            "base": base_scores,
            "tuned": tuned_scores,
            "history": evaluator.history,
        },
        "libraries": {name: version(name) for name in LIBRARIES},
    }
