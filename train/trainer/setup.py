"""What a run needs before its first step: the model made ready, loss and rows of its recipe, the trainer's settings."""

import logging
from typing import Any

import torch
from datasets import Dataset
from sentence_transformers import SentenceTransformerTrainingArguments
from sentence_transformers.base.sampler import BatchSamplers
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

from data.dataset import JobDataset
from search.encoding.encoder import SentenceEncoder
from train.config import TrainConfig
from train.trainer.distributed import process_count
from train.trainer.evaluator import PRIMARY_METRIC, RankingEvaluator
from train.trainer.examples import ListingCollator, build_examples, build_triplet_examples
from train.trainer.loss import ListingRankingLoss
from train.trainer.sampler import ClumpSampler, query_centres
from train.trainer.trainer import EpochAverage, EpochDraw, JobSearchTrainer, StopWhenWorse

logger = logging.getLogger(__name__)


def build_trainer(
    encoder: SentenceEncoder, dataset: JobDataset, evaluator: RankingEvaluator, config: TrainConfig
) -> JobSearchTrainer:
    """Make the model ready for its recipe, and join it with loss, rows and settings.

    Raises:
        ValueError: the model has no layers to freeze, or its tokens can't be counted.
    """
    model, recipe = encoder.model, config.recipe
    set_dropout(model, recipe.dropout)
    freeze_layers(model, recipe.frozen_layers)
    parts = triplet_parts if recipe.rows == "triplet" else listing_parts
    parts_of_run, examples = parts(encoder, dataset, config)
    logger.info("train     %d rows (%s) of %s, base %s", len(examples), recipe.name, config.dataset, config.base)
    trainer = JobSearchTrainer(
        model=model,
        args=training_arguments(config, len(examples)),
        train_dataset=examples,
        evaluator=evaluator,
        **parts_of_run,
    )
    if recipe.average:
        trainer.add_callback(EpochAverage(recipe.average))
    trainer.add_callback(StopWhenWorse(f"eval_{PRIMARY_METRIC}", config.patience))
    return trainer


def triplet_parts(encoder: SentenceEncoder, dataset: JobDataset, config: TrainConfig) -> tuple[dict[str, Any], Dataset]:
    """Return the loss and the rows of the tutorial."""
    loss = MultipleNegativesRankingLoss(
        encoder.model, scale=config.recipe.scale, gather_across_devices=process_count() > 1
    )
    return {"loss": loss}, build_triplet_examples(dataset, most=config.max_train_listings)


def listing_parts(encoder: SentenceEncoder, dataset: JobDataset, config: TrainConfig) -> tuple[dict[str, Any], Dataset]:
    """Return loss, sampler, collator and their callback, and the rows: a listing with all its queries."""
    model, recipe = encoder.model, config.recipe
    examples = build_examples(
        dataset, encoder, reading=recipe.reading, window=recipe.window, most=config.max_train_listings
    )
    texts = [text for row in examples["queries"] for text in row]
    owners = [place for place, row in enumerate(examples["queries"]) for _ in row]
    sampler = ClumpSampler(
        query_centres(encoder.encode_query(texts), owners),
        batch=recipe.batch,
        alike=recipe.alike,
        seed=config.seed,
        processes=process_count(),
    )
    collator = ListingCollator(
        model.preprocess,
        encoder.prompt("query"),
        encoder.prompt("document"),
        passages=recipe.passages,
        noise=recipe.noise,
        roles=recipe.roles,
        counted=encoder.counted_tokens if recipe.tokens else None,
        seed=config.seed,
    )
    loss = ListingRankingLoss(
        model,
        scale=recipe.scale,
        symmetric=recipe.symmetric,
        tokens=recipe.tokens,
        gather=process_count() > 1,
    )
    parts = {"loss": loss, "sampler": sampler, "data_collator": collator, "callbacks": [EpochDraw(sampler, collator)]}
    return parts, examples


def set_dropout(model: torch.nn.Module, share: float) -> None:
    """Set the dropout of all layers."""
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = share


def freeze_layers(model: torch.nn.Module, count: int) -> None:
    """Keep the token embeddings and the first `count` layers as they are; 0 trains everything.

    Raises:
        ValueError: the model has no such layers.
    """
    if not count:
        return
    stacks = [module for module in model.modules() if isinstance(module, torch.nn.ModuleList)]
    inputs = [module for name, module in model.named_modules() if name.endswith("embeddings")]
    if not stacks or not inputs or count >= len(stacks[0]):
        layers = len(stacks[0]) if stacks else 0
        raise ValueError(f"expected --frozen-layers below the model's {layers} layers, got {count}")
    for module in (inputs[0], *list(stacks[0])[:count]):
        for parameter in module.parameters():
            parameter.requires_grad_(requires_grad=False)


def training_arguments(config: TrainConfig, rows: int) -> SentenceTransformerTrainingArguments:
    """Return the trainer's settings; on a GPU that knows it, in bf16."""
    recipe, on_gpu = config.recipe, torch.cuda.is_available()
    steps = -(-rows // recipe.batch) * recipe.epochs
    return SentenceTransformerTrainingArguments(
        output_dir=str(config.checkpoints),
        num_train_epochs=recipe.epochs,
        per_device_train_batch_size=max(1, recipe.batch // process_count()),
        learning_rate=recipe.learning_rate,
        warmup_steps=round(steps * recipe.warmup),
        seed=config.seed,
        # Told, or several processes without a GPU would not find each other.
        use_cpu=process_count() > 1 and not on_gpu,
        bf16=on_gpu and torch.cuda.is_bf16_supported(),
        batch_sampler=BatchSamplers.NO_DUPLICATES,
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=1,
        load_best_model_at_end=True,
        metric_for_best_model=f"eval_{PRIMARY_METRIC}",
        greater_is_better=True,
        logging_steps=5,
        logging_nan_inf_filter=False,
        dataloader_pin_memory=on_gpu,
        ddp_find_unused_parameters=process_count() > 1,
        report_to="none",
    )
