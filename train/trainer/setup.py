"""What a run starts with: model, loss, rows, settings."""

import logging
from typing import Any

import torch
from datasets import Dataset
from sentence_transformers import SentenceTransformerTrainingArguments
from sentence_transformers.base.sampler import BatchSamplers
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

from data.dataset import JobDataset
from search.encoding.sentence_encoder import SentenceEncoder
from train.config import TrainConfig
from train.trainer.answers import answers_of
from train.trainer.checkpoints import MarkWhole
from train.trainer.distributed import process_count
from train.trainer.evaluator import PRIMARY_METRIC, RankingEvaluator
from train.trainer.examples import ListingCollator, build_examples, build_triplet_examples
from train.trainer.loss import ListingRankingLoss
from train.trainer.precision import knows_bf16
from train.trainer.sampler import ListingSampler
from train.trainer.trainer import EpochDraw, JobSearchTrainer, StopWhenWorse
from train.trainer.wordings import FACTS

logger = logging.getLogger(__name__)

# The trainer's options of a recipe, and its rows.
Parts = tuple[dict[str, Any], Dataset]


def build_trainer(
    encoder: SentenceEncoder, dataset: JobDataset, evaluator: RankingEvaluator, config: TrainConfig
) -> JobSearchTrainer:
    """Join a model with its recipe's loss, rows and settings."""
    recipe = config.recipe
    set_dropout(encoder.model, recipe.dropout)
    setup = set_up_triplets if recipe.rows == "triplet" else set_up_listings
    options, examples = setup(encoder, dataset, config)
    logger.info("train     %d rows (%s) of %s, base %s", len(examples), recipe.name, config.dataset, config.base)
    trainer = JobSearchTrainer(
        model=encoder.model,
        args=training_arguments(config, len(examples)),
        train_dataset=examples,
        evaluator=evaluator,
        **options,
    )
    trainer.add_callback(MarkWhole())
    trainer.add_callback(StopWhenWorse(f"eval_{PRIMARY_METRIC}", config.patience))
    return trainer


def set_up_triplets(encoder: SentenceEncoder, dataset: JobDataset, config: TrainConfig) -> Parts:
    """Return the tutorial's loss and rows."""
    loss = MultipleNegativesRankingLoss(
        encoder.model, scale=config.recipe.scale, gather_across_devices=process_count() > 1
    )
    return {"loss": loss}, build_triplet_examples(dataset, limit=config.max_train_listings)


def set_up_listings(encoder: SentenceEncoder, dataset: JobDataset, config: TrainConfig) -> Parts:
    """Return our loss, sampler and collator, and their rows."""
    model, recipe = encoder.model, config.recipe
    examples = build_examples(
        dataset, encoder, scoring=recipe.scoring, window=recipe.window, limit=config.max_train_listings
    )
    answers = answers_of(dataset, examples["listing_id"])
    sampler = ListingSampler(len(examples), batch=recipe.batch, seed=config.seed, processes=process_count())
    collator = ListingCollator(
        model.preprocess,
        encoder.prompt("query"),
        encoder.prompt("document"),
        noise=recipe.noise,
        families=recipe.families,
        facts=recipe.facts,
        twins=recipe.twins,
        pasted=recipe.pasted,
        most_queries=recipe.most_queries,
        values={name: [value for value in examples[name] if value] for name in FACTS},
        answers=answers,
        places={listing_id: place for place, listing_id in enumerate(examples["listing_id"])},
        seed=config.seed,
    )
    loss = ListingRankingLoss(
        model, scale=recipe.scale, tokens=recipe.tokens, gather=process_count() > 1, answers=answers
    )
    options = {"loss": loss, "sampler": sampler, "data_collator": collator}
    return options | {"callbacks": [EpochDraw(sampler, collator)]}, examples


def set_dropout(model: torch.nn.Module, share: float) -> None:
    """Set the dropout of all layers."""
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = share


def training_arguments(config: TrainConfig, rows: int) -> SentenceTransformerTrainingArguments:
    """Return the trainer's settings."""
    recipe, on_gpu, bf16 = config.recipe, torch.cuda.is_available(), knows_bf16()
    steps = -(-rows // recipe.batch) * recipe.epochs
    return SentenceTransformerTrainingArguments(
        output_dir=str(config.checkpoints),
        num_train_epochs=recipe.epochs,
        per_device_train_batch_size=max(1, recipe.batch // process_count()),
        learning_rate=recipe.learning_rate,
        warmup_steps=round(steps * recipe.warmup),
        seed=config.seed,
        # Told, or several processes without a GPU would not find each other, and bf16 would be refused.
        use_cpu=(process_count() > 1 or bf16) and not on_gpu,
        bf16=bf16,
        batch_sampler=BatchSamplers.NO_DUPLICATES,
        eval_strategy="epoch",
        save_strategy="epoch",
        # Two, so that one is whole while the next is being written.
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model=f"eval_{PRIMARY_METRIC}",
        greater_is_better=True,
        logging_steps=5,
        logging_nan_inf_filter=False,
        dataloader_pin_memory=on_gpu,
        ddp_find_unused_parameters=process_count() > 1,
        report_to="none",
    )
