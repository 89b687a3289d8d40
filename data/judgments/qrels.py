"""TREC qrels: a line `query_id 0 listing_id grade` for each judgment."""

from collections.abc import Iterator
from pathlib import Path

from data.judgments.records import GRADES
from data.sources.reading import Row
from search.files import save_lines
from search.records import Qrels


def read_qrels(path: Path) -> Iterator[Row]:
    """Yield ("file:line", row) for each line, but blank ones."""
    if not path.is_file():
        raise FileNotFoundError(f"expected TREC qrels at {path}, there is no such file; check the name")
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            fields = line.decode("utf-8-sig", errors="replace").split()
            if fields and len(fields) != 4:
                raise ValueError(
                    f"expected `query_id 0 listing_id grade`, {path}:{number} has {len(fields)} fields; mend that line"
                )
            if fields:
                query_id, _, listing_id, grade = fields
                value = int(grade) if grade in map(str, GRADES) else grade
                yield f"{path}:{number}", {"query_id": query_id, "listing_id": listing_id, "grade": value}


def write_qrels(qrels: Qrels, path: Path) -> None:
    """Write TREC qrels.

    Raises:
        ValueError: an id has white space, which parts the fields there.
    """
    for name in (name for query_id, graded in qrels.items() for name in (query_id, *graded)):
        if name.split() != [name]:
            raise ValueError(f"expected ids without white space for TREC qrels, got {name!r}; rename it in the source")
    rows = ((query_id, name, grade) for query_id, graded in qrels.items() for name, grade in graded.items())
    save_lines((f"{query_id} 0 {name} {grade}" for query_id, name, grade in rows), path)
