"""Small files of the kinds that people have, by what is right for each: tests/data/cases."""

import time
from pathlib import Path

import pytest

from data.build_config import BuildConfig
from data.corpus.cleaning import clean_and_mask
from data.corpus.headings import find_headings
from data.corpus.pipeline import clean_listings
from data.corpus.sections import cut_sections
from data.sources.source import SourceListing, open_source, start_reading

CASES = Path(__file__).parent / "cases"
COMPANIES = ["Quarry & Fern", "Tidewater Oats", "Lumen Post"]
TITLES = ["Data Engineer", "Data Analyst", "Data Scientist"]
SKILLS = ("dbt", "Kafka", "Terraform", "Snowflake")


def read_case(name: str, **columns: str) -> tuple[list[SourceListing], list[str], str]:
    read = start_reading(open_source(str(CASES / name)), columns)
    return list(read.listings), read.reading.lines(), read.columns.describe()


@pytest.mark.parametrize(
    "name",
    ["array.json", "lines.jl", "tabs.tsv", "packed.csv.gz", "excel_sep.csv", "excel_trailing.csv", "list_location.jsonl",
     "nested_location.jsonl", "camel_case.jsonl"],
)  # fmt: skip
def test_case_in_any_format_is_read_whole(name):
    listings, _, _ = read_case(name)
    assert [one.listing_id for one in listings] == ["0", "1", "2"]
    assert [one.title for one in listings] == TITLES
    assert [one.company for one in listings] == COMPANIES
    assert all(one.description.endswith((".", "next morning")) for one in listings)


def test_case_cp1252_is_read_and_said():
    listings, lines, _ = read_case("cp1252.csv")
    assert [one.company for one in listings] == [f"{name} – Zürich" for name in COMPANIES]
    assert lines == ["the text is no UTF-8; read as cp1252"]


def test_case_ragged_row_is_left_out_and_counted():
    listings, lines, _ = read_case("ragged.csv")
    assert [one.title for one in listings] == ["Data Engineer", "Data Scientist"]
    assert lines[0] == "1 row(s) left out: another number of fields than the header"
    assert "ragged.csv:3 has 5; mend that row" in lines[1]


def test_case_unnamed_columns_are_left_out_and_said():
    assert read_case("excel_trailing.csv")[1] == ["2 column(s) without a name left out"]


@pytest.mark.parametrize("name", ["list_location.jsonl", "nested_location.jsonl"])
def test_case_nested_places_and_companies_are_text(name):
    listings, _, _ = read_case(name)
    assert [one.location for one in listings] == ["Bristol, UK", "Leeds, UK", "Cork, Ireland"]


def test_case_camel_case_columns_are_found():
    first = read_case("camel_case.jsonl")[0][0]
    assert (first.location, first.seniority, first.work_mode) == ("Bristol, UK", "Entry level", "remote")


def test_case_split_columns_are_joined_and_what_is_unread_is_said():
    listings, _, mapping = read_case("split_columns.csv")
    assert all("dbt\n- Kafka\n- five years of SQL" in one.description for one in listings)
    assert "description=description+requirements" in mapping
    assert "not read: company_profile, benefits" in mapping
    assert [one.work_mode for one in listings] == ["", "remote", ""]


def test_case_several_columns_are_the_description():
    listings, _, mapping = read_case("google_style.csv")
    assert "description=Responsibilities+Minimum Qualifications+Preferred Qualifications" in mapping
    assert all("Minimum Qualifications:\ndbt, Kafka" in one.description for one in listings)
    named, _, _ = read_case("google_style.csv", description="Responsibilities+Minimum Qualifications")
    assert "dbt, Kafka" in named[0].description
    assert "Terraform" not in named[0].description


def test_case_placeholders_are_empty_and_one_value_has_one_spelling():
    listings, _, _ = read_case("placeholders.csv")
    assert {one.company for one in listings} == {"", "Quarry & Fern"}
    assert {one.location for one in listings} == {"", "Leeds, UK"}
    assert {one.work_mode for one in listings} == {"", "remote"}
    assert {one.seniority for one in listings} == {"", "Mid-Senior level"}


def test_case_list_of_tools_is_kept():
    source = open_source(str(CASES / "tools_only.csv"))
    found = clean_listings(start_reading(source).listings, titles=BuildConfig.titles, source_name=source.name)
    assert [one.title for one in found.listings] == ["Data Engineer"]


@pytest.mark.parametrize("name", ["markdown_headings.md", "unknown_heading.html"])
def test_case_requirements_stay_and_boilerplate_goes(name):
    raw = (CASES / name).read_text(encoding="utf-8")
    cut = cut_sections(clean_and_mask(raw), find_headings(raw))
    assert all(skill in cut.text for skill in SKILLS)
    assert "Dental" not in cut.text
    assert set(cut.characters) == {"about the company", "benefits"}


# A heading in the marks that people and job boards give it.
MARKS = (
    "### {}", "**{}**", "{}", "{}:", "_{}_", "--- {} ---", "• {}", "🚀 {}", "1. {}", "【{}】", "== {} ==", "[{}]", "> {}", "*{}*",
    "{} -", "# {}", "## {} ##", "({})", "★{}★", "A. {}", "{}?", "{} …", "<<{}>>", "|| {} ||", "~ {} ~", "✅ {}:", "1) {}",
    "**1. {}**", "**{}:**",
)  # fmt: skip
NAMES = ("Requirements", "What we need to see", "The toolbelt", "Deine Qualifikation", "Where you shine", "Day one")
UNCOMMON = ("ledgers", "calm phone manner", "two looms", "weaving at night")


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("case", [str, str.lower, str.upper])
def test_requirements_stay_under_a_heading_of_any_name_in_any_mark(mark, case):
    for name in NAMES:
        for bullet in ("- ", "* ", "• ", ""):
            head = [mark.format(case(one)) for one in ("About us", name, "Benefits")]
            items = "\n".join(f"{bullet}{item}" for item in UNCOMMON)
            text = (
                "We need someone who keeps our nightly loads healthy.\n\n"
                f"{head[0]}\n\nQuarry & Fern is a leading maker of garden tools.\n\n{head[1]}\n\n{items}\n\n{head[2]}\n\n- Gym"
            )
            cut = cut_sections(clean_and_mask(text))
            assert all(item in cut.text for item in UNCOMMON), (name, bullet, cut)


@pytest.mark.parametrize("piece", ["\n", "<p>", "<b>", "** ", "<h1>", "<br><b>x</b>:", " "])
def test_find_headings_of_a_hostile_text_takes_no_time(piece):
    text = "<&" + piece * (30_000 // len(piece))
    started = time.process_time()
    assert len(find_headings(text)) <= 1
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "raw",
    ["<h4 class='x'>What we need</h4>dbt", "&lt;h3&gt;What we need&lt;/h3&gt;dbt", "<p><strong>What we need</strong></p><p>dbt",
     "<div><b>What we need</b><br/>dbt</div>", "**What we need**\ndbt"],
)  # fmt: skip
def test_find_headings_in_html_escaped_html_and_markdown(raw):
    assert find_headings(raw) == {"What we need"}
