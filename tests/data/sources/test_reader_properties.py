"""Properties of readers and sections, whatever the input."""

import csv
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given, settings
from hypothesis import strategies as st

from data.corpus.cleaning import clean_and_mask
from data.corpus.sections import cut_sections
from data.sources.source import open_source, start_reading

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "text", "city", "a.b", "@id"]), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
NAMES = st.sampled_from(
    ["title", "description", "company", "location", "remote", "salary", "id", "skills", "query", "level", "x", ""]
)
ROWS = st.lists(st.dictionaries(NAMES, VALUES, max_size=8), max_size=4)
ENDINGS = st.sampled_from(["csv", "tsv", "json", "jsonl", "parquet", "xlsx", "txt", "csv.gz", "html"])
PIECES = st.sampled_from(
    [b"title", b"description", b",", b";", b"\t", b'"', b"\\", b"\n", b"\r\n", b"\r", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"sep=;", b"{", b"}",
     b"[", b"]", b'"title": "T"', b"PAR1", b"PK\x03\x04", b"\x1f\x8b", b"<", b"\xe9", b"Nurse", b" "]
)  # fmt: skip


def read_bytes(content: bytes, ending: str) -> list[object]:
    """Read a file; only the errors of bad input may come out."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"jobs.{ending}"
        path.write_bytes(content)
        try:
            return list(start_reading(open_source(str(path))).listings)
        except ValueError as error:
            assert str(error)
            return []


@settings(max_examples=300)
@given(st.lists(PIECES | st.binary(max_size=8), max_size=30).map(b"".join), ENDINGS)
@example(b"PAR1", "parquet")
@example(b"\x1f\x8b\x08", "csv")
@example(b"PK\x03\x04", "csv")
def test_any_bytes_are_listings_or_one_clear_error(content, ending):
    assert all(listing.listing_id for listing in read_bytes(content, ending))


@settings(max_examples=200)
@given(ROWS)
def test_any_json_is_listings_or_one_clear_error(rows):
    lines = "\n".join(map(json.dumps, rows)).encode()
    assert len(read_bytes(lines, "jsonl")) in (0, len(rows))
    document = json.dumps({"jobs": rows}, allow_nan=True).encode()
    assert all(listing.listing_id for listing in read_bytes(document, "json"))


CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20) | st.sampled_from(
    ['a "b" c', "x,y", "p\nq", ";"]
)


@settings(max_examples=150)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6), st.sampled_from(",;\t|"))
def test_a_table_is_read_as_the_csv_module_wrote_it(rows, delimiter):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(
        [("title", "description"), *((f"T{title}", f"D{text}") for title, text in rows)]
    )
    listings = read_bytes(out.getvalue().encode(), "csv")
    assert [(one.title, one.description) for one in listings] == [(f"T{title}", f"D{text}") for title, text in rows]


WORDS = (
    st.text(st.sampled_from("abcdefghij KLMNO"), min_size=3, max_size=30)
    .map(str.strip)
    .filter(lambda text: len(text) > 2)
)
MARKS = st.sampled_from(["### {}", "**{}**", "{}:", "== {} ==", "【{}】", "--- {} ---", "_{}_"])
BEFORE = st.sampled_from(["About us", "Benefits", "Perks & Benefits", "Equal Opportunity", "Who we are"])


@given(BEFORE, MARKS, WORDS, st.lists(WORDS, min_size=1, max_size=6), st.sampled_from(["\n", "\n\n"]))
def test_no_line_is_lost_under_an_unknown_heading(before, mark, heading, items, gap):
    lines = [f"- item {number} {item}" for number, item in enumerate(items)]
    text = clean_and_mask(gap.join([mark.format(before), "We make tools.", mark.format(f"Zz {heading}"), *lines]))
    cut = cut_sections(text).text
    # Cleaning may part glued words by line breaks.
    assert all("".join(line.split()) in "".join(cut.split()) for line in lines)
    assert cut_sections(cut).text == cut
