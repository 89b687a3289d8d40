"""A folder of judged queries and their grades.

It has queries.jsonl, judgments.jsonl (or qrels.txt), and perhaps judging.json, which says who graded.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from data.judgments.qrels import read_qrels
from data.judgments.records import JudgedQuery, JudgingRecord, Judgments
from data.judgments.rows import STATED, gather_judgments, parse_queries
from data.sources.json_rows import read_json_lines
from data.sources.reading import Row
from search.files import save_lines

QUERIES_FILE, JUDGMENTS_FILE, QRELS_FILE, JUDGING_FILE = "queries.jsonl", "judgments.jsonl", "qrels.txt", "judging.json"
# Of a line of queries.jsonl.
FIELDS = ("query_id", "split", "kind", "query", "want", "stated")


def read_judgments(folder: Path) -> Judgments:
    """Read a folder of judged queries and grades.

    Grades come from judgments.jsonl, or where there is none from qrels.txt.

    Raises:
        FileNotFoundError: there is no such folder, no queries.jsonl, or no file of grades.
        ValueError: a line is unusable, or names a query or an assessor that is not there.
    """
    queries = _with_known_fields(read_json_lines(folder / QUERIES_FILE))
    lines, qrels, record = (folder / name for name in (JUDGMENTS_FILE, QRELS_FILE, JUDGING_FILE))
    if not lines.is_file() and not qrels.is_file():
        raise FileNotFoundError(
            f"expected {QUERIES_FILE} with {JUDGMENTS_FILE} or {QRELS_FILE}, {folder} has no grades; check the name"
        )
    grades = read_json_lines(lines) if lines.is_file() else read_qrels(qrels)
    return gather_judgments(str(folder), queries, grades, JudgingRecord.load(record) if record.is_file() else None)


def read_judged_queries(path: Path) -> tuple[JudgedQuery, ...]:
    """Read judged queries from JSON Lines.

    A query without an id gets one made of its text; where no query has a split, theirs are empty, see `draw_splits`.

    Raises:
        FileNotFoundError: no such file.
        ValueError: there is no query, one is empty, too long or there twice, some have a split and others none, or a
            field is unknown.
    """
    return parse_queries(_with_known_fields(read_json_lines(path)), str(path))


def _with_known_fields(rows: Iterable[Row]) -> Iterator[Row]:
    """Refuse a field that nobody reads: it may be one with a typing error."""
    for where, row in rows:
        unknown = sorted(row.keys() - FIELDS)
        if unknown:
            raise ValueError(
                f"expected the fields {', '.join(FIELDS)}, {where} has {unknown[0]!r}; mend its name, or leave it out"
            )
        yield where, row


def save_judgments(judgments: Judgments, folder: Path) -> None:
    """Write queries, grades and who gave them into an existing folder."""
    queries = [
        {
            "query_id": query.query_id,
            "split": query.split,
            "kind": query.kind,
            "query": query.text,
            "want": query.want,
            "stated": {key: list(getattr(query.stated, field)) or None for key, field in STATED.items()},
        }
        for query in judgments.queries
    ]
    grades = [
        {"query_id": one.query_id, "listing_id": one.listing_id, "grade": one.grade, "assessor": one.assessor}
        for one in judgments.grades
    ]
    for name, rows in ((QUERIES_FILE, queries), (JUDGMENTS_FILE, grades)):
        save_lines((json.dumps(row, ensure_ascii=False) for row in rows), folder / name)
    judgments.record.save(folder / JUDGING_FILE)
