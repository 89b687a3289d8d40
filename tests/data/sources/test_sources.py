"""Sources and columns: real files of each kind, and what is said when one does not fit."""

import csv
import json

import pyarrow
import pytest
from pyarrow import parquet

from data.sources.columns import map_columns, parse_columns
from data.sources.source import open_source, parse_source, read_listings

# The columns of the Hub dataset datastax/linkedin_job_listings that matter, with a row of our own.
LINKEDIN = {
    "job_id": "4410023",
    "company_name": "Larkspur Bank",
    "title": "Data Analyst",
    "description": "Reports, dashboards\nand SQL.",
    "max_salary": "20.0",
    "location": "Hull, UK",
    "remote_allowed": "1.0",
    "formatted_experience_level": "Entry level",
    "skills_desc": "",
}


def read(path, **columns):
    return list(read_listings(open_source(str(path)), columns))


def write_csv(path, rows, *, delimiter=",", encoding="utf-8"):
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.DictWriter(file, rows[0], delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def check_linkedin(listing):
    assert (listing.listing_id, listing.title, listing.company) == ("4410023", "Data Analyst", "Larkspur Bank")
    assert (listing.location, listing.work_mode, listing.seniority) == ("Hull, UK", "remote", "Entry level")
    assert listing.description == "Reports, dashboards\nand SQL."


@pytest.mark.parametrize(("delimiter", "encoding"), [(",", "utf-8"), (";", "utf-8-sig"), ("\t", "utf-8")])
def test_csv_columns_are_found_by_the_names_real_files_use(tmp_path, delimiter, encoding):
    [listing] = read(write_csv(tmp_path / "jobs.csv", [LINKEDIN], delimiter=delimiter, encoding=encoding))
    check_linkedin(listing)


def test_csv_delimiter_in_a_quoted_name_and_blank_lines_are_passed_over(tmp_path):
    path = tmp_path / "jobs.csv"
    path.write_text('\n"title";"description, in full, and long"\n\nNurse;Nights\n')
    [listing] = read(path, description="description, in full, and long")
    assert (listing.title, listing.description) == ("Nurse", "Nights")


def test_parquet_numbers_become_ids_and_modes(tmp_path):
    rows = [
        {**LINKEDIN, "job_id": 4410023.0, "remote_allowed": 1.0},
        {**LINKEDIN, "job_id": 7.0, "remote_allowed": None},
    ]
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "jobs.parquet")
    first, second = read(tmp_path / "jobs.parquet")
    check_linkedin(first)
    assert (second.listing_id, second.work_mode) == ("7", "")


def test_json_lines_with_columns_of_ones_own(write_lines):
    path = write_lines(
        {"Job Title": "Nurse", "body": "Night shifts", "wanted": "night nurse"}, {"Job Title": "Cook", "body": "Soup"}
    )
    nurse, cook = read(path, description="body", queries="wanted")
    assert (nurse.title, nurse.description, nurse.queries) == ("Nurse", "Night shifts", ("night nurse",))
    assert cook.queries == ()
    assert len({nurse.listing_id, cook.listing_id}) == 2


def test_ids_made_from_texts_do_not_depend_on_the_place(write_lines):
    rows = [{"title": "Nurse", "description": "Nights"}, {"title": "Cook", "description": "Soup"}]
    forward = {listing.title: listing.listing_id for listing in read(write_lines(*rows))}
    backward = {listing.title: listing.listing_id for listing in read(write_lines(*rows[::-1]))}
    assert forward == backward


def test_company_out_of_an_object_as_scraped_files_hold_it(write_lines):
    rows = [
        {"id": 1, "title": "T", "description": "d", "company": "{'name': 'Turing', 'size': '1.001-5.000'}"},
        {"id": 2, "title": "T", "description": "e", "company": {"name": "Ada"}},
        {"id": 3, "title": "T", "description": "f", "company": "{not python"},
        {"id": 4, "title": "T", "description": "g", "company": "{{}}"},
    ]
    assert [listing.company for listing in read(write_lines(*rows))] == ["Turing", "Ada", "{not python", "{{}}"]


def test_column_that_is_missing_names_the_columns_found(write_lines):
    with pytest.raises(
        ValueError,
        match=r"expected a column for description in .*, it has id, title, tasks; .*--columns description=COLUMN",
    ):
        read(write_lines({"id": 1, "title": "T", "tasks": "d"}))


def test_column_that_was_given_and_is_not_there(write_lines):
    with pytest.raises(ValueError, match=r"expected the column 'boddy' of --columns in .*, it has id, title, body"):
        read(write_lines({"id": 1, "title": "T", "body": "d"}), description="boddy")


def test_parse_columns():
    assert parse_columns("title=Job Title, query=wanted,listing_id=") == {
        "title": "Job Title",
        "queries": "wanted",
        "listing_id": "",
    }
    assert parse_columns("") == {}
    for bad in ("title", "colour=red"):
        with pytest.raises(ValueError, match="expected FIELD=COLUMN by comma, FIELD one of listing_id, title"):
            parse_columns(bad)


def test_map_columns_takes_the_likeliest_name_and_ignores_case():
    row = dict.fromkeys(["ID", "Job-Title", "text", "Description", "job_id"], "x")
    found = map_columns([row], {}, source="x")
    assert found.fields == {"listing_id": ("job_id",), "title": ("Job-Title",), "description": ("Description",)}
    assert found.unread == ("ID", "text")
    assert "listing_id" not in map_columns([row], {"listing_id": ""}, source="x").fields


def test_one_id_with_two_texts_is_refused_and_a_repeat_is_not(write_lines):
    row = {"id": 1, "title": "T", "description": "d"}
    assert len(read(write_lines(row, row))) == 2
    with pytest.raises(ValueError, match=r"listings.jsonl:2 repeats '1' with another text.*--columns listing_id="):
        read(write_lines(row, {**row, "description": "other"}))
    assert len(read(write_lines(row, {**row, "description": "other"}), listing_id="")) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "expected a header"),
        (b"title,description\n", "at least one listing"),
        (b"title,description\na,b,c\n", r"jobs.csv:2 has 3"),
        (b"title,description\n\x00\x01\xff,b\n", "expected CSV, .* is no text"),
        (b'title,description\na,"b" c\n', r"quotes doubled, .*jobs.csv is none after line 1"),
        (b"title,description,title\na,b,c\n", "has 'title' twice"),
    ],
)
def test_csv_that_is_none_is_one_clear_line(tmp_path, content, message):
    path = tmp_path / "jobs.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read(path)


def test_parquet_that_is_none_is_one_clear_line(tmp_path):
    path = tmp_path / "jobs.parquet"
    path.write_bytes(b"PAR1 not really")
    with pytest.raises(ValueError, match="expected a Parquet file") as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_rows_are_streamed(tmp_path):
    """The second row is broken; the first is there before it is read."""
    path = tmp_path / "jobs.jsonl"
    good = [json.dumps({"id": n, "title": "T", "description": f"d{n}"}) for n in range(200)]
    path.write_text("\n".join([*good, "{broken"]))
    listings = read_listings(open_source(str(path)))
    assert [next(listings).listing_id for _ in range(200)][-1] == "199"
    with pytest.raises(ValueError, match=r"jobs.jsonl:201 is none"):
        next(listings)


def test_parse_source_names_what_it_takes(tmp_path):
    for bad in ("listings.doc", "nowhere", "https://example.com/x"):
        with pytest.raises(
            ValueError,
            match=r"sample, hub, hub:USER/NAME\[:CONFIG\]\[@revision\], or a file, such as one ending in .csv",
        ):
            parse_source(bad)
    for bad in ("hub:name", "hub:a/b/c", "hub:../x", "hub:a/b@", "hub:a/b:"):
        with pytest.raises(ValueError, match="expected --source hub:USER/NAME"):
            parse_source(bad)
    with pytest.raises(FileNotFoundError, match="there is none"):
        parse_source(str(tmp_path / "none.csv"))
    assert parse_source("hub") == ("hub", "datastax/linkedin_job_listings")
    assert parse_source("hub:user/name@v1.0") == ("hub", "user/name@v1.0")
    assert parse_source("hub:user/name:listings@v1.0") == ("hub", "user/name:listings@v1.0")
