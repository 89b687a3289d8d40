"""A torch model to OpenVINO: converted once, compared with torch, kept by its fingerprint."""

import logging
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Transformer
from sentence_transformers.multi_vector_encoder.modules import MultiVectorMask

from search.encoding.compiled_model import NotExportableError, import_openvino, is_installed
from search.encoding.encoder import Encoder
from search.encoding.exported_encoder import (
    MODEL_FILE,
    SETTINGS_FILE,
    TOKENIZER_FILE,
    ExportedEncoder,
    ExportSettings,
)
from search.encoding.exports import export_folder, load_export, save_hashes
from search.encoding.forward import Task, prompt_of
from search.encoding.multi_vector import TOKENS
from search.encoding.sentence_encoder import SentenceEncoder
from search.encoding.zero_gpu import ON_ZERO_GPU
from search.files import whole_folder
from search.hub_errors import first_line

logger = logging.getLogger(__name__)

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
# Encoded by torch and by the export, a batch each: texts of few tokens, without a scored one, none at all; a long one.
PROBES = (
    ("sql", "Senior data engineer, remote: Python, C++ and dbt!", "?!", ""),
    ("pipelines that people trust, " * 80,),
)
# The least cosine of an export's vectors with torch's, by what it calculates in.
MIN_COSINE = {"f32": 0.99999, "bf16": 0.999}


def export_or_keep(encoder: SentenceEncoder, cache: Path) -> Encoder:
    """Return a model's export, made if the cache folder has none; the torch model where there can't be one.

    Its vectors are torch's but for rounding, so that both share their fingerprint and what is cached under it.
    """
    try:
        return _load_or_export(encoder, cache)
    except NotExportableError as error:
        logger.info("encoder   %s runs in torch: %s", encoder.name, error)
        return encoder


def _load_or_export(encoder: SentenceEncoder, cache: Path) -> ExportedEncoder:
    _check_exportable(encoder)
    folder = export_folder(cache, encoder.fingerprint)
    if found := load_export(folder, encoder.name):
        return found
    logger.info("encoder   %s: converted to OpenVINO once, kept in %s", encoder.name, folder)
    try:
        with whole_folder(folder) as aside:
            _export(encoder, aside)
            _check_same(encoder, ExportedEncoder(aside, encoder.name))
            save_hashes(aside)
    except OSError as error:
        raise NotExportableError(f"its export could not be written: {first_line(error)}") from error
    return ExportedEncoder(folder, encoder.name)


def _check_exportable(encoder: SentenceEncoder) -> None:
    device = encoder.model.device.type
    if ON_ZERO_GPU or device != "cpu":
        raise NotExportableError(f"it has a GPU ({'ZeroGPU' if ON_ZERO_GPU else device})")
    if not is_installed():
        raise NotExportableError("OpenVINO is not installed, which encodes faster (pip install -r requirements.txt)")
    if not isinstance(encoder.model[0], Transformer) or not getattr(encoder.model.tokenizer, "is_fast", False):
        raise NotExportableError("it is no transformer with a fast tokenizer")


def _export(encoder: SentenceEncoder, folder: Path) -> None:
    model = encoder.model
    columns = _convert(model, folder)
    (folder / TOKENIZER_FILE).write_text(model.tokenizer.backend_tokenizer.to_str(), encoding="utf-8")
    ExportSettings(
        model_hash=encoder.fingerprint,
        max_tokens=encoder.max_tokens,
        prompts={"query": prompt_of(model, "query"), "document": prompt_of(model, "document")},
        inputs=columns,
        pad_id=model.tokenizer.pad_token_id or 0,
        truncation_side=model.tokenizer.truncation_side,
        skipped={"query": _skipped(model, "query"), "document": _skipped(model, "document")},
    ).save(folder / SETTINGS_FILE)


def _skipped(model: SentenceTransformer, task: Task) -> list[int]:
    """List the tokens that are not scored."""
    masks = [module for module in model if isinstance(module, MultiVectorMask) and task in module.skiplist_tasks]
    words = sorted({word for mask in masks for word in mask.skiplist_words})
    ids = model.tokenizer.convert_tokens_to_ids(words)
    unknown, unknown_id = model.tokenizer.unk_token, model.tokenizer.unk_token_id
    # A word that the vocabulary lacks has the id of the unknown one, which is scored.
    return [number for word, number in zip(words, ids, strict=True) if number != unknown_id or word == unknown]


class _Steps(torch.nn.Module):
    """A model's modules in a row, from token ids to both kinds of vectors; masks of scoring are left out."""

    def __init__(self, model: SentenceTransformer, columns: list[str]) -> None:
        super().__init__()
        self.steps = torch.nn.ModuleList(module for module in model if not isinstance(module, MultiVectorMask))
        self.columns = columns

    def forward(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        features: dict[str, Any] = dict(zip(self.columns, inputs, strict=True))
        for step in self.steps:
            features = step(features)
        return features["sentence_embedding"], features[TOKENS]


def _convert(model: SentenceTransformer, folder: Path) -> list[str]:
    """Write graph and weights; return the names of the inputs, in order.

    Raises:
        NotExportableError: the model can't be converted.
    """
    openvino = import_openvino()
    example: Mapping[str, Any] = model.preprocess(["two texts", "of unequal length, so that one is padded"])
    columns = [name for name in INPUTS if name in example]
    was_training = model.training
    try:
        # What tracing warns of shows in the comparison with torch, if it matters.
        with warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter("ignore")
            steps = _Steps(model.eval(), columns)
            graph = openvino.convert_model(steps, example_input=tuple(example[name] for name in columns))
    except Exception as error:
        # Whatever a model's code or the converter raises.
        raise NotExportableError(f"OpenVINO can't convert it ({first_line(error)})") from error
    finally:
        model.train(was_training)
    openvino.save_model(graph, folder / MODEL_FILE, compress_to_fp16=False)
    return columns


def _check_same(torch_model: SentenceEncoder, exported: ExportedEncoder) -> None:
    """Make sure that an export's vectors are torch's but for rounding.

    Raises:
        NotExportableError: they are others.
    """
    for texts in PROBES:
        for encode in ("encode_query_tokens", "encode_document_tokens"):
            expected, expected_tokens = getattr(torch_model, encode)(texts)
            found, found_tokens = getattr(exported, encode)(texts)
            if not np.array_equal(found_tokens.spans, expected_tokens.spans):
                raise NotExportableError("its export reads other tokens than torch")
            cosines = [
                np.sum(ours * theirs, axis=1)
                for ours, theirs in ((found, expected), (found_tokens.vectors, expected_tokens.vectors))
            ]
            least = float(np.concatenate(cosines).min())
            if least < MIN_COSINE[exported.compiled.precision]:
                raise NotExportableError(f"its export has other vectors than torch (cosine {least:.5f})")
