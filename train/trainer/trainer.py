"""The trainer: sentence-transformers' own, with our batches and stops."""

import logging
from typing import Any

import torch
from sentence_transformers import SentenceTransformerTrainer
from torch.utils.data import BatchSampler
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from train.trainer.distributed import process_count
from train.trainer.examples import ListingCollator
from train.trainer.sampler import ClumpSampler

logger = logging.getLogger(__name__)


class DivergedError(RuntimeError):
    """The loss is no finite number any more."""


class JobSearchTrainer(SentenceTransformerTrainer):
    """Stops at a loss that is not finite, takes batches from our sampler where there is one, writes no card.

    The automatic model card can't read a column of several queries; train/publishing/model_card.py writes ours.
    """

    def __init__(self, *arguments: Any, sampler: ClumpSampler | None = None, **options: Any) -> None:
        """Take the sampler, and the parent's arguments as they are."""
        self.sampler = sampler
        super().__init__(*arguments, **options)

    def add_model_card_callback(self, default_args_dict: dict[str, Any]) -> None:
        """Add no callback."""

    def get_batch_sampler(self, *arguments: Any, **options: Any) -> BatchSampler | None:
        """Return our sampler, or the parent's."""
        return self.sampler or super().get_batch_sampler(*arguments, **options)

    def training_step(self, *arguments: Any, **options: Any) -> torch.Tensor:
        """Do a step.

        Raises:
            DivergedError: its loss is not finite.
        """
        loss = super().training_step(*arguments, **options)
        if self.sampler is not None:
            average_gradients(self.model)
        if not torch.isfinite(loss):
            raise DivergedError(f"the loss of step {self.state.global_step + 1} is {loss.item()}")
        return loss


def average_gradients(model: torch.nn.Module) -> None:
    """Replace each gradient by its mean over the processes; nothing to do for one.

    Our loss makes several forward passes a step, past the wrapper that would do this for a single one.
    """
    if process_count() == 1:
        return
    for parameter in model.parameters():
        if parameter.grad is not None:
            torch.distributed.all_reduce(parameter.grad)
            parameter.grad /= process_count()


class EpochDraw(TrainerCallback):
    """Tells sampler and collator which epoch begins, also where a run is resumed."""

    def __init__(self, *drawing: ClumpSampler | ListingCollator) -> None:
        self.drawing = drawing

    def on_epoch_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Set the epoch."""
        for one in self.drawing:
            one.epoch = round(state.epoch or 0)


class EpochAverage(TrainerCallback):
    """At an epoch's end, puts the mean of the weights over its last steps in their place, and goes on from there.

    Steps over few listings jump about the point they should reach. The mean is scored, kept and trained on, so a
    resumed run needs to know nothing of the epochs before.

    Source: Polyak and Juditsky 1992 (averaging of iterates); Izmailov et al. 2018 (of weights of a network).
    """

    def __init__(self, share: float) -> None:
        """Average over this share of an epoch's steps, its last ones."""
        self.share = share
        self.sums: dict[str, torch.Tensor] = {}
        self.count = 0

    def on_epoch_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Forget the epoch before."""
        self.sums, self.count = {}, 0

    @torch.no_grad()
    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Add the weights, once the epoch is far enough."""
        done = (state.epoch or 0.0) % 1 or 1.0
        if done <= 1 - self.share + 1e-6:
            return
        self.count += 1
        for name, weight in kwargs["model"].named_parameters():
            if weight.requires_grad:
                self.sums[name] = self.sums[name] + weight if name in self.sums else weight.clone()

    @torch.no_grad()
    def on_epoch_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Put the mean in place."""
        for name, weight in kwargs["model"].named_parameters():
            if name in self.sums:
                weight.copy_(self.sums[name] / self.count)


class StopWhenWorse(TrainerCallback):
    """Ends the run when the validation score has not risen for `patience` epochs, and says so."""

    def __init__(self, metric: str, patience: int) -> None:
        self.metric, self.patience = metric, patience

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """Compare the epochs' scores; the trainer's log has all of them, also those before a resume."""
        scores = [row[self.metric] for row in state.log_history if self.metric in row]
        best = max(range(len(scores)), key=lambda place: scores[place])
        logger.info("epoch %d   validation %s %.4f", len(scores), self.metric.removeprefix("eval_"), scores[-1])
        if len(scores) - 1 - best >= self.patience and state.epoch is not None and state.epoch < args.num_train_epochs:
            logger.info("stopped   no gain for %d epoch(s); the best epoch, %d, is kept", self.patience, best + 1)
            control.should_training_stop = True
