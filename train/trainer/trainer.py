"""The trainer of sentence-transformers, with our batches and stops."""

import logging
from typing import Any

import torch
from sentence_transformers import SentenceTransformerTrainer
from torch.utils.data import BatchSampler
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from train.trainer.distributed import process_count
from train.trainer.examples import ListingCollator
from train.trainer.precision import quick_attention
from train.trainer.sampler import ListingSampler

logger = logging.getLogger(__name__)


class DivergedError(RuntimeError):
    """The loss is no finite number any more."""


class JobSearchTrainer(SentenceTransformerTrainer):
    """Takes batches from our sampler, and stops when it diverges."""

    def __init__(self, *arguments: Any, sampler: ListingSampler | None = None, **options: Any) -> None:
        self.sampler = sampler
        super().__init__(*arguments, **options)

    def add_model_card_callback(self, default_args_dict: dict[str, Any]) -> None:
        """Add none: it can't read a column of several queries."""

    def get_batch_sampler(self, *arguments: Any, **options: Any) -> BatchSampler | None:
        """Return our sampler, or the parent's."""
        return self.sampler or super().get_batch_sampler(*arguments, **options)

    def training_step(self, *arguments: Any, **options: Any) -> torch.Tensor:
        """Do a step, or raise DivergedError by its loss."""
        with quick_attention(self.model):
            loss = super().training_step(*arguments, **options)
        if self.sampler is not None:
            average_gradients(self.model)
        if not torch.isfinite(loss):
            raise DivergedError(f"the loss of step {self.state.global_step + 1} is {loss.item()}")
        return loss


def average_gradients(model: torch.nn.Module) -> None:
    """Replace each gradient by its mean over the processes.

    Our loss makes several forward passes a step, past the wrapper that would do this for a single one.
    """
    if process_count() == 1:
        return
    for parameter in model.parameters():
        if parameter.grad is not None:
            torch.distributed.all_reduce(parameter.grad)
            parameter.grad /= process_count()


class EpochDraw(TrainerCallback):
    """Tells sampler and collator which epoch begins."""

    def __init__(self, *drawing: ListingSampler | ListingCollator) -> None:
        self.drawing = drawing

    def on_epoch_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Tell them the epoch."""
        for one in self.drawing:
            one.epoch = round(state.epoch or 0)


class StopWhenWorse(TrainerCallback):
    """Ends a run after `patience` epochs without a gain."""

    def __init__(self, metric: str, patience: int) -> None:
        self.metric, self.patience = metric, patience

    def on_evaluate(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Compare the epochs' scores, also those before a resume."""
        scores = [row[self.metric] for row in state.log_history if self.metric in row]
        best = max(range(len(scores)), key=scores.__getitem__)
        logger.info("epoch %d   validation %s %.4f", len(scores), self.metric.removeprefix("eval_"), scores[-1])
        if len(scores) - 1 - best >= self.patience and state.epoch is not None and state.epoch < args.num_train_epochs:
            logger.info("stopped   no gain for %d epoch(s); the best epoch, %d, is kept", self.patience, best + 1)
            control.should_training_stop = True
