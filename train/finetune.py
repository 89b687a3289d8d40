"""Fine-tuning: the run, the choice of the best checkpoint, and what it leaves behind."""

import logging
import shutil
import time
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from sentence_transformers import SentenceTransformer
from transformers import set_seed

from data.dataset import JobDataset, load_job_dataset
from search.encoding.encoder import SentenceEncoder
from search.encoding.loading import load_encoder
from search.encoding.model_files import RUN_FILE
from search.files import save_json, whole_folder
from search.hub_names import public_name, split_revision
from train.config import TrainConfig
from train.publishing.model_card import render_model_card
from train.trainer.checkpoints import prepare_checkpoints
from train.trainer.distributed import is_first_process, process_count
from train.trainer.evaluator import PRIMARY_METRIC, RankingEvaluator, validation_pool
from train.trainer.setup import build_trainer
from train.trainer.trainer import DivergedError

logger = logging.getLogger(__name__)

LIBRARIES = ("torch", "transformers", "sentence-transformers", "datasets", "numpy")


@dataclass(frozen=True)
class Fitted:
    """What a training left: the best epoch's score, each epoch's metrics, and why it ended early, if it did."""

    best: float
    history: list[dict[str, float]]
    stopped: str


def train(config: TrainConfig) -> dict[str, Any]:
    """Fine-tune, keep the best checkpoint by validation ndcg@10, and write the model folder.

    Returns:
        What run.json holds; nothing in processes other than the first.

    Raises:
        FileNotFoundError: the dataset or the base model is not there.
        ValueError: the dataset can't be trained on, or nothing usable was trained.
    """
    started = time.perf_counter()
    recipe = config.recipe
    dataset = load_job_dataset(config.dataset)
    encoder = load_encoder(config.base)
    base_hash = encoder.fingerprint
    pool = validation_pool(dataset, most=config.max_validation_listings, seed=config.seed)
    evaluator = RankingEvaluator(dataset.queries("validation"), pool, reading=recipe.reading, cache=config.cache)
    base_scores = evaluator(encoder.model) if is_first_process() else {PRIMARY_METRIC: 0.0}
    if is_first_process():
        logger.info("base      validation %s %.4f", PRIMARY_METRIC, base_scores[PRIMARY_METRIC])
    prepared = time.perf_counter()
    fitted = fit(encoder, dataset, evaluator, config)
    trained = time.perf_counter()
    if not is_first_process():
        return {}
    tuned_scores = evaluator(encoder.model)
    check_best(tuned_scores[PRIMARY_METRIC], fitted.best)
    run = build_run_record(config, dataset, encoder, evaluator, base_hash)
    run["validation"] |= {"base": base_scores, "tuned": tuned_scores, "history": fitted.history}
    run["stopped"] = fitted.stopped
    run["seconds"] = {
        "prepare": round(prepared - started, 1),
        "train": round(trained - prepared, 1),
        "total": round(time.perf_counter() - started, 1),
    }
    save_model(encoder.model, run, config)
    logger.info("tuned     validation %s %.4f (base %.4f)", PRIMARY_METRIC, fitted.best, base_scores[PRIMARY_METRIC])
    if fitted.best <= base_scores[PRIMARY_METRIC]:
        logger.warning("warning   no epoch is better than the base on validation; the card says so")
    logger.info("written   %s in %.0f s", config.out, run["seconds"]["total"])
    return run


def save_model(model: SentenceTransformer, run: dict[str, Any], config: TrainConfig) -> None:
    """Write the model folder aside, put it in its place, and clear the checkpoints away."""
    with whole_folder(config.out) as folder:
        model.save_pretrained(str(folder), create_model_card=False)
        save_json(run, folder / RUN_FILE)
        (folder / "README.md").write_text(render_model_card(run), encoding="utf-8")
    shutil.rmtree(config.checkpoints, ignore_errors=True)


def fit(encoder: SentenceEncoder, dataset: JobDataset, evaluator: RankingEvaluator, config: TrainConfig) -> Fitted:
    """Train the encoder's model in place; it ends with the weights of the best epoch.

    Raises:
        ValueError: the loss was no number before the first epoch's end, or as `build_trainer`.
    """
    set_seed(config.seed)
    identity = config.identity(dataset.dataset_hash, encoder.fingerprint)
    trainer = build_trainer(encoder, dataset, evaluator, config)
    # The others wait until the first has cleared the folder.
    with trainer.args.main_process_first(desc="checkpoints"):
        resume = config.resume or not is_first_process()
        last = prepare_checkpoints(config.checkpoints, identity=identity, resume=resume)
    stopped = ""
    try:
        trainer.train(resume_from_checkpoint=last)
    except DivergedError as error:
        if trainer.state.best_model_checkpoint is None:
            raise ValueError(
                f"{error}, and no epoch was finished before; lower --learning-rate (it is {config.recipe.learning_rate})"
            ) from error
        stopped = f"{error}; the best epoch before is kept"
        logger.warning("stopped   %s", stopped)
        trainer._load_best_model()
    history = [
        {key.removeprefix("eval_"): value for key, value in row.items()}
        for row in trainer.state.log_history
        if f"eval_{PRIMARY_METRIC}" in row
    ]
    if trainer.state.best_metric is None:
        raise RuntimeError(f"the trainer chose no checkpoint by {PRIMARY_METRIC}; its epochs are {history}")
    if not stopped and len(history) < config.recipe.epochs:
        stopped = f"no gain for {config.patience} epoch(s)"
    return Fitted(float(trainer.state.best_metric), history, stopped)


def check_best(score: float, best: float) -> None:
    """Make sure that the model in hand is the chosen checkpoint.

    Raises:
        RuntimeError: it scores otherwise than the best checkpoint did.
    """
    # Several processes encode in other batches than one does, and rounding can swap listings that all but tie.
    if abs(score - best) > (1e-4 if process_count() == 1 else 1e-2):
        raise RuntimeError(f"expected the best checkpoint's {PRIMARY_METRIC} {best:.4f} again, got {score:.4f}")


def build_run_record(
    config: TrainConfig, dataset: JobDataset, encoder: SentenceEncoder, evaluator: RankingEvaluator, base_hash: str
) -> dict[str, Any]:
    """Gather what is needed to repeat the run."""
    trained_on = dataset.queries("train")
    listings = list(dict.fromkeys(query.listing_id for query in trained_on))[: config.max_train_listings or None]
    return {
        "config": config.as_record(),
        "base": {"model": public_name(split_revision(config.base)[0]), "revision": encoder.revision},
        "base_hash": base_hash,
        "tuned_hash": SentenceEncoder(encoder.model, str(config.out)).fingerprint,
        "corpus_hash": dataset.corpus_hash,
        "dataset_hash": dataset.dataset_hash,
        "fictional": dataset.is_fictional,
        "processes": process_count(),
        "train": {
            "listings": len(listings),
            "queries": sum(query.listing_id in set(listings) for query in trained_on),
        },
        "validation": {"queries": len(evaluator.queries), "listings_ranked": len(evaluator.pool)},
        "libraries": {name: version(name) for name in LIBRARIES},
    }
