"""Judged queries and judgments as configs of a dataset, in a folder or on the Hub."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx2
from datasets import Dataset, DatasetDict, Features, List, Value
from huggingface_hub import HfApi
from huggingface_hub.errors import LocalEntryNotFoundError, OfflineModeIsEnabled, RemoteEntryNotFoundError

from data.dataset import load_config, parse_dataset
from data.judgments.files import JUDGING_FILE
from data.judgments.records import JUDGED_SPLITS, JudgedQuery, JudgingRecord, Judgments
from data.judgments.rows import STATED, gather_judgments
from data.sources.reading import Row
from search.hub_errors import NETWORK_ERRORS, first_line

logger = logging.getLogger(__name__)

JUDGED_QUERIES, JUDGMENTS = "judged_queries", "judgments"
TEXTS, NUMBER, LIST = Value("string"), Value("int64"), List(Value("string"))
# Said outright: a column without any value has no type of its own.
QUERY_FEATURES = Features(
    dict.fromkeys(("query_id", "kind", "query", "want"), TEXTS) | dict.fromkeys(STATED.values(), LIST)
)
JUDGMENT_FEATURES = Features({"query_id": TEXTS, "listing_id": TEXTS, "grade": NUMBER, "assessor": TEXTS})
# Why a file can't be asked for: nobody was reached. A Hub that was reached, and refused or broke off, is another case.
NOT_REACHED = (OfflineModeIsEnabled, httpx2.ConnectError, httpx2.ConnectTimeout)


def write_judgments(judgments: Judgments, folder: Path) -> None:
    """Write both configs' tables and judging.json into a dataset folder.

    A split without queries gets none: `load_dataset` reads no empty table.
    """
    for split in JUDGED_SPLITS:
        part = judgments.of_split(split)
        if not part.queries:
            continue
        grades = [{name: getattr(one, name) for name in JUDGMENT_FEATURES} for one in part.grades]
        _write_table([_query_row(query) for query in part.queries], QUERY_FEATURES, folder / JUDGED_QUERIES, split)
        _write_table(grades, JUDGMENT_FEATURES, folder / JUDGMENTS, split)
    judgments.record.save(folder / JUDGING_FILE)


def _query_row(query: JudgedQuery) -> dict[str, object]:
    stated = {name: list(getattr(query.stated, name)) or None for name in STATED.values()}
    return {"query_id": query.query_id, "kind": query.kind, "query": query.text, "want": query.want, **stated}


def _write_table(rows: Sequence[Mapping[str, object]], features: Features, folder: Path, split: str) -> None:
    columns = {name: [row[name] for row in rows] for name in features}
    folder.mkdir(exist_ok=True)
    Dataset.from_dict(columns, features=features).to_parquet(folder / f"{split}.parquet")


def load_judgments(source: str) -> Judgments | None:
    """Load the judgments of a dataset folder, or `USER/NAME[@REVISION]` on the Hub; None where it has none.

    judging.json shows that it has some. Without a network, and without that file in the cache, it counts as having
    none, and a warning says so.

    Raises:
        FileNotFoundError: there is no such dataset, or the Hub does not give its files.
        ValueError: a row is unusable, or names a query or an assessor that is not there.
    """
    record = _find_judging_file(source)
    if record is None:
        return None
    queries, grades = (load_config(source, config) for config in (JUDGED_QUERIES, JUDGMENTS))
    return gather_judgments(
        source, _query_rows(queries, source), _rows(grades, source, JUDGMENTS), JudgingRecord.load(record)
    )


def _find_judging_file(source: str) -> Path | None:
    ref = parse_dataset(source)
    if ref.folder:
        return path if (path := ref.folder / JUDGING_FILE).is_file() else None
    try:
        return Path(HfApi().hf_hub_download(ref.repo_id, JUDGING_FILE, repo_type="dataset", revision=ref.revision))
    except RemoteEntryNotFoundError:
        return None
    except NETWORK_ERRORS as error:
        # The client hides what happened behind an error of its own.
        cause = (error.__cause__ or error) if isinstance(error, LocalEntryNotFoundError) else error
        if not isinstance(cause, NOT_REACHED):
            raise FileNotFoundError(
                f"could not load the judged queries of the dataset {source!r}: {first_line(cause)}; "
                "check the name and the network, then run again"
            ) from error
    message = "warning   no network, and no %s of %s in the cache; going on without judged queries"
    logger.warning(message, JUDGING_FILE, ref.repo_id)
    return None


def _query_rows(loaded: DatasetDict, source: str) -> Iterator[Row]:
    """Yield rows as in queries.jsonl: with a split, and facts under `stated`."""
    for where, row in _rows(loaded, source, JUDGED_QUERIES):
        yield where, {**row, "stated": {key: row.get(name) for key, name in STATED.items()}}


def _rows(loaded: DatasetDict, source: str, config: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for split, part in loaded.items():
        for number, row in enumerate(part, start=1):
            yield f"{config}/{split} of {source}, row {number}", {**row, "split": split}
