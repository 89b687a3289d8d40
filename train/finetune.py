"""Fine-tuning: the run, its best epoch, and what it leaves."""

import logging
import shutil
import time
from importlib.metadata import version

from sentence_transformers import MultiVectorEncoder, SentenceTransformer
from transformers import set_seed

from data.corpus.language import find_languages
from data.corpus.language_codes import ENGLISH
from data.dataset import JobDataset, load_job_dataset
from search.artifacts import RUN_FILE, BaseReference, RunOptions, RunRecord, ValidationScores
from search.encoding.fingerprint import model_fingerprint
from search.encoding.integrity import hash_files
from search.encoding.loading import load_encoder
from search.encoding.multi_vector import as_multi_vector, as_sentence_transformer, opens_as_both
from search.encoding.sentence_encoder import SentenceEncoder
from search.files import whole_folder
from search.hub_names import RepoRef, public_name
from search.index.compression import fit_projection
from search.index.token_corpus import draw_evenly, encode_passages
from train.config import TrainConfig
from train.publishing.model_card import render_model_card
from train.trainer.answers import train_listings, train_triplets
from train.trainer.checkpoints import prepare_checkpoints
from train.trainer.distributed import is_first_process, process_count
from train.trainer.evaluator import PRIMARY_METRIC, RankingEvaluator, validation_pool
from train.trainer.precision import knows_bf16
from train.trainer.setup import build_trainer
from train.trainer.trainer import DivergedError

logger = logging.getLogger(__name__)

# Their tokens, some ten thousands, tell the directions in which tokens differ.
PROJECTION_LISTINGS = 100
LIBRARIES = ("torch", "transformers", "sentence-transformers", "datasets", "numpy")


def train(config: TrainConfig) -> RunRecord | None:
    """Fine-tune, keep the best epoch, and write the model folder.

    Returns:
        What run.json holds; None in processes other than the first.

    Raises:
        FileNotFoundError: the dataset or the base model is not there.
        ValueError: the dataset can't be trained on, or nothing usable was trained.
    """
    started = time.perf_counter()
    dataset = load_job_dataset(config.dataset)
    encoder = load_encoder(config.base)
    base_name = public_name(RepoRef.parse(config.base).repo_id or config.base)
    base = BaseReference(model=base_name, revision=encoder.revision)
    base_hash = encoder.fingerprint
    pool = validation_pool(dataset, limit=config.max_validation_listings, seed=config.seed)
    queries = dataset.queries("validation")
    evaluator = RankingEvaluator(queries, pool, scoring=config.recipe.scoring, cache=config.cache)
    base_scores = {}
    if is_first_process():
        base_scores = evaluator(encoder.model)
        logger.info("base      validation %s %.4f", PRIMARY_METRIC, base_scores[PRIMARY_METRIC])
    prepared = time.perf_counter()
    history, stopped = fit(encoder, dataset, evaluator, config)
    trained = time.perf_counter()
    if not is_first_process():
        return None
    validation = ValidationScores(
        queries=len(queries),
        listings_ranked=len(pool),
        base=base_scores,
        # Before the projection is added, so that it is the checkpoint's own score; search projects either way.
        tuned=evaluator(encoder.model),
        history=history,
    )
    check_gain(validation)
    model = finish_model(encoder, dataset)
    run = RunRecord(
        config=RunOptions.model_validate(config.as_record()),
        base=base,
        base_hash=base_hash,
        # Of the model as it is loaded again.
        tuned_hash=model_fingerprint(
            as_sentence_transformer(model) if isinstance(model, MultiVectorEncoder) else model
        ),
        corpus_hash=dataset.corpus_hash,
        dataset_hash=dataset.dataset_hash,
        fictional=dataset.is_fictional,
        processes=process_count(),
        precision="bfloat16" if knows_bf16() else "float32",
        opens_as_multi_vector=isinstance(model, MultiVectorEncoder),
        train=count_learned(dataset, config.max_train_listings),
        validation=validation,
        libraries={name: version(name) for name in LIBRARIES},
        stopped=stopped,
        seconds={
            "prepare": round(prepared - started, 1),
            "train": round(trained - prepared, 1),
            "total": round(time.perf_counter() - started, 1),
        },
    )
    languages = find_languages([listing.text for listing in dataset.listings])
    # A field that is not set is not written.
    run = run if languages == [ENGLISH] else run.model_copy(update={"languages": languages})
    save_model(model, run, config)
    # As page and benchmark open it: converted here, where torch is loaded already.
    load_encoder(str(config.out), cache=config.cache)
    logger.info("written   %s in %.0f s", config.out, run.seconds["total"])
    return run


def count_learned(dataset: JobDataset, limit: int) -> dict[str, int]:
    """Count the listings and queries that are trained on, and the queries with several answers, if there are any."""
    queries = [triplet.query for triplet in train_triplets(dataset, limit=limit)]
    counts = {"listings": len(train_listings(dataset, limit=limit)), "queries": len(queries)}
    several = sum(len(query.answers) > 1 for query in queries)
    return counts | ({"several_answers": several} if several else {})


def finish_model(encoder: SentenceEncoder, dataset: JobDataset) -> MultiVectorEncoder | SentenceTransformer:
    """Project the token vectors, where both library classes can read them."""
    if not opens_as_both(encoder.model):
        return encoder.model
    drawn = [dataset.listings[at] for at in draw_evenly(len(dataset.listings), limit=PROJECTION_LISTINGS)]
    _, tokens = encode_passages(encoder, drawn)
    return as_multi_vector(encoder.model, fit_projection(tokens.vectors))


def save_model(model: MultiVectorEncoder | SentenceTransformer, run: RunRecord, config: TrainConfig) -> None:
    """Write the model folder, then clear the checkpoints away."""
    with whole_folder(config.out) as folder:
        model.save_pretrained(str(folder), create_model_card=False)
        run.model_copy(update={"files": hash_files(folder)}).save(folder / RUN_FILE)
        (folder / "README.md").write_text(render_model_card(run), encoding="utf-8")
    shutil.rmtree(config.checkpoints, ignore_errors=True)


def fit(
    encoder: SentenceEncoder, dataset: JobDataset, evaluator: RankingEvaluator, config: TrainConfig
) -> tuple[list[dict[str, float]], str]:
    """Train the encoder's model in place to its best epoch.

    Returns:
        Each epoch's metrics, and why training ended early, if it did.

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
    return history, stopped


def check_gain(scores: ValidationScores) -> None:
    """Make sure of the best epoch's weights; tell the gain."""
    base, tuned = scores.base[PRIMARY_METRIC], scores.tuned[PRIMARY_METRIC]
    best = max(row[PRIMARY_METRIC] for row in scores.history)
    # Several processes encode in other batches than one does, and rounding can swap listings that all but tie.
    if abs(tuned - best) > (1e-4 if process_count() == 1 else 1e-2):
        raise RuntimeError(f"expected the best checkpoint's {PRIMARY_METRIC} {best:.4f} again, got {tuned:.4f}")
    logger.info("tuned     validation %s %.4f (base %.4f)", PRIMARY_METRIC, best, base)
    if best <= base:
        logger.warning("warning   no epoch is better than the base on validation; the card says so")
