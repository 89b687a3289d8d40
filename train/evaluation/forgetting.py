"""What tuning forgot: whether everyday sentences stay in order."""

import json
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from search.benchmark_report import SimilarityRow
from search.encoding.encoder import Encoder
from train.evaluation.significance import bootstrap_mean

# Written by a language model for this project.
SIMILARITY_PATH = Path(__file__).parent / "similarity.jsonl"
FLAT = 1e-6
# Of the same meaning, of the same topic, of neither.
GRADES = {"near": 2, "related": 1, "far": 0}


def similarity_check(encoder: Encoder) -> SimilarityRow:
    """Score everyday sentences against three others each.

    `spearman` is the rank correlation of cosine and grade over all pairs; `in_order` the share of sentences whose
    three cosines are in the order of their grades.
    """
    rows = [json.loads(line) for line in SIMILARITY_PATH.read_text(encoding="utf-8").splitlines()]
    sentences = encoder.encode_document([row["sentence"] for row in rows])
    cosines = np.stack(
        [(sentences * encoder.encode_document([row[grade] for row in rows])).sum(axis=1) for grade in GRADES], axis=1
    )
    grades = np.tile(list(GRADES.values()), (len(rows), 1))
    ordered = (cosines[:, 0] > cosines[:, 1]) & (cosines[:, 1] > cosines[:, 2])
    # A model that tells nothing apart has no correlation that could be computed.
    is_flat = float(np.ptp(cosines)) < FLAT
    return SimilarityRow(
        n=len(rows),
        spearman=0.0 if is_flat else float(spearmanr(cosines.ravel(), grades.ravel()).statistic),
        in_order=bootstrap_mean(ordered.astype(float).tolist(), [str(number) for number in range(len(rows))]),
    )
