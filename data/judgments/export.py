"""A dataset's judgments as TREC qrels."""

import logging

from data.build_config import QrelsConfig
from data.judgments.dataset import load_judgments
from data.judgments.qrels import write_qrels

logger = logging.getLogger(__name__)


def export_qrels(config: QrelsConfig) -> None:
    """Write the grades of one split that count.

    Raises:
        FileNotFoundError: there is no such dataset.
        ValueError: it has no judgments of that split, or an id has white space.
    """
    judgments = load_judgments(config.dataset)
    qrels = judgments.of_split(config.split).qrels if judgments else {}
    if not qrels:
        raise ValueError(
            f"expected judged queries of the split {config.split} in {config.dataset}, it has none; "
            "build it with --judgments DIR"
        )
    config.out.parent.mkdir(parents=True, exist_ok=True)
    write_qrels(qrels, config.out)
    logger.info("written   %s, %d queries, %d judgments", config.out, len(qrels), sum(map(len, qrels.values())))
