"""`python -m data inspect`, languages, spreadsheets: what people see before anything is built."""

import shlex
import zipfile

import pytest

from data.__main__ import main
from data.build_config import BuildConfig
from data.corpus.language import find_language
from data.corpus.language_codes import parse_languages
from data.sources.source import open_source, start_reading
from search.terminal import printable
from tests.conftest import small_corpus
from tests.data.test_cases import CASES

GERMAN = (
    "Wir suchen eine Kollegin, die gern mit Daten arbeitet, Berichte schreibt und den Vertrieb mit Zahlen versorgt. Sie "
    "bringen mehrere Jahre Erfahrung mit und freuen sich auf ein kleines Team in Hamburg."
)


def inspect(capsys, *options: str) -> str:
    assert main(["inspect", *options]) == 0
    return capsys.readouterr().out


def test_inspect_says_what_is_read_shown_cut_and_how_to_build(capsys, write_lines):
    rows = small_corpus(8)
    rows[0]["description"] += "\n\nBenefits\n- Gym\n- Free fish\n\nWhat we need to see\n- Kafka"
    rows.append({**rows[1], "listing_id": "nurse", "title": "Nurse"})
    path = write_lines(*({**row, "perks": "Free fish and a gym for all who work here, every day"} for row in rows))
    out = inspect(capsys, "--source", str(path), "--show", "2")
    assert "source    listings.jsonl: JSON Lines" in out
    assert "description     description" in out
    assert "not read  perks" in out
    assert "perks           holds text, 52 characters a row" in out
    assert "listing 1 of 2: job-000" in out
    assert "cut as benefits, 24 characters: Benefits - Gym - Free fish" in out
    assert "- Kafka" in out
    assert "rows      9 read" in out
    assert "titles    8 of 9 kept: Data Scientist 3" in out
    assert "cleaned   8 of these, 8 are left" in out
    command = shlex.split(out.rstrip().splitlines()[-1].removeprefix("build"))
    assert command[:4] == ["python", "-m", "data", "build"]
    assert command[command.index("--queries") + 1] == "given"


def test_inspect_proposes_all_titles_where_few_fit(capsys, write_lines):
    out = inspect(capsys, "--source", str(write_lines(*({**row, "title": "Nurse"} for row in small_corpus(4)))))
    assert "--titles all" in out.splitlines()[-1]
    assert "0 of 4 kept" in out


def test_inspect_counts_rows_beyond_those_it_cleans(capsys, write_lines):
    out = inspect(capsys, "--source", str(write_lines(*small_corpus(30))), "--clean", "5", "--show", "0")
    assert "rows      30 read" in out
    assert "cleaned   5 of these" in out
    assert "listing 1" not in out


def test_inspect_says_which_rows_were_left_out(capsys):
    out = inspect(capsys, "--source", str(CASES / "ragged.csv"))
    assert "1 row(s) left out: another number of fields than the header" in out


def test_inspect_shows_hostile_text_and_obeys_none(capsys, write_lines):
    acting = "\x1b[2J\x1b]0;owned\x07\u202egnp\u202c \x9b31m"
    rows = [
        {
            **row,
            **{name: f"{row[name]} {acting} {{{{7*7}}}}" for name in ("listing_id", "title", "description", "company")},
            f"perks {acting}": f"free fish for all who work here, every day {acting}",
        }
        for row in small_corpus(4)
    ]
    out = inspect(capsys, "--source", str(write_lines(*rows)), "--titles", "all")
    assert printable(out) == out
    assert r"perks \x1b[2J\x1b]0;owned\x07\u202egnp\u202c \x9b31m" in out
    assert "listing 1 of" in out
    assert "{{7*7}}" in out


def test_inspect_of_bad_input_is_one_line(capsys):
    assert main(["inspect", "--source", str(CASES / "clicks.jsonl")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_build_says_mapping_cuts_and_languages(build, caplog):
    caplog.set_level("INFO")
    rows = small_corpus(60)
    rows[0]["description"] += (
        "\n\nBenefits\n- Gym\n- Free fish\n" + "- Fruit and a bicycle for all of the people who work here\n" * 30
    )
    counts = build(rows).listings
    assert "columns   listing_id=listing_id, title=title, description=description" in caplog.text
    assert "languages en 60" in caplog.text
    assert (counts.cut["benefits"].listings, counts.mostly_cut) == (1, 1)
    assert "more than half of the text of 1 listing(s), such as job-000" in caplog.text


def test_build_languages_are_kept_counted_and_said(build, tmp_path):
    rows = [*small_corpus(60), {"listing_id": "german", "title": "Data Analyst", "description": GERMAN, "queries": []}]
    counts = build(rows, languages="en,de").listings
    assert counts.languages == {"en": 60, "de": 1}
    assert "language:\n- en\n- de\n" in (tmp_path / "out" / "README.md").read_text()


def test_build_of_foreign_texts_only_names_their_language(build):
    rows = [{**row, "description": GERMAN} for row in small_corpus(3)]
    with pytest.raises(ValueError, match=r"3 in other languages \(de 3\); .*--languages"):
        build(rows)


@pytest.mark.parametrize("bad", ["", "english", "en;de", "e"])
def test_parse_languages_names_what_it_takes(bad):
    with pytest.raises(ValueError, match="codes of ISO 639-1 by comma"):
        parse_languages(bad)


def test_find_language_of_tools_is_none():
    assert find_language("Python, R, SQL, SAP HANA, ABAP, Tableau, Snowflake, dbt, Airflow, Kafka") == ""
    assert find_language(GERMAN) == "de"
    assert find_language("私たちはデータが好きな人を探しています。毎日コードを書きます。") == "ja"


def save_sheet(path, rows) -> None:
    """Write the least workbook that a reader takes, without a library for it."""
    main_ns = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    cells = [
        "".join(
            f'<c r="{chr(65 + column)}{number}" t="inlineStr"><is><t>{value}</t></is></c>'
            if isinstance(value, str)
            else f'<c r="{chr(65 + column)}{number}"><v>{value}</v></c>'
            for column, value in enumerate(row)
        )
        for number, row in enumerate(rows, start=1)
    ]
    sheet = "".join(f'<row r="{number}">{row}</row>' for number, row in enumerate(cells, start=1))
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main_ns}" xmlns:r="{office}"><sheets><sheet name="Jobs" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main_ns}"><sheetData>{sheet}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w") as file:
        for name, text in parts.items():
            file.writestr(name, text)


def test_spreadsheet_is_read_with_rows_above_its_header(tmp_path):
    path = tmp_path / "jobs.xlsx"
    rows = [["Openings of January"], ["Job ID", "Job Title", "Job Description"], [7, "Nurse", "Nights"]]
    save_sheet(path, rows)
    read = start_reading(open_source(str(path)))
    [listing] = read.listings
    assert (listing.listing_id, listing.title, listing.description) == ("7", "Nurse", "Nights")
    assert read.reading.lines() == ["1 row(s) above the header left out"]


def test_config_default_language_is_english():
    assert BuildConfig.languages == "en"
