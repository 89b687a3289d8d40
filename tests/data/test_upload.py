"""Files of strangers: read as `build --titles all` would, in a child process that can't take everything."""

import gzip
import json

import pytest

from data.__main__ import main
from data.upload import ReadUpload, UploadBounds, read_upload
from tests.conftest import small_corpus
from tests.data.test_cases import CASES
from tests.data.test_inspection import GERMAN

MANY = UploadBounds(300, 600_000)
pytestmark = pytest.mark.slow


def words(count: int, mark: str) -> str:
    return " ".join(f"{mark}{number}" for number in range(count))


def test_upload_reads_listings_exactly_as_build_does(write_lines, tmp_path, fake_model):
    rows = small_corpus(30)
    rows[0]["description"] += "\n\nBenefits\n- Gym\n- Free fish\n\nWhat we need to see\n- Kafka, mail a@b.com"
    path = write_lines(*rows)
    options = ["--titles", "all", "--out", str(tmp_path / "out"), "--cache", str(tmp_path / "cache")]
    assert main(["build", "--source", str(path), *options]) == 0
    from data.dataset import load_job_dataset  # noqa: PLC0415

    built = load_job_dataset(str(tmp_path / "out")).listings
    read = read_upload(path, MANY)
    assert [(one.listing_id, one.document, one.family) for one in read.listings] == [
        (one.listing_id, one.document, one.family) for one in built
    ]
    assert "Free fish" not in read.listings[0].text
    assert "a@b.com" not in read.listings[0].text


def test_upload_takes_all_titles_and_languages_and_tells_what_it_left_out(write_lines):
    rows = [
        {"title": "Nurse", "description": words(30, "a")},
        {"title": "Datenanalyst", "description": GERMAN},
        {"title": "Short", "description": "Too short"},
        {"title": "None", "description": ""},
        {"title": "Nurse", "description": words(30, "a")},
    ]
    read = read_upload(write_lines(*rows), MANY)
    assert sorted(one.title for one in read.listings) == ["Datenanalyst", "Nurse"]
    assert (read.name, read.format, read.rows) == ("listings.jsonl", "JSON Lines", 5)
    assert read.left_out == {"without a title or a text": 1, "of fewer than 20 words": 1, "repeated": 1}
    assert read.columns.startswith("title=title, description=description")
    assert all(one.raw_text == "" for one in read.listings)


def test_upload_takes_the_first_rows_and_says_so(write_lines):
    read = read_upload(write_lines(*small_corpus(9)), UploadBounds(4, 600_000))
    assert len(read.listings) == read.rows == 4
    assert read.notes[0] == "Only the first 4 rows were read: so many are taken here."


def test_upload_takes_as_much_text_as_allowed_but_one_listing_at_least(write_lines):
    path = write_lines(*small_corpus(9))
    size = len(read_upload(path, MANY).listings[0].document)
    read = read_upload(path, UploadBounds(300, size * 3 + 10))
    assert 2 <= len(read.listings) <= 3
    assert read.left_out["beyond the text that is read here"] == 9 - len(read.listings)
    assert len(read_upload(path, UploadBounds(300, 1)).listings) == 1


@pytest.mark.parametrize("name", ["array.json", "tabs.tsv", "packed.csv.gz", "cp1252.csv"])
def test_upload_reads_any_format_that_a_source_has(name):
    try:
        read = read_upload(CASES / name, MANY)
    except ValueError as error:
        # Its texts are short: that it was read is told by the columns.
        assert "title=" in str(error)
    else:
        assert isinstance(read, ReadUpload)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"colour,size\nx,y\n", "expected a column for .* in a.csv, it has colour, size"),
        ("b.parquet", b"PAR1 and nothing", "expected a Parquet file, b.parquet is none"),
        ("c.xlsx", b"PK\x03\x04 and nothing", "expected a spreadsheet, c.xlsx is none"),
        ("d.csv", b"", "d.csv"),
        ("e.csv", b"title,description\nx,y\n", "got none in 1 rows; the columns were read as title=title"),
        ("hub:a", b"title,description\nx,y\n", "in hub:a, got none in 1 rows"),
    ],
)
def test_upload_that_can_not_be_read_is_one_line_without_folders(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as told:
        read_upload(path, MANY)
    assert str(tmp_path) not in str(told.value)
    assert "\n" not in str(told.value)


def write_bomb(path, begins, *, megabytes):
    """Write a small file that unpacks to so much."""
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(begins)
        for _ in range(megabytes):
            file.write(b"x" * 1_000_000)
    return path


def test_upload_that_unpacks_to_more_than_memory_is_refused_and_leaves_nothing(tmp_path):
    path = write_bomb(tmp_path / "bomb.csv.gz", b"title,description\na,", megabytes=4_000)
    with pytest.raises(ValueError, match="within 90 seconds and 3 GB of memory"):
        read_upload(path, MANY)
    assert [one.name for one in tmp_path.iterdir()] == ["bomb.csv.gz"]


def test_upload_that_unpacks_to_more_than_disk_is_refused(tmp_path):
    path = write_bomb(tmp_path / "bomb.parquet.gz", b"PAR1", megabytes=300)
    with pytest.raises(ValueError, match="File too large"):
        read_upload(path, MANY)


def test_upload_bounds_come_as_json(tmp_path):
    """What the child prints is JSON alone, whatever the rows hold."""
    path = tmp_path / "odd.json"
    path.write_text(json.dumps([{"title": "\u2028</script>${x}", "description": words(25, "ü")}]))
    (one,) = read_upload(path, MANY).listings
    assert "${x}" in one.title
